from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scc.imports.lines import Line
from scc.legacy import items, typed
from scc.legacy.things import things_of
from scc.text import LONGEST_NOTE
from tests.legacy.reading import ANY, read


def inside(sort: str, *things: object, users: tuple[str, ...] = ()) -> list[Any]:
    return things_of(read({"event_id": "2026-05-23", sort: list(things)}), sort, users=users)


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


@pytest.mark.usefixtures("methods_known")
@pytest.mark.parametrize(
    ("name", "value", "guess"),
    [
        ("logged_by", ["a"], 'logged_by: ["a"] is no text; it is left out'),
        ("logged_by", "x" * 500, "logged_by: Must be at most 200 characters; it has 500; it is left out"),
        ("note", {"a": 1}, 'note: {"a": 1} is no text; it is left out'),
        ("reference", True, "reference: true is no text; it is left out"),
        ("patron_email", "ana at home", "patron_email: Must be an e-mail address"),
        ("external_id", [], "external_id: [] is no text; it is left out"),
        ("method", ["cash"], "method '[\"cash\"]' is taken as other"),
        ("note", "x" * 5000, "note: is cut to"),
    ],
)
def test_things_of_payments_holds_no_money_back_for_a_note(name: str, value: object, guess: str) -> None:
    (thing,) = inside("payments", {"patron_name": "Ana", "amount": 5, "logged_by": "Dana", name: value})

    assert (thing.fault, thing.cents) == ("", 500)
    assert any(each.startswith(guess) for each in thing.guessed)
    assert ("Logged by Dana" in thing.line.cells["note"]) == (name != "logged_by")
    assert len(thing.line.cells["note"]) <= LONGEST_NOTE


@pytest.mark.usefixtures("methods_known")
@pytest.mark.parametrize("name", ["Amount", "AMOUNT", " amount"])
def test_things_of_takes_names_whatever_their_capitals(name: str) -> None:
    (thing,) = inside("payments", {"Patron_Name": "Ana", "patronEmail": "ana@example.com", name: 5, "amount": ""})

    assert (thing.fault, thing.cents) == ("", 500)
    assert thing.line.cells["patron_name"] == "Ana"
    assert thing.line.cells["patron_email"] == "ana@example.com"
    assert f"{name.strip()} is taken for amount" in thing.guessed


@pytest.mark.usefixtures("methods_known")
def test_things_of_reports_an_amount_that_stands_twice_in_other_capitals() -> None:
    (thing,) = inside("payments", {"amount": 5, "Amount": 6})

    assert thing.fault == "amount: stands 2 times, as [5, 6]"


@pytest.mark.usefixtures("methods_known")
@pytest.mark.parametrize("name", ["name", "Name", "patron", "customer", "guest"])
def test_things_of_payments_takes_another_name_for_who_paid(name: str) -> None:
    alone, beside = inside("payments", {name: "Ana", "amount": 5}, {"patron_name": "Bob", name: "Ana", "amount": 5})

    assert (alone.line.cells["patron_name"], alone.guessed) == ("Ana", (f"{name} is taken for patron_name",))
    assert (beside.line.cells["patron_name"], beside.guessed) == ("Bob", (f"left out: {name}",))


@pytest.mark.usefixtures("methods_known")
@pytest.mark.parametrize("name", ["Payments", "PAYMENTS", "payment", "Payment"])
@pytest.mark.parametrize("payments", [[{"amount": 5}], {"amount": 5}])
def test_things_of_takes_a_list_by_a_name_like_its_own(name: str, payments: object) -> None:
    item = read({"event_id": "2026-05-23", "payments": [], name: payments})

    assert [(each.line.place, each.cents) for each in things_of(item, "payments", users=())] == [
        ("2026-05-23 payments[0]", 500)
    ]
    assert item.guessed == (f"{name} is taken for payments",)
    assert item.own_raw == '{"event_id": "2026-05-23"}'


@pytest.mark.usefixtures("methods_known")
def test_things_of_takes_what_stands_in_a_list_and_in_one_of_a_like_name() -> None:
    item = read({"event_id": "2026-05-23", "Payments": [{"amount": 6}], "payments": [{"amount": 5}], "payment": "all"})

    assert [thing.cents for thing in things_of(item, "payments", users=())] == [600, 500]


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
