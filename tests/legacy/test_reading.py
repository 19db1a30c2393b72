from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import slugs
from scc.imports.lines import BadLine, Line
from scc.legacy import items, typed, values
from scc.legacy.departures import Defaults, capacity_of, departure_of
from scc.legacy.items import Item
from scc.legacy.things import FIELDS, things_of
from scc.money import decimal_text
from tests.builders import DAY
from tests.legacy.generator import typed_of
from tests.legacy.test_documents import VALUES

DEFAULTS = Defaults(vessel="Main vessel", starts_at="12:00", capacity=6)
# What may stand where a number, a text or a list belongs.
ANY = VALUES | st.sampled_from(
    ["$1,250.00", " 75 ", "2026-05-23T10:00:00Z", 1779500000, 1779500000000, "\ud800", "soon"]
)


def read(item: object, number: int = 1) -> Item:
    return items.read(Line(number, json.dumps(item), named=f"line {number}"))


def inside(sort: str, *things: object, users: tuple[str, ...] = ()) -> list[Any]:
    return things_of(read({"event_id": "2026-05-23", sort: list(things)}), sort, users=users)


# Typed JSON


@given(st.dictionaries(st.text().filter("Item".__ne__), VALUES, min_size=1))
def test_plain_takes_types_off(item: dict[str, Any]) -> None:
    expected = typed.loads(json.dumps(item))

    assert typed.plain(typed.loads(json.dumps({"Item": typed_of(item)}))) == expected
    assert typed.plain(typed.loads(json.dumps(typed_of(item)))) == expected


def test_plain_takes_every_type_of_dynamodb() -> None:
    item = {
        "a": {"SS": ["x"]},
        "b": {"NS": ["1", "2.50"]},
        "c": {"B": "aGk="},
        "d": {"BOOL": False},
        "e": {"NULL": True},
    }

    assert typed.plain(item) == {"a": ["x"], "b": [1, Decimal("2.50")], "c": "aGk=", "d": False, "e": None}


@pytest.mark.parametrize(
    "value", [{"N": "many"}, {"N": "NaN"}, {"N": "sNaN"}, {"N": "-Infinity"}, {"L": "x"}, {"M": []}, {"S": 1}]
)
def test_plain_leaves_what_no_table_holds_unread(value: dict[str, Any]) -> None:
    found = typed.plain({"event_id": {"S": "x"}, "payments": {"L": [value, {"S": "y"}]}})

    assert isinstance(found, dict)
    bad, good = found["payments"]
    assert (good, isinstance(bad, typed.Unread)) == ("y", True)
    with pytest.raises(BadLine):
        values.text_of(bad)


def test_plain_takes_types_off_one_by_one() -> None:
    item = {"event_id": "2026-05-23", "title": {"S": "Sail"}, "payments": [{"M": {"amount": {"N": "5"}, "x": "y"}}]}

    assert typed.plain(item) == {"event_id": "2026-05-23", "title": "Sail", "payments": [{"amount": 5, "x": "y"}]}


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e9999999999999999999"])
def test_loads_leaves_a_number_that_is_none_unread(text: str) -> None:
    found = typed.loads(f'{{"amount": {text}, "method": "cash"}}')

    assert found == {"amount": typed.Unread(f"{text!r} is no number", text), "method": "cash"}
    assert json.loads(typed.dumps(found))["amount"] == text


def test_loads_keeps_both_values_of_a_name_that_stands_twice() -> None:
    found = typed.loads('{"a": 1, "a": 2, "b": 3, "b": 3}')

    assert (found["a"].raw, found["b"]) == ([1, 2], 3)
    with pytest.raises(BadLine, match="stands 2 times, as"):
        values.text_of(found["a"])


def test_plain_refuses_what_is_too_deep() -> None:
    with pytest.raises(BadLine, match="too much inside"):
        typed.plain({"a": typed.loads("[" * 700 + "]" * 700)})


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"a": 1'])
def test_loads_refuses_what_is_no_json(text: str) -> None:
    with pytest.raises(BadLine, match="is no JSON"):
        typed.loads(text)


