from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import slugs
from scc.legacy import items, values
from scc.legacy.things import FIELDS, things_of
from tests.legacy.reading import ANY, read


@pytest.mark.parametrize(
    ("id", "date", "slug"),
    [
        ("2026-05-23", "2026-05-23", "2026-05-23"),
        ("2026-05-23", None, "2026-05-23"),
        (" 2026-05-23 ", "May 23, 2026", "2026-05-23"),
        ("2026-05-23-sunset", "2026-05-23T18:00:00-07:00", "2026-05-23-sunset"),
        ("2026-05-23_Sunset Sail", None, "2026-05-23-sunset-sail"),
        ("2026-05-23#2", None, "2026-05-23-2"),
        ("harbor-7", "2026-05-23", "2026-05-23-harbor-7"),
        (7, "2026-05-23", "2026-05-23-7"),
        (None, "2026-05-23", "2026-05-23"),
        ("harbor-7", 1779553800, "2026-05-23-harbor-7"),
        # A day that stands in an id in another way.
        ("20260523", None, "2026-05-23"),
        (20260523, None, "2026-05-23"),
        ("2026-5-3", None, "2026-05-03"),
        ("EVT-2026-05-23", None, "2026-05-23-evt"),
        ("charter_20260523_am", "2026-05-23", "2026-05-23-charter-am"),
        ("CH-20260401-3", "2026-05-23", "2026-05-23-ch-20260401-3"),
        ("99999999", "2026-05-23", "2026-05-23-99999999"),
        # A time behind it.
        ("2026-05-23T18:15", None, "2026-05-23-1815"),
        ("2026-05-23T18:15:00-07:00", "2026-05-23", "2026-05-23-1815"),
        ("20260524T011500Z Sunset", None, "2026-05-23-1815-sunset"),
        ("2026-05-23T00:00:00", None, "2026-05-23"),
        ("2026-05-23T00:00:00.000Z", None, "2026-05-23"),
        ("2026-05-23T99:99", None, "2026-05-23-t9999"),
        # The id settles what the date leaves open.
        ("2026-05-23", "2026-05-23T00:00:00.000Z", "2026-05-23"),
        ("2026-05-23", 1779494400, "2026-05-23"),
        ("2026-05-06", "5/6/2026", "2026-05-06"),
        ("2026-06-05-a", "5/6/2026 18:15", "2026-06-05-a"),
        ("2026-05-23", "soon", "2026-05-23"),
        ("2026-05-23", ["x"], "2026-05-23"),
        ("EVT-2026-05-23", "soon", "2026-05-23-evt"),
    ],
)
def test_read_gives_a_departure_its_slug(id: object, date: object, slug: str) -> None:
    found = read({"event_id": id, "date": date})

    assert (found.slug, found.fault) == (slug, "")


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ({"title": "Sail"}, "date: is missing, and event_id has none"),
        ({"event_id": "harbor"}, "date: is missing, and event_id has none"),
        ({"event_id": "2026-02-30"}, "event_id: 2026-02-30 is a day that there is not"),
        ({"event_id": "2026-05-23", "date": "5/6/2026"}, "event_id says"),
        ({"event_id": "2026-05-23T01:00:00Z", "date": "2026-05-23"}, "event_id says 2026-05-22, and date 2026-05-23"),
        ({"event_id": "2026-05-23", "date": "2026-05-24"}, "event_id says 2026-05-23, and date 2026-05-24"),
        ({"event_id": ["x"], "date": "2026-05-24"}, "event_id: "),
        ({"event_id": "x", "date": "5/6/2026"}, "date: '5/6/2026' may be month and day"),
        ("2026-05-23", "is no item"),
        ([], "is no item"),
        ({}, "is no event, but an object of nothing"),
        ({"events": [{"event_id": "2026-05-23"}]}, "is no event, but an object of events"),
    ],
)
def test_read_says_why_an_item_is_no_departure(item: object, fault: str) -> None:
    found = read(item)

    assert found.fault.startswith(fault)
    assert found.slug == ""


@pytest.mark.parametrize(
    ("id", "date", "starts", "guessed"),
    [
        ("2026-05-23", "2026-05-23", None, ""),
        ("2026-05-23", "2026-05-23 18:15", "18:15", "date: no zone is given: America/Los_Angeles is taken"),
        ("2026-05-23", "2026-05-23 00:00:00", None, ""),
        ("2026-05-23", "2026-05-23T00:00:00Z", None, "date: '2026-05-23T00:00:00Z' is midnight in UTC, and taken for"),
        ("x", "2026-05-23T00:00:00Z", "17:00", "date: '2026-05-23T00:00:00Z' is taken for 2026-05-22 17:00 at the"),
        ("2026-05-23", "soon", None, "date: 'soon' is no day such as 2026-05-23; the day is that"),
        ("2026-05-23T18:15", None, "18:15", ""),
        ("2026-05-23T18:15", "2026-05-23", "18:15", ""),
        ("2026-05-23T18:15", "2026-05-23T19:00:00-07:00", "19:00", ""),
        ("2026-06-05", "5/6/2026 18:15", "18:15", "date: no zone is given"),
    ],
)
def test_read_says_what_it_takes_for_granted_of_a_day(
    id: str, date: str | None, starts: str | None, guessed: str
) -> None:
    found = read({"event_id": id, "date": date})

    assert found.at is None if starts is None else f"{found.at:%H:%M}" == starts
    assert "; ".join(found.guessed).startswith(guessed)
    assert bool(found.guessed) == bool(guessed)


@given(st.text(min_size=1) | st.integers(), st.text(min_size=1))
def test_read_gives_ids_slugs_that_can_be(id: object, other: str) -> None:
    found, second = (read({"event_id": each, "date": "2026-05-23"}) for each in (id, other))

    for each in (found, second):
        assert each.fault or str(slugs.parse(each.slug)) == each.slug


@given(st.dictionaries(st.sampled_from(["event_id", "date", "crew", "payments", "waivers", "title"]), ANY))
def test_read_keeps_what_is_inside_whatever_the_item(item: dict[str, Any]) -> None:
    found = read(item)

    for sort in items.INSIDE:
        value = item.get(sort)
        assert len(things_of(found, sort, users=())) == len(values.listed(found.attributes.get(sort), FIELDS[sort]))
        if not isinstance(value, dict):
            expected = 0 if values.is_empty(value) else len(value) if isinstance(value, list) else 1
            assert len(things_of(found, sort, users=())) == expected


def test_read_takes_names_whatever_their_capitals() -> None:
    found = read({"Event_ID": "2026-05-23", "Title": "Sail", "WAIVER": {"name": "Ana"}, "waiver": True})

    assert (found.id, found.slug, found.attributes["title"]) == ("2026-05-23", "2026-05-23", "Sail")
    assert found.guessed == (
        "Event_ID is taken for event_id",
        "Title is taken for title",
        "WAIVER is taken for waivers",
    )
    assert found.own_raw == '{"Event_ID": "2026-05-23", "Title": "Sail", "waiver": true}'
