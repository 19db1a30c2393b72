from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from scc.dynamo import units
from scc.dynamo.errors import Conflict, OutcomeUnknown, StoreUnavailable, UnitTooLarge, WritesCollide
from scc.dynamo.rows import Row
from scc.dynamo.tables import create_table, delete_table
from scc.dynamo.units import Unit
from tests.conftest import RequestsMade
from tests.dynamo.boats import Harbor, Mooring, harbor
from tests.dynamo.faults import answered, answers_lost, connection_refused

pytestmark = pytest.mark.usefixtures("table")


def cancelled(*codes: str) -> bytes:
    return json.dumps(
        {
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled",
            "CancellationReasons": [{"Code": code, "Message": code} for code in codes],
        }
    ).encode()


@pytest.fixture
def avalon() -> Harbor:
    unit = Unit()
    stored = unit.put(harbor())
    unit.commit()
    return stored


def stored_avalon() -> Harbor:
    row = Harbor.fetch(slug="avalon")
    assert row is not None
    return row


def test_commit_writes_all_in_one_request(requests_made: RequestsMade) -> None:
    unit = Unit()
    unit.put(harbor())
    unit.put(Mooring(harbor_id="avalon", number="7"))

    with requests_made() as made:
        unit.commit()

    assert made == {"TransactWriteItems": 1}
    assert [type(row) for row in Row.collection("HARBOR#avalon")] == [Harbor, Mooring]


def test_commit_of_nothing_sends_nothing(requests_made: RequestsMade) -> None:
    with requests_made() as made:
        Unit().commit()

    assert made == {}


def test_put_refuses_what_is_there(avalon: Harbor) -> None:
    unit = Unit()
    again = unit.put(harbor(name="Another"))
    unit.put(Mooring(harbor_id="avalon", number="7"))

    with pytest.raises(Conflict) as caught:
        unit.commit()

    failure = caught.value.failure_of(again)
    assert failure is not None
    assert isinstance(failure.stored, Harbor)
    assert failure.stored.name == "Avalon"
    # The other half of the unit was not written either.
    assert len(Row.collection("HARBOR#avalon")) == 1


def test_update_refuses_what_is_not_there() -> None:
    unit = Unit()
    unit.update(Harbor.at("avalon"), set={"name": "Nowhere"})

    with pytest.raises(Conflict) as caught:
        unit.commit()

    assert caught.value.failures[0].stored is None
    assert Row.collection("HARBOR#avalon") == []


def test_update_sets_adds_and_removes(avalon: Harbor) -> None:
    unit = Unit()
    unit.update(avalon, set={"note": "deep", "berths": 12})
    unit.update(avalon, add={"boats": 2})
    unit.update(avalon, add={"boats": 1})
    unit.commit()
    assert (stored_avalon().note, stored_avalon().berths, stored_avalon().boats) == ("deep", 12, 3)

    clear = Unit()
    clear.update(avalon, set={"note": ""})
    clear.commit()

    assert stored_avalon().note == ""


def test_update_expects_the_version(avalon: Harbor) -> None:
    unit = Unit()
    unit.update(avalon, set={"berths": 1}, expect=Row.version == 2)

    with pytest.raises(Conflict):
        unit.commit()

    assert stored_avalon().berths == 10


def test_an_update_without_its_condition_overwrites(avalon: Harbor) -> None:
    """The guard off: what `expect` prevents."""
    unit = Unit()
    unit.update(avalon, set={"berths": 1})

    unit.commit()

    assert stored_avalon().berths == 1


def test_update_of_a_row_put_in_the_same_unit_adds_to_it() -> None:
    unit = Unit()
    row = unit.put(harbor())
    unit.update(row, add={"boats": 3})

    unit.commit()

    assert stored_avalon().boats == 3


def test_delete_expects_a_row(avalon: Harbor) -> None:
    unit = Unit()
    unit.delete(avalon, expect=Row.version == 1)
    unit.commit()
    assert Harbor.fetch(slug="avalon") is None

    again = Unit()
    again.delete(avalon)
    with pytest.raises(Conflict):
        again.commit()


def test_check_holds_the_unit_back() -> None:
    unit = Unit()
    unit.check(Harbor.at("avalon"))
    unit.put(Mooring(harbor_id="avalon", number="7"))

    with pytest.raises(Conflict) as caught:
        unit.commit()

    assert caught.value.failures[0].row.pk == "HARBOR#avalon"
    assert Row.collection("HARBOR#avalon") == []


@pytest.mark.parametrize(
    "verbs", [("put", "put"), ("put", "delete"), ("delete", "update"), ("set", "set"), ("put", "set")]
)
def test_writes_that_contradict_each_other_are_refused(verbs: tuple[str, str], requests_made: RequestsMade) -> None:
    unit = Unit()
    row = harbor().stamp()
    verb: dict[str, Callable[[], Any]] = {
        "put": lambda: unit.put(row),
        "delete": lambda: unit.delete(row),
        "update": lambda: unit.update(row, set={"berths": 1}),
        "set": lambda: unit.update(row, set={"berths": 1}),
    }
    verb[verbs[0]]()

    with requests_made() as made, pytest.raises(WritesCollide):
        verb[verbs[1]]()

    assert made == {}