# Amounts


@given(st.integers(min_value=-100_000_000, max_value=100_000_000))
def test_amount_text_of_a_float_has_no_dust(cents: int) -> None:
    written = json.dumps({"amount": cents / 100})

    assert values.amount_text(typed.loads(written)["amount"]) == decimal_text(cents)
    assert values.amount_text(str(cents / 100 + 1e-10)) in {decimal_text(cents), str(cents / 100 + 1e-10)}


@given(st.lists(st.integers(min_value=1, max_value=9999), min_size=2, max_size=20))
def test_amount_text_of_a_sum_of_floats_is_the_sum(cents: list[int]) -> None:
    total = sum(each / 100 for each in cents)

    assert values.amount_text(typed.loads(repr(total))) == decimal_text(sum(cents))


@pytest.mark.parametrize(
    "value", [Decimal("12.345"), True, [1], {"N": "1"}, 10**30, Decimal("1E+400"), Decimal("0.001")]
)
def test_amount_text_refuses(value: object) -> None:
    with pytest.raises(BadLine):
        values.amount_text(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        (0, "0.00"),
        (Decimal("1E+2"), "100.00"),
        ("1.250", "1.250"),
        ("19.990000000000002", "19.99"),
    ],
)
def test_amount_text(value: object, text: str) -> None:
    assert values.amount_text(value) == text


@given(st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from([Decimal("1E-99999"), Decimal("0E-99999")]))
def test_text_of_a_number_is_short_and_says_the_same(value: Decimal) -> None:
    text = values.text_of(value)

    assert len(text) < 200
    assert Decimal(text) == value


# Which departure


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
        ("2026-05-23", "2026-05-23 00:00:00", None, "date: 00:00 is taken for no time of the day"),
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


# Departures


def departure(**attributes: Any) -> Any:
    item = read({"event_id": "2026-05-23", "date": "2026-05-23", "title": "Sail", "capacity": 12, **attributes})
    return departure_of(item, DEFAULTS, today=DAY)


@pytest.mark.parametrize(
    ("said", "cells"),
    [
        ({}, {"starts_at": "12:00", "vessel": "Main vessel", "status": "scheduled", "capacity": "12", "title": "Sail"}),
        ({"starts_at": "6:15 pm"}, {"starts_at": "18:15"}),
        ({"starts_at": "12:00 AM"}, {"starts_at": "00:00"}),
        ({"date": "2026-05-23 00:00:00"}, {"starts_at": "12:00", "date": "2026-05-23"}),
        ({"starts_at": "2026-05-23T18:15:00-07:00"}, {"starts_at": "18:15"}),
        ({"date": "2026-05-23T18:15:00-07:00"}, {"starts_at": "18:15"}),
        ({"title": " "}, {"title": "Charter"}),
        ({"title": ["x"]}, {"title": "Charter"}),
        ({"title": "x" * 300}, {"title": "x" * 200}),
        ({"capacity": "12 guests"}, {"capacity": "12"}),
        ({"capacity": None}, {"capacity": "6"}),
        ({"vessel": "Dolphin", "price": 650.5}, {"vessel": "Dolphin", "price": "650.50"}),
        ({"price": "$1,650.00"}, {"price": "1650.00"}),
        ({"status": "Canceled"}, {"status": "cancelled"}),
        ({"status": "sunk"}, {"status": "scheduled"}),
        ({"starts_at": "2026-05-23"}, {"starts_at": "12:00"}),
        ({"capacity": float("nan")}, {"capacity": "6"}),
        ({"event_id": "2020-05-23", "date": "2020-05-23"}, {"status": "completed"}),
    ],
)
def test_departure_of_an_item(said: dict[str, Any], cells: dict[str, str]) -> None:
    thing = departure(**said)

    assert thing.fault == ""
    assert {name: thing.line.cells[name] for name in cells} == cells


