"""Drivers of an import in processes of their own: one is killed amid it, one stalls, some go at once."""

from __future__ import annotations

import csv
import io
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any

import django
from django.apps import apps

# Each is a portion of one cut, and the last one of two.
SIZES = {"2026-05-21": 20, "2026-05-22": 20, "2026-05-23": 112}
# One that takes the run, and of each portion what is written and what counts it.
TRANSACTIONS = 1 + len(SIZES) + 4
LINES = 20


@contextmanager
def processes() -> Iterator[Any]:
    """Give what starts processes that have Django already, and no connection of anybody's."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__, "payments.importing.kind", "scc.imports.jobs"])
    yield context


def payments() -> bytes:
    """Return a CSV of payments, those of each departure between those of others, with some that are bad."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("event", "patron_name", "amount", "method", "paid_at"))
    for place in range(max(SIZES.values())):
        for slug, size in SIZES.items():
            if place < size:
                amount = "much" if place == 7 else f"{20 + place}.00"
                writer.writerow((slug, f"Guest {place}", amount, ("cash", "venmo")[place % 2], "2026-05-01"))
    return out.getvalue().encode()


def carry_until_killed(ulid: str, at: int, after: bool) -> None:
    """Drive a run, and be killed at transaction `at`. after: whether the table does that transaction before."""

    def kill(send: Callable[[], object]) -> None:
        if after:
            send()
        os.kill(os.getpid(), signal.SIGKILL)

    _at_transaction(at, kill)
    carry(ulid)


def carry_and_stall(ulid: str, at: int, other: Connection) -> None:
    """Drive a run, and stand still before transaction `at` until `other` says something; say then how it ended."""
    from scc.imports.jobs import Busy

    def stall(send: Callable[[], object]) -> None:
        other.send("here")
        other.recv()

    _at_transaction(at, stall)
    try:
        carry(ulid)
    except Busy:
        other.send("busy")
    else:
        other.send("ended")


def carry_with_others(ulid: str) -> None:
    """Drive a run step by step until it has ended, beside others who do the same, as open pages do."""
    from scc.imports import jobs
    from scc.imports.rows import ImportRun

    while (run := ImportRun.fetch(ulid=ulid)) is not None and run.state in jobs.GOING:
        try:
            jobs.drive(run, seconds=0)
        except jobs.Busy:
            continue


def carry(ulid: str) -> None:
    """Drive a run as far as it goes, as the schedule does."""
    from scc.imports import jobs
    from scc.imports.rows import ImportRun

    run = ImportRun.fetch(ulid=ulid)
    assert run is not None
    jobs.drive(run, seconds=60)


def _at_transaction(at: int, act: Callable[[Callable[[], object]], None]) -> None:
    from scc.dynamo.rows import Row

    client: Any = Row._get_connection().connection.client
    lock, sent = Lock(), [0]

    def count(request: Any, **_: Any) -> None:
        with lock:
            sent[0] += 1
            is_here = sent[0] == at
        if is_here:
            act(lambda: client._endpoint.http_session.send(request))

    client.meta.events.register_first("before-send.dynamodb.TransactWriteItems", count)


# For the processes that are forked from one that loads this alone.
if not apps.ready and "DJANGO_SETTINGS_MODULE" in os.environ:
    django.setup()
