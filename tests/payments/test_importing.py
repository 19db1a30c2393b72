from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from events.rows import Patron
from payments import books, ledger
from payments.importing.kind import Payments
from payments.rows import Payment
from payments.verifying import verify
from scc.imports import runs
from scc.imports.lines import Line
from scc.imports.outcomes import Outcome
from scc.imports.runs import Run
from scc.staff.actors import SYSTEM
from tests.builders import make_event, make_party

pytestmark = pytest.mark.usefixtures("table")

SLUG = "2026-05-23"
FIRST_RUN = Run("01KS9V3R4T5W6X7Y8Z9A0B1C2D", "payments.csv", runs.now(), SYSTEM, "s" * 26)


def line(number: int = 2, **cells: str) -> Line:
    given = {"event": SLUG, "patron_name": "Ana López", "amount": "125.00", "method": "cash", "paid_at": "2026-05-23"}
    return Line(number, ",".join(cells.values()), given | cells)


def carried(*lines: Line, run: Run = FIRST_RUN, group: str = SLUG, dry_run: bool = False) -> Outcome:
    kind = Payments()
    outcome = kind.outcome()
    kind.carry(group, lines, run, outcome, dry_run=dry_run)
    return outcome


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    found = outcome.counts["payments"]
    return found["read"], found["carried"], found["unchanged"], found["reported"]


def entries() -> list[Payment]:
    return books.read(SLUG).entries


def test_carry_adds_a_payment_as_its_line_says() -> None:
    make_event()

    outcome = carried(
        line(tip="20", reference="1023", method="check", note="At the dock", patron_email="a@example.com")
    )

    (entry,) = entries()
    assert counts(outcome) == (1, 1, 0, 0)
    assert (entry.amount_cents, entry.tip_cents, entry.method) == (12_500, 2_000, "check")
    assert verify(SLUG).faults == []
