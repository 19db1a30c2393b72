from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scc.legacy.departures import Defaults, capacity_of, departure_of
from tests.builders import DAY
from tests.legacy.reading import ANY, read

DEFAULTS = Defaults(vessel="Main vessel", starts_at="12:00", capacity=6)


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
