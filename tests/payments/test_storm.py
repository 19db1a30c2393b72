"""Sixteen writers in four processes, faults at a quarter of all calls, a process killed: nothing lost, doubled or torn.

`make test` takes 300 payments, `make soak` 5,000; SCC_STORM says another number.
"""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from tests.builders import DAY, make_event, make_party
from tests.payments.storm import aftermath
from tests.payments.storm.fleet import PROCESSES, WRITERS_EACH, Fleet
from tests.payments.storm.writers import Orders
from tests.soak import IS_SOAK, SEED, say_seed

pytestmark = pytest.mark.usefixtures("table")

PAYMENTS = int(os.environ.get("SCC_STORM") or (5_000 if IS_SOAK else 300))
EVENTS, PARTIES_EACH = 5, 12
# In a short storm, chance has more to say.
TOLERANCE = 0.2 * (300 / PAYMENTS) ** 0.5


def orders(payments: int, *, events: int = EVENTS, processes: int = PROCESSES) -> list[Orders]:
    """Return what each process is to do, and store the departures and parties for it."""
    days = [DAY + timedelta(days=number) for number in range(events)]
    stored = [make_event(slug=day.isoformat(), date=day, capacity=1_000) for day in days]
    parties = [
        (event.slug, make_party(event=event, name=f"Party {number} of {event.slug}", size=1).ulid)
        for event in stored
        for number in range(PARTIES_EACH)
    ]
    writers = processes * WRITERS_EACH
    shares = [payments // writers + (number < payments % writers) for number in range(writers)]
    return [
        Orders(
            seed=f"{SEED}.{process}",
            payments={f"writer-{number}": shares[number] for number in range(process, writers, processes)},
            events=[event.slug for event in stored],
            parties=parties,
        )
        for process in range(processes)
    ]


def test_a_storm_loses_doubles_and_tears_nothing() -> None:
    say_seed()

    notes = Fleet(orders(PAYMENTS)).sail()
    left = notes.settle()

    sys.stdout.write(f"{notes} {left} were settled after it.\n")
    assert aftermath.faults(notes) == []
    call_command("verifyledger")
    assert sum(asked.act == "record" for asked in notes.asked.values()) == PAYMENTS
    assert notes.unknown or PAYMENTS < 1_000
    assert abs(notes.share_of_faults - 0.25) < TOLERANCE


def test_guards_that_are_off_in_one_of_two_processes_are_seen() -> None:
    one, other = orders(40, events=2, processes=2)
    one = replace(one, without=["chain", "keys", "figures"], unheard=0.2)

    notes = Fleet([one, other], sink_first=False).sail()
    notes.settle()

    # What of it meets is chance; that something is wrong is not.
    assert aftermath.faults(notes)
    with pytest.raises(SystemExit):
        call_command("verifyledger", stdout=StringIO())
