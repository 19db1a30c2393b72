"""Rows that are removed by expiry: what stays in the table, and that nobody sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from scc.dynamo import rows
from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from tests.conftest import RequestsMade
from tests.dynamo.boats import Harbor, HarborModel, Mooring, MooringModel, Tide, harbor
from tests.dynamo.faults import answered, answers_lost, bodies_of, tokens_forgotten
from tests.dynamo.test_units import cancelled

pytestmark = pytest.mark.usefixtures("table")

START = datetime(2026, 5, 23, 10, tzinfo=UTC)


@pytest.fixture
def avalon() -> Harbor:
    unit = Unit()
    stored = unit.put(harbor())
    unit.commit()
    return stored


def moorings(number: int) -> list[Mooring]:
    unit = Unit()
    added = [
        unit.put(Mooring(harbor_id="avalon", number=str(each), since=START + timedelta(days=each)))
        for each in range(number)
    ]
    unit.commit()
    return added


def remove(*removed: Row) -> None:
    unit = Unit()
    for row in removed:
        unit.delete(row)
    unit.commit()


def item_of(row: Row) -> dict[str, Any]:
    """Return what the table holds where `row` is, removed or not."""
    data: Any = Row._get_connection().get_item(row.pk, range_key=row.sk, consistent_read=True)
    item: dict[str, Any] = (data or {}).get("Item", {})
    return item


# What is written


def test_delete_is_an_update_in_the_one_request(avalon: Harbor, requests_made: RequestsMade) -> None:
    before = int(time.time())

    with requests_made() as made, bodies_of("TransactWriteItems") as sent:
        remove(avalon)

    assert made == {"TransactWriteItems": 1}
    assert [list(each) for each in sent[0]["TransactItems"]] == [["Update"]]
    assert before <= int(item_of(avalon)["expires_at"]["N"]) <= time.time()


def test_delete_takes_a_row_out_of_its_indexes_and_keeps_the_rest(avalon: Harbor) -> None:
    whole = item_of(avalon)

    remove(avalon)

    assert whole.keys() - item_of(avalon).keys() == {"gsi2pk", "gsi2sk"}
    assert item_of(avalon)["name"] == {"S": "Avalon"}


def test_delete_refuses_a_kind_of_which_everything_stays(requests_made: RequestsMade) -> None:
    unit = Unit()

    with requests_made() as made, pytest.raises(TypeError, match="Tide is not removable"):
        unit.delete(Tide(harbor_id="avalon", day="2026-05-23").stamp())

    assert len(unit) == 0
    assert made == {}


# What is read


def test_a_removed_row_is_nowhere_to_be_read(avalon: Harbor) -> None:
    [mooring] = moorings(1)
    remove(avalon, mooring)

    assert Harbor.fetch(slug="avalon") is None
    assert Row.fetch_many([(avalon.pk, avalon.sk), (mooring.pk, mooring.sk)]) == {}
    assert Row.collection("HARBOR#avalon") == []
    assert Mooring.listing(known={"harbor_id": "avalon"}).rows == []
    assert Mooring.listing(known={"year": "2026"}, index="gsi1").rows == []
    assert list(HarborModel.objects.filter(pk="avalon")) == []
    assert list(HarborModel.objects.all()) == []


def test_a_removed_row_would_be_read_without_the_guard(avalon: Harbor, monkeypatch: pytest.MonkeyPatch) -> None:
    remove(avalon)

    monkeypatch.setattr(Row, "is_removed", False)

    assert Harbor.fetch(slug="avalon") is not None
    assert len(Row.collection("HARBOR#avalon")) == 1


@pytest.mark.parametrize("forward", [True, False])
def test_a_limit_is_met_through_removed_rows(forward: bool) -> None:
    added = moorings(9)
    remove(*added[1:8])

    page = Mooring.listing(known={"harbor_id": "avalon"}, limit=2, forward=forward)
    short = Mooring.listing(known={"harbor_id": "avalon"}, limit=1, forward=forward)

    assert sorted(row.number for row in page) == ["0", "8"]
    assert (page.more, short.more) == (False, True)


def test_a_page_goes_on_behind_a_row_that_was_removed() -> None:
    added = moorings(4)
    first = Mooring.listing(known={"year": "2026"}, index="gsi1", limit=2)
    remove(added[1])

    second = Mooring.listing(known={"year": "2026"}, index="gsi1", limit=2, after=first.rows[-1])

    assert [row.number for row in second] == ["2", "3"]


def test_a_slice_of_objects_is_met_through_removed_rows() -> None:
    remove(*moorings(5)[:3])

    assert [each.number for each in MooringModel.objects.filter(harbor="avalon")[:1]] == ["3"]


def test_what_is_not_removable_is_read_whatever_stands_on_it() -> None:
    """A ledger's entry shall not vanish from view by one attribute."""
    unit = Unit()
    tide = unit.put(Tide(harbor_id="avalon", day="2026-05-23", expires_at=1))
    unit.commit()

    again = Unit()
    again.put(tide)

    assert Tide.fetch(harbor_id="avalon", day="2026-05-23") is not None
    with pytest.raises(Conflict):
        again.commit()


# What is written over it