def test_over_a_hundred_writes_are_refused_before_sending(requests_made: RequestsMade) -> None:
    unit = Unit()
    for number in range(101):
        unit.put(Mooring(harbor_id="avalon", number=str(number)))

    with requests_made() as made, pytest.raises(UnitTooLarge):
        unit.commit()

    assert made == {}


def test_a_lost_answer_counts_once(avalon: Harbor) -> None:
    unit = Unit()
    unit.update(avalon, add={"boats": 1})

    with answers_lost("TransactWriteItems", times=4) as lost:
        unit.commit()

    assert len(lost) == 4
    assert stored_avalon().boats == 1


def test_a_bare_add_counts_a_lost_answer_twice(avalon: Harbor) -> None:
    """The guard off: why totals move in transactions alone."""
    with answers_lost("UpdateItem", times=1):
        avalon.update([Harbor.boats.add(1)])

    assert stored_avalon().boats == 2


def test_a_lost_answer_is_settled_by_the_rows_when_the_token_is_forgotten(avalon: Harbor) -> None:
    """DynamoDB forgets a token after ten minutes; then only our name on the row tells."""
    unit = Unit()
    row = unit.put(Mooring(harbor_id="avalon", number="7"))
    unit.commit()

    # The same unit again, under a token that the table has not seen.
    forgotten = Unit()
    forgotten.put(row)
    row.unit, forgotten.name = unit.name, unit.name
    with answers_lost("TransactWriteItems", times=1):
        forgotten.commit()

    assert len(Row.collection("HARBOR#avalon")) == 2


def test_no_answer_at_all_is_unknown_and_the_unit_can_be_sent_again(avalon: Harbor) -> None:
    unit = Unit()
    unit.update(avalon, add={"boats": 1})

    with answers_lost("TransactWriteItems", times=1000), pytest.raises(OutcomeUnknown):
        unit.commit()
    unit.commit()

    assert stored_avalon().boats == 1


def test_a_closed_connection_is_tried_again(avalon: Harbor) -> None:
    unit = Unit()
    unit.update(avalon, add={"boats": 1})

    with connection_refused("TransactWriteItems", times=5) as refused:
        unit.commit()

    assert len(refused) == 5
    assert stored_avalon().boats == 1


def test_a_transaction_conflict_is_tried_again(avalon: Harbor) -> None:
    unit = Unit()
    unit.update(avalon, add={"boats": 1})

    with answered("TransactWriteItems", cancelled("TransactionConflict"), times=3) as given:
        unit.commit()

    assert len(given) == 3
    assert stored_avalon().boats == 1


def test_a_conflict_that_never_ends_is_unavailable_and_nothing_is_written(avalon: Harbor) -> None:
    unit = Unit()
    unit.update(avalon, add={"boats": 1})

    with (
        answered("TransactWriteItems", cancelled("TransactionConflict"), times=1000) as given,
        pytest.raises(StoreUnavailable),
    ):
        unit.commit()

    assert len(given) == units.TRIES
    assert stored_avalon().boats == 0


def test_a_failed_condition_is_read_back_where_the_answer_has_no_image(avalon: Harbor) -> None:
    unit = Unit()
    unit.update(avalon, add={"boats": 1})

    with (
        answered("TransactWriteItems", cancelled("ConditionalCheckFailed"), times=1),
        pytest.raises(Conflict) as caught,
    ):
        unit.commit()

    stored = caught.value.failures[0].stored
    assert isinstance(stored, Harbor)
    assert stored.name == "Avalon"


def test_a_read_without_an_answer_is_unavailable(avalon: Harbor) -> None:
    with connection_refused("GetItem", times=1000), pytest.raises(StoreUnavailable):
        Harbor.fetch(slug="avalon")


def test_no_table_is_unavailable_and_says_how_to_make_it() -> None:
    delete_table()
    unit = Unit()
    unit.put(harbor())

    with pytest.raises(StoreUnavailable, match=r"manage\.py tables"):
        Harbor.fetch(slug="avalon")
    with pytest.raises(StoreUnavailable, match=r"manage\.py tables"):
        unit.commit()

    create_table()


def test_atomic_is_one_request(requests_made: RequestsMade) -> None:
    with requests_made() as made, transaction.atomic():
        with units.joined() as unit:
            unit.put(harbor())
        with transaction.atomic(), units.joined() as unit:
            unit.put(Mooring(harbor_id="avalon", number="7"))
        assert made == {}

    assert made == {"TransactWriteItems": 1}


def test_atomic_drops_everything_on_an_error(requests_made: RequestsMade) -> None:
    def fall() -> None:
        with transaction.atomic():
            with units.joined() as unit:
                unit.put(harbor())
            raise RuntimeError("overboard")

    with requests_made() as made, pytest.raises(RuntimeError, match="overboard"):
        fall()

    assert made == {}


def test_a_failed_atomic_drops_its_callbacks(avalon: Harbor) -> None:
    called: list[str] = []

    def fail() -> None:
        with transaction.atomic():
            transaction.on_commit(lambda: called.append("failed"))
            with units.joined() as unit:
                unit.put(harbor())

    with pytest.raises(Conflict):
        fail()
    with transaction.atomic():
        transaction.on_commit(lambda: called.append("committed"))

    assert called == ["committed"]


def test_joined_outside_atomic_commits_at_its_end(requests_made: RequestsMade) -> None:
    with requests_made() as made, units.joined() as unit:
        unit.put(harbor())

    assert made == {"TransactWriteItems": 1}