def test_departure_of_an_item_says_what_it_guessed() -> None:
    thing = departure(event_id="2026-05-23_Sunset", date=None, title=None, weather="fine", crew=[{"name": "Bob"}])

    assert thing.guessed == (
        "its address is 2026-05-23-sunset",
        "the date is that of event_id",
        "left out: weather",
        "taken for granted: title Charter, start 12:00, vessel Main vessel, status scheduled",
    )
    assert json.loads(thing.line.raw)["weather"] == "fine"
    assert "crew" not in json.loads(thing.line.raw)


def test_departure_of_an_item_says_what_it_took_of_a_start() -> None:
    thing = departure(starts_at="2026-05-24T01:15:00-07:00")

    assert thing.guessed[0] == "starts_at: of '2026-05-24T01:15:00-07:00' the time is taken, 01:15"


@given(ANY)
def test_capacity_of_is_never_a_number_that_cannot_be(value: Any) -> None:
    assert 0 <= capacity_of(read({"event_id": "2026-05-23", "capacity": value})) < 10_000


@given(st.dictionaries(st.sampled_from(["title", "capacity", "vessel", "starts_at", "price", "status", "date"]), ANY))
def test_departure_of_reads_or_refuses_anything(said: dict[str, Any]) -> None:
    item = read({"event_id": "2026-05-23", **said})

    if not item.fault:
        thing = departure_of(item, DEFAULTS, today=DAY)
        assert thing.fault or set(thing.line.cells) >= {"slug", "date", "title", "vessel", "capacity", "starts_at"}


# What is inside


@pytest.mark.usefixtures("methods_known")
def test_things_of_payments() -> None:
    said = {"patron_name": "Ana", "amount": 0.1 + 0.2, "method": "Venmo", "ts": 1779500000, "logged_by": "Dana"}

    (thing,) = inside("payments", said, users=("dana",))

    assert thing.cents == 30
    assert thing.line.place == "2026-05-23 payments[0]"
    assert {name: cell for name, cell in thing.line.cells.items() if cell} == {
        "event": "2026-05-23",
        "patron_name": "Ana",
        "amount": "0.30",
        "method": "Venmo",
        "paid_at": "1779500000",
        "note": "Logged by Dana",
        "received_by": "dana",
    }


@pytest.mark.usefixtures("methods_known")
def test_things_of_payments_says_what_it_guessed() -> None:
    (thing,) = inside(
        "payments",
        {
            "amount": 5,
            "method": "doubloons",
            "ts": "2026-05-20 10:05",
            "logged_by": "The old captain",
            "device": "ipad",
        },
    )

    assert thing.guessed == (
        "left out: device",
        "no name is said: Name not given",
        "method 'doubloons' is taken as other",
        "ts: no zone is given: America/Los_Angeles is taken",
    )
    assert thing.line.cells["note"] == "Method: doubloons\nLogged by The old captain"
    assert "received_by" not in thing.line.cells


@pytest.mark.usefixtures("methods_known")
def test_things_of_payments_counts_the_money_of_what_is_none() -> None:
    said = [
        {"patron_name": ["x"], "amount": "$1,250.00"},
        {"patron_name": ["x"], "amount": 12.345},
        "see the folder",
        None,
    ]

    things = inside("payments", *said)

    assert [thing.cents for thing in things] == [125_000, 0, 0, 0]
    assert all(thing.fault for thing in things)


def test_things_of_crew() -> None:
    things = inside("crew", {"name": "Bob", "role": "First mate", "phone": 6195550100}, "Dana", {"role": "cook"})

    assert [(each.line.cells["name"], each.line.cells["role"], each.line.cells["phone"]) for each in things] == [
        ("Bob", "mate", "6195550100"),
        ("Dana", "deckhand", ""),
        ("", "steward", ""),
    ]
    assert [each.guessed for each in things] == [(), ("no role is said: deckhand",), ()]