def test_put_takes_the_place_of_a_removed_row(avalon: Harbor) -> None:
    remove(avalon)

    unit = Unit()
    unit.put(harbor(name="New Avalon"))
    unit.commit()

    stored = Harbor.fetch(slug="avalon")
    assert stored is not None
    assert stored.name == "New Avalon"
    assert "expires_at" not in item_of(avalon)
    assert [each.name for each in HarborModel.objects.all()] == ["New Avalon"]


def test_put_would_find_the_place_taken_without_the_guard(avalon: Harbor, monkeypatch: pytest.MonkeyPatch) -> None:
    remove(avalon)
    monkeypatch.setattr(Row, "is_free", Row.pk.does_not_exist)
    unit = Unit()
    unit.put(harbor(name="New Avalon"))

    with pytest.raises(Conflict):
        unit.commit()


WRITES: dict[str, Callable[[Unit, Harbor], object]] = {
    "update": lambda unit, row: unit.update(row, add={"boats": 1}),
    "check": lambda unit, row: unit.check(row),
    "delete": lambda unit, row: unit.delete(row),
}


@pytest.mark.parametrize("verb", WRITES)
def test_a_removed_row_is_there_for_no_write(verb: str, avalon: Harbor) -> None:
    remove(avalon)
    left = item_of(avalon)
    unit = Unit()
    WRITES[verb](unit, avalon)
    unit.put(Mooring(harbor_id="avalon", number="7"))

    with pytest.raises(Conflict) as caught:
        unit.commit()

    failure = caught.value.failure_of(avalon)
    assert failure is not None
    assert failure.stored is None
    assert item_of(avalon) == left
    assert Row.collection("HARBOR#avalon") == []


def test_an_update_would_write_to_a_removed_row_without_the_guard(
    avalon: Harbor, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove(avalon)
    monkeypatch.setattr(Row, "is_there", Row.pk.exists)
    unit = Unit()
    unit.update(avalon, add={"boats": 1})

    unit.commit()

    assert item_of(avalon)["boats"] == {"N": "1"}


def test_a_removed_row_is_none_where_the_answer_has_no_image(avalon: Harbor) -> None:
    remove(avalon)
    unit = Unit()
    unit.update(avalon, add={"boats": 1})

    with (
        answered("TransactWriteItems", cancelled("ConditionalCheckFailed"), times=1),
        pytest.raises(Conflict) as caught,
    ):
        unit.commit()

    assert caught.value.failures[0].stored is None


def test_a_removal_meets_a_change_made_meanwhile(avalon: Harbor) -> None:
    editor = Unit()
    editor.update(avalon, set={"berths": 11, "version": 2}, expect=Row.version == 1)
    editor.commit()
    unit = Unit()
    unit.delete(avalon, expect=Row.version == 1)

    with pytest.raises(Conflict) as caught:
        unit.commit()

    stored = caught.value.failures[0].stored
    assert isinstance(stored, Harbor)
    assert stored.berths == 11
    assert "expires_at" not in item_of(avalon)


def test_a_change_meets_a_removal_made_meanwhile(avalon: Harbor) -> None:
    mine = HarborModel.objects.get(pk="avalon")
    remove(avalon)

    mine.note = "mine"
    with pytest.raises(Conflict):
        mine.save()

    assert "note" not in item_of(avalon)


# Lost answers


def test_a_lost_answer_removes_once(avalon: Harbor) -> None:
    unit = Unit()
    unit.delete(avalon)
    unit.put(Mooring(harbor_id="avalon", number="7"))

    with answers_lost("TransactWriteItems", times=4) as lost:
        unit.commit()

    assert len(lost) == 4
    assert [type(row) for row in Row.collection("HARBOR#avalon")] == [Mooring]


def test_every_try_of_a_removal_is_the_same_request(avalon: Harbor, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB refuses a token that comes back with another request."""
    monkeypatch.setattr(rows, "time", SimpleNamespace(time=count(1_800_000_000, 10).__next__))
    unit = Unit()
    unit.delete(avalon)

    with bodies_of("TransactWriteItems") as sent, answers_lost("TransactWriteItems", times=4):
        unit.commit()

    assert len(sent) > 1
    assert all(body == sent[0] for body in sent)


def test_a_lost_removal_is_settled_by_the_row_when_the_token_is_forgotten(avalon: Harbor) -> None:
    unit = Unit()
    unit.delete(avalon)

    with tokens_forgotten(), bodies_of("TransactWriteItems") as sent:
        unit.commit()
        unit.commit()

    assert sent[0]["ClientRequestToken"] != sent[1]["ClientRequestToken"]
    assert Harbor.fetch(slug="avalon") is None


def test_a_put_over_a_removed_row_is_settled_when_the_token_is_forgotten(avalon: Harbor) -> None:
    remove(avalon)
    unit = Unit()
    unit.put(harbor(name="New Avalon"))

    with tokens_forgotten():
        unit.commit()
        unit.commit()

    assert len(Row.collection("HARBOR#avalon")) == 1


def test_a_second_removal_is_not_taken_for_the_first(avalon: Harbor) -> None:
    remove(avalon)

    with pytest.raises(Conflict):
        remove(avalon)
