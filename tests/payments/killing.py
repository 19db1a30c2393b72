"""An import of payments in a process of its own, which is killed amid it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from threading import Lock
from typing import Any

import django
from django.apps import apps

# Two transactions of each departure.
LINES = 72
DEPARTURES = tuple(f"2026-05-{day}" for day in range(21, 24))


@contextmanager
def processes() -> Iterator[Any]:
    """Give what starts processes that have Django already, and no connection of anybody's."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__, "payments.importing.kind"])
    yield context.Process


def killed(start: Any, moment: datetime, *, at: int, after: bool) -> int:
    """Carry it over in another process, killed at transaction `at`. Returns its exit code.

    after: whether the table does that transaction before.
    """
    process: BaseProcess = start(target=_carry_until, args=(moment, at, after))
    process.start()
    process.join()
    return process.exitcode or 0


def _carry_until(moment: datetime, at: int, after: bool) -> None:
    from scc.dynamo.rows import Row

    client: Any = Row._get_connection().connection.client
    lock, sent = Lock(), [0]

    def count(request: Any, **_: Any) -> None:
        with lock:
            sent[0] += 1
            if sent[0] == at:
                if after:
                    client._endpoint.http_session.send(request)
                os.kill(os.getpid(), signal.SIGKILL)

    client.meta.events.register_first("before-send.dynamodb.TransactWriteItems", count)
    carry(moment)


def carry(moment: datetime) -> None:
    """Carry all lines over, under the same run each time."""
    from payments.importing.kind import Payments
    from scc.imports import carrying
    from scc.imports.runs import Run
    from scc.imports.spools import Spool
    from scc.staff.actors import SYSTEM

    kind = Payments()
    run = Run("01KS9V3R4T5W6X7Y8Z9A0B1C2D", "payments.csv", moment, SYSTEM, "s" * 26)
    with Spool(_lines(), group_of=kind.group_of) as spool:
        carrying.carry(kind, spool, run, kind.outcome(), dry_run=False)


def _lines() -> Iterator[Any]:
    from scc.imports.lines import Line

    number = 1
    for place in range(LINES):
        for slug in DEPARTURES:
            number += 1
            back = place % 8 == 7
            cells = {
                "event": slug,
                "patron_name": f"Guest {place - back}",
                "amount": "-9.00" if back else f"{20 + place}",
            }
            more = {"method": ("cash", "check #7", "venmo")[place % 3], "paid_at": f"2026-05-{1 + place % 9:02}"}
            named = {"reference": f"{slug}-{place}", "external_id": f"{slug}-{place - back}"}
            yield Line(number, str(number), {**cells, **more, **named})


# For the processes that are forked from one that loads this alone.
if not apps.ready and "DJANGO_SETTINGS_MODULE" in os.environ:
    django.setup()