def test_things_of_waivers_keeps_what_was_signed_as_it_was_written() -> None:
    (thing,) = inside(
        "waivers", {"name": "Ana", "signed_at": 1779500000, "ip": "203.0.113.7", "signature": {"points": [1]}}
    )

    assert thing.line.cells["address"] == "203.0.113.7"
    assert thing.line.cells["signature"] == '{"points": [1]}'


@pytest.mark.usefixtures("methods_known")
def test_things_of_counts_beside_what_cannot_be_read() -> None:
    text = """{"event_id": "2026-05-23", "payments": [{"patron_name": "Ana", "amount": NaN},
        {"patron_name": "Ana", "amount": 5, "amount": 6}, {"patron_name": "Ana", "amount": 7, "ts": NaN},
        {"patron_name": "Ana", "amount": 8}]}"""

    things = things_of(items.read(Line(1, text)), "payments", users=())

    assert [(thing.fault, thing.cents) for thing in things] == [
        ("amount: 'NaN' is no number", 0),
        ("amount: stands 2 times, as [5, 6]", 0),
        ("ts: 'NaN' is no number", 700),
        ("", 800),
    ]


def test_things_of_takes_an_object_of_objects_for_a_list() -> None:
    things = things_of(
        read({"event_id": "2026-05-23", "crew": {"c1": {"name": "Bob"}, "c 2": {"name": "Dana"}}}), "crew", users=()
    )

    assert [(thing.line.place, thing.line.cells["name"]) for thing in things] == [
        ("2026-05-23 crew[c1]", "Bob"),
        ("2026-05-23 crew[c 2]", "Dana"),
    ]


def test_things_of_reads_a_list_that_was_written_as_text() -> None:
    things = things_of(
        read({"event_id": "2026-05-23", "crew": '[{"name": {"S": "Bob"}}, "Dana"]', "payments": "[see the folder]"}),
        "crew",
        users=(),
    )

    assert [thing.line.cells["name"] for thing in things] == ["Bob", "Dana"]


@pytest.mark.parametrize("text", ["Bob, Dana", "Bob and Dana", "Bob/Dana", "Bob\nDana"])
def test_things_of_makes_nobody_of_several(text: str) -> None:
    (thing,) = inside("crew", text)

    assert thing.fault == f"{text!r} may name several: each is one of a list"


def test_things_of_takes_what_stands_in_both_of_two_lists() -> None:
    text = '{"event_id": "2026-05-23", "crew": [{"name": "Bob"}], "crew": {"name": "Dana"}}'

    things = things_of(items.read(Line(1, text)), "crew", users=())

    assert [(thing.line.place, thing.line.cells["name"]) for thing in things] == [
        ("2026-05-23 crew[0]", "Bob"),
        ("2026-05-23 crew[1]", "Dana"),
    ]


def test_things_of_takes_one_object_for_a_list() -> None:
    (thing,) = things_of(read({"event_id": "2026-05-23", "crew": {"name": "Bob"}}), "crew", users=())

    assert thing.line.cells["name"] == "Bob"


@pytest.mark.usefixtures("methods_known")
@given(
    st.sampled_from(items.INSIDE),
    st.lists(
        ANY
        | st.dictionaries(
            st.text(max_size=4)
            | st.sampled_from(
                ["name", "patron_name", "amount", "ts", "method", "logged_by", "signed_at", "role", "signature"]
            ),
            ANY,
        ),
        max_size=3,
    ),
)
def test_things_of_reads_or_refuses_anything(sort: str, said: list[Any]) -> None:
    things = inside(sort, *said)

    assert [thing.line.place for thing in things] == [f"2026-05-23 {sort}[{n}]" for n in range(len(said))]
    for thing, value in zip(things, said, strict=True):
        assert thing.fault or all(isinstance(cell, str) for cell in thing.line.cells.values())
        assert (
            typed.loads(thing.line.raw) == typed.loads(json.dumps(value).encode().decode()) or "\\ud" in thing.line.raw
        )
        assert not thing.cents or sort == "payments"
