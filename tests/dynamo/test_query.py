from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import NotSupportedError, connection, transaction
from django.db.models import Count, Q

from scc.dynamo.errors import Conflict
from scc.dynamo.query import DynamoQuerySet
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from tests.conftest import RequestsMade
from tests.dynamo.boats import Harbor, HarborModel, Mooring, MooringModel, harbor

START = datetime(2026, 5, 23, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def two_harbors(table: None) -> None:
    unit = Unit()
    unit.put(harbor())
    unit.put(harbor("elan", name="Élan Bay", berths=3))
    for number in range(5):
        unit.put(Mooring(harbor_id="avalon", number=str(number), since=START + timedelta(days=number)))
    unit.commit()


def numbers(moorings: Iterable[MooringModel]) -> list[str]:
    return [mooring.number for mooring in moorings]


def test_a_primary_key_is_one_get(requests_made: RequestsMade) -> None:
    with requests_made() as made:
        found = HarborModel.objects.get(pk="avalon")

    assert found.name == "Avalon"
    assert made == {"GetItem": 1}


def test_a_key_of_several_parts_is_one_get(requests_made: RequestsMade) -> None:
    with requests_made() as made:
        found = MooringModel.objects.get(pk="avalon.3")

    assert (found.number, found.pk) == ("3", "avalon.3")
    assert made == {"GetItem": 1}


@pytest.mark.parametrize("pk", ["nowhere", "", "a.b"])
def test_what_is_not_there_does_not_exist(pk: str) -> None:
    with pytest.raises(HarborModel.DoesNotExist):
        HarborModel.objects.get(pk=pk)


def test_several_primary_keys_are_one_batch(requests_made: RequestsMade) -> None:
    with requests_made() as made:
        found = HarborModel.objects.filter(pk__in=["elan", "avalon", "nowhere"])

        assert [each.slug for each in found] == ["avalon", "elan"]
    assert made == {"BatchGetItem": 1}


def test_a_partition_is_one_query(requests_made: RequestsMade) -> None:
    with requests_made() as made:
        assert numbers(MooringModel.objects.filter(harbor="avalon")) == ["0", "1", "2", "3", "4"]

    assert made == {"Query": 1}


def test_a_range_of_the_open_key_is_read_by_the_index(requests_made: RequestsMade) -> None:
    after, before = START + timedelta(days=1), START + timedelta(days=3)
    queryset = MooringModel.objects.filter(year="2026", since__gte=after, since__lt=before).order_by("-since")

    with requests_made() as made:
        assert numbers(queryset[:10]) == ["2", "1"]

    assert made == {"Query": 1}


def test_the_beginning_of_a_folded_name_finds_accents(requests_made: RequestsMade) -> None:
    with requests_made() as made:
        found = list(HarborModel.objects.filter(folded_name__startswith="elan b"))

    assert [each.name for each in found] == ["Élan Bay"]
    assert made == {"Query": 1}


def test_what_no_key_takes_is_a_filter() -> None:
    assert [each.slug for each in HarborModel.objects.filter(berths__gt=5)] == ["avalon"]
    assert [each.slug for each in HarborModel.objects.filter(berths__in=[3, 4])] == ["elan"]
    assert [each.slug for each in HarborModel.objects.filter(note="")] == ["avalon", "elan"]


def test_a_limit_is_met_through_a_filter() -> None:
    found = MooringModel.objects.filter(harbor="avalon", since__gt=START + timedelta(days=2))[:1]

    assert numbers(found) == ["3"]


def test_what_is_read_whole_can_have_any_order() -> None:
    assert [each.slug for each in HarborModel.objects.order_by("berths")] == ["elan", "avalon"]
    assert numbers(MooringModel.objects.filter(harbor="avalon").order_by("-since")) == ["4", "3", "2", "1", "0"]


def test_a_page_goes_on_behind_a_row(requests_made: RequestsMade) -> None:
    whole = cast("DynamoQuerySet[MooringModel]", MooringModel.objects.filter(year="2026").order_by("since"))
    first = list(whole[:2])

    with requests_made() as made:
        second = list(whole.behind(first[-1].stored_row)[:2])
        back = list(whole.reverse().behind(second[0].stored_row)[:2])

    assert numbers(second) == ["2", "3"]
    assert numbers(back) == ["1", "0"]
    assert made == {"Query": 2}


def test_rows_come_as_they_are_read(requests_made: RequestsMade) -> None:
    for number in range(4):
        unit = Unit()
        unit.put(Harbor(slug=f"big-{number}", name="Big", folded_name=f"z{number}", note="x" * 350_000))
        unit.commit()
    queryset = cast("DynamoQuerySet[HarborModel]", HarborModel.objects.filter(berths=0))

    with requests_made() as made:
        rows = queryset.rows()
        first = next(rows)
        read_first = made["Query"]
        rest = list(rows)

    assert isinstance(first, Harbor)
    assert [row.id for row in (first, *rest)] == ["big-0", "big-1", "big-2", "big-3"]
    # A Query answers a megabyte.
    assert (read_first, made["Query"]) == (1, 2)


def test_rows_come_in_the_order_of_a_key_or_not_at_all() -> None:
    queryset = cast("DynamoQuerySet[MooringModel]", MooringModel.objects.filter(year="2026"))

    assert [row.id for row in queryset.order_by("-since").rows()] == [f"avalon.{number}" for number in (4, 3, 2, 1, 0)]
    with pytest.raises(NotSupportedError, match="in the order of kind_of_line"):
        next(queryset.order_by("kind_of_line").rows())


def test_holds_says_whether_a_row_is_of_the_list() -> None:
    queryset = cast("DynamoQuerySet[HarborModel]", HarborModel.objects.filter(folded_name__startswith="av"))

    assert queryset.holds(harbor())
    assert not queryset.holds(harbor("elan", name="Élan Bay"))


def test_select_related_is_one_batch(requests_made: RequestsMade) -> None:
    with requests_made() as made:
        moorings = list(MooringModel.objects.filter(harbor="avalon").select_related("harbor"))
        names = {mooring.harbor.name for mooring in moorings}

    assert names == {"Avalon"}
    assert made == {"Query": 1, "GetItem": 1}


@pytest.mark.parametrize(
    "question",
    [
        lambda: list(MooringModel.objects.all()),
        lambda: list(MooringModel.objects.filter(number="3")),
        lambda: list(MooringModel.objects.filter(year="2026").order_by("number")[:2]),
        lambda: list(HarborModel.objects.filter(Q(slug="a") | Q(slug="b"))),
        lambda: list(HarborModel.objects.filter(~Q(slug="a"))),
        lambda: list(HarborModel.objects.exclude(slug="a")),
        lambda: list(HarborModel.objects.filter(name__icontains="a")),
        lambda: list(HarborModel.objects.filter(name__contains="a")),
        lambda: list(MooringModel.objects.filter(harbor__name="Avalon")),
        lambda: list(HarborModel.objects.all()[5:10]),
        HarborModel.objects.count,
        lambda: HarborModel.objects.aggregate(Count("pk")),
        HarborModel.objects.values,
        lambda: HarborModel.objects.values_list("slug"),
        lambda: HarborModel.objects.update(berths=1),
        lambda: HarborModel.objects.filter(pk="avalon").delete(),
        lambda: HarborModel.objects.bulk_create([]),
    ],
)
def test_what_no_key_answers_is_refused(question: Callable[[], Any], requests_made: RequestsMade) -> None:
    with requests_made() as made, pytest.raises(NotSupportedError):
        question()

    assert made == {}


def test_a_refusal_names_the_question() -> None:
    with pytest.raises(NotSupportedError, match="No key of Mooring answers number__exact='3'; refusing to scan"):
        list(MooringModel.objects.filter(number="3"))


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(FieldError):
        HarborModel.objects.filter(captain="Ana")


def test_no_sql_can_run() -> None:
    from django.contrib.auth.models import Group  # a model with a table that is nowhere

    with pytest.raises(ImproperlyConfigured, match="no SQL database"):
        list(Group.objects.all())
    with pytest.raises(ImproperlyConfigured, match="no SQL database"):
        connection.cursor()
    with pytest.raises(ImproperlyConfigured, match="no SQL database"):
        Group.objects.create(name="x")


def test_save_adds_once() -> None:
    HarborModel(slug="catalina", name="Catalina").save()

    with pytest.raises(Conflict):
        HarborModel(slug="catalina", name="Another").save()

    stored = Harbor.fetch(slug="catalina")
    assert stored is not None
    assert (stored.name, stored.folded_name, stored.gsi2sk) == ("Catalina", "catalina", "catalina#catalina")


def test_save_sets_only_what_differs() -> None:
    found = HarborModel.objects.get(pk="avalon")
    mover = Unit()
    mover.update(Harbor.at("avalon"), add={"boats": 2})
    mover.commit()

    found.berths = 11
    found.save()

    stored = Harbor.fetch(slug="avalon")
    assert stored is not None
    assert (stored.berths, stored.boats, stored.version) == (11, 2, 2)
    assert found.last_changes == {"berths": (10, 11)}


def test_save_of_nothing_sends_nothing(requests_made: RequestsMade) -> None:
    found = HarborModel.objects.get(pk="avalon")

    with requests_made() as made:
        found.save()

    assert made == {}


def test_save_restamps_the_indexes() -> None:
    found = HarborModel.objects.get(pk="avalon")
    found.name = "Ávila"
    found.save()

    assert [each.slug for each in HarborModel.objects.filter(folded_name__startswith="avila")] == ["avalon"]


def test_save_refuses_what_somebody_changed_meanwhile() -> None:
    mine, theirs = HarborModel.objects.get(pk="avalon"), HarborModel.objects.get(pk="avalon")
    theirs.berths = 20
    theirs.save()

    mine.note = "mine"
    with pytest.raises(Conflict):
        mine.save()


def test_save_checks_that_what_it_refers_to_is_there(requests_made: RequestsMade) -> None:
    with requests_made() as made, pytest.raises(Conflict):
        MooringModel(harbor_id="nowhere", number="1").save()
    assert made["TransactWriteItems"] == 1

    saved = MooringModel(harbor_id="elan", number="1")
    saved.save()

    assert saved.pk == "elan.1"


def test_parent_and_child_are_added_in_one_unit(requests_made: RequestsMade) -> None:
    with requests_made() as made, transaction.atomic():
        parent = HarborModel(slug="dana", name="Dana Point")
        parent.save()
        MooringModel(harbor=parent, number="1").save()

    assert made == {"TransactWriteItems": 1}
    assert len(Row.collection("HARBOR#dana")) == 2


def test_delete_expects_what_was_loaded() -> None:
    mine, theirs = HarborModel.objects.get(pk="avalon"), HarborModel.objects.get(pk="avalon")
    theirs.berths = 20
    theirs.save()

    with pytest.raises(Conflict):
        mine.delete()
    theirs.delete()

    assert Harbor.fetch(slug="avalon") is None
