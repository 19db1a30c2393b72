"""Two hundred sign for one departure at the same moment: two hundred records, one chain, every figure right.

Then the same with a fault at a quarter of all calls of the table and of the bucket of keys, with signers who send again
what they got no answer to, and with one process killed. `make soak` takes five times as many.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from ulid import ULID

from events import turns
from events.rows import Event
from scc.dynamo.units import Unit
from tests.builders import make_event
from tests.soak import IS_SOAK, SEED, say_seed
from tests.waivers.storm import aftermath
from tests.waivers.storm.fleet import Fleet, Notes
from tests.waivers.storm.signers import SLUG, Asked, Orders, nobody_waits
from waivers import signing
from waivers.parts import Part
from waivers.rows import Role, Waiver

pytestmark = pytest.mark.usefixtures("table")

SIGNERS = 1_000 if IS_SOAK else 200
PROCESSES = 4


def count_blindly(unit: Unit, event: Event, parts: Sequence[Part], earlier: Sequence[Waiver]) -> None:
    """Count a signature whatever was signed meanwhile."""
    guests = sum(part.line.role == Role.GUEST for part in parts)
    head = parts[-1].record.chain_sha256
    unit.update(event, set={"waiver_head": head}, add={"waiver_count": len(parts), "signed": guests})


def write_without_place(unit: Unit, part: Part, before: object) -> None:
    """Take nobody's place: who signs twice is not seen."""
    unit.put(part.line)
    unit.put(part.record)


# What is put in the place of a guard, and what becomes of it.
UNGUARDED: dict[str, tuple[str, Any]] = {
    "chain": ("_count", count_blindly),
    "places": ("_write", write_without_place),
}
SEEN = {"chain": "is not link", "places": "signers' places missing"}
# In a short storm, chance has more to say.
TOLERANCE = 0.1


def crowd(number: int) -> list[Asked]:
    """Return that many requests: crew among them, addresses, medical notes, and mothers with two children."""
    dice = Random(SEED)  # noqa: S311  # the same again from the same seed
    return [_asked(place, dice) for place in range(number)]


def _asked(place: int, dice: Random) -> Asked:
    name = f"Guest {place:03}"
    born_on = date(1950, 1, 1) + timedelta(days=dice.randrange(18_000))
    children = [(f"Child {one} of {name}", f"201{one}-05-04") for one in (1, 2)] if dice.random() < 0.05 else []
    return Asked(
        key=str(ULID()),
        name=name,
        born_on=born_on.isoformat(),
        role="crew" if dice.random() < 0.1 else "guest",
        email=f"guest-{place}@example.com" if dice.random() < 0.25 else "",
        medical="Allergic to bees" if dice.random() < 0.2 else "",
        children=children,
    )


def sail(asked: Sequence[Asked], *, processes: int = PROCESSES, sink_first_after: int = 0, **orders: Any) -> Notes:
    """Let all of `asked` sign at once, and settle what a killed process left."""
    shares = [asked[place::processes] for place in range(processes)]
    fleet = [Orders(seed=f"{SEED}.{place}", asked=share, **orders) for place, share in enumerate(shares)]
    notes = Fleet(fleet, sink_first_after=sink_first_after).sail()
    left = notes.settle()
    sys.stdout.write(f"{notes} {left} were settled after it.\n")
    return notes


def test_two_hundred_at_once_are_one_chain_in_which_all_are() -> None:
    make_event(date=date.fromisoformat(SLUG), capacity=SIGNERS)
    alone = [Asked(key=str(ULID()), name=f"Guest {place}", born_on="1980-03-31") for place in range(SIGNERS)]

    notes = sail(alone, processes=2, in_storm=False)

    assert aftermath.faults(notes) == []
    assert len(notes.answers) == SIGNERS


def test_a_storm_loses_doubles_and_tears_no_signature() -> None:
    say_seed()
    make_event(date=date.fromisoformat(SLUG), capacity=SIGNERS)

    notes = sail(crowd(SIGNERS), sink_first_after=SIGNERS // PROCESSES // 3)

    assert aftermath.faults(notes) == []
    assert len(notes.answers) == SIGNERS
    assert abs(notes.share_of_faults - 0.25) < TOLERANCE


@pytest.mark.parametrize("guard", ["chain", "places"])
def test_a_guard_that_is_off_is_seen(guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make_event(date=date.fromisoformat(SLUG))
    asked = crowd(8)
    asked += [replace(each, key=str(ULID())) for each in asked]
    monkeypatch.setattr(signing, *UNGUARDED[guard])
    # As if each were in a process of its own.
    monkeypatch.setattr(turns, "taken", nobody_waits)

    notes = Notes({each.key: each for each in asked})
    with ThreadPoolExecutor(len(asked)) as pool:
        for each, note in zip(asked, pool.map(Asked.try_once, asked), strict=True):
            notes.take({"key": each.key} | note)

    faults = "; ".join(aftermath.faults(notes))
    assert SEEN[guard] in faults
