"""Lines of payments, carried over as an import does it."""

from __future__ import annotations

from payments.importing.kind import Payments
from scc.imports import runs
from scc.imports.lines import Line
from scc.imports.outcomes import Outcome
from scc.imports.runs import Run
from scc.staff.actors import SYSTEM

SLUG = "2026-05-23"


def new_run() -> Run:
    return Run("01KS9V3R4T5W6X7Y8Z9A0B1C2D", "payments.csv", runs.now(), SYSTEM, "s" * 26)


def line(number: int = 2, **cells: str) -> Line:
    given = {"event": SLUG, "patron_name": "Ana López", "amount": "125.00", "method": "cash", "paid_at": "2026-05-23"}
    return Line(number, ",".join(cells.values()), given | cells)


def carried(*lines: Line, run: Run, dry_run: bool = False) -> Outcome:
    kind = Payments()
    outcome = kind.outcome()
    for group in dict.fromkeys(kind.group_of(each) for each in lines):
        some = [each for each in lines if kind.group_of(each) == group]
        kind.carry(group, some, run, outcome, dry_run=dry_run)
    return outcome
