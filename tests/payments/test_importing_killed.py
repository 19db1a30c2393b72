"""An import that is killed anywhere, and begun again, leaves the table of one that ran through."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import Any

import pytest

from payments.verifying import verify
from scc.dynamo.rows import Row
from scc.dynamo.tables import create_table, delete_table
from scc.imports import runs
from tests.builders import make_event, make_party
from tests.payments import killing
from tests.soak import IS_SOAK, SEED

# The same points each time, few of them; with `make soak` more, and others.
POINTS = 20 if IS_SOAK else 5
# Of six transactions, so that some are always left to do.
LAST = 4

Items = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def moment() -> datetime:
    return runs.now()


@pytest.fixture(scope="module")
def departures() -> Items:
    create_table()
    for slug in killing.DEPARTURES:
        make_party(event=make_event(slug=slug, capacity=100), name="Guest 3")
    found = stored()
    delete_table()
    return found


@pytest.fixture(scope="module")
def clean(departures: Items, moment: datetime) -> Items:
    """What one run that is left alone stores."""
    begin(departures)
    killing.carry(moment)
    found = stored()
    delete_table()
    return found


@pytest.fixture(scope="module")
def start() -> Iterator[Any]:
    with killing.processes() as start:
        yield start


def begin(items: Items) -> None:
    create_table()
    connection = Row._get_connection()
    for (pk, sk), item in items.items():
        connection.put_item(pk, sk, attributes={name: item[name] for name in item if name not in {"pk", "sk"}})


def stored() -> Items:
    """Return all items, without what says which unit of work wrote last."""
    items = Row._get_connection().scan()["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]): {name: item[name] for name in item if name != "unit"} for item in items}


def points() -> list[tuple[int, bool]]:
    dice = Random(SEED)  # noqa: S311  # the same again from the same seed
    return [(dice.randint(1, LAST), dice.random() < 0.5) for _ in range(POINTS)]


@pytest.mark.parametrize(("at", "after"), points())
def test_a_killed_import_begun_again_is_as_if_it_had_run_through(
    at: int, after: bool, departures: Items, clean: Items, moment: datetime, start: Any
) -> None:
    begin(departures)
    try:
        code = killing.killed(start, moment, at=at, after=after)
        amid = stored()
        killing.carry(moment)
        end, faults = stored(), [fault for slug in killing.DEPARTURES for fault in verify(slug).faults]
    finally:
        delete_table()

    assert code == -signal.SIGKILL
    assert len(amid) < len(clean)
    assert end == clean
    assert faults == []
