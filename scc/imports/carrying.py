"""Carrying a spool's groups over, several at once, until someone asks to stop."""

from __future__ import annotations

from scc.imports.kinds import Kind
from scc.imports.outcomes import Outcome
from scc.imports.runs import Run
from scc.imports.spools import Spool
from scc.walks import in_threads


def carry(kind: Kind, spool: Spool, run: Run, outcome: Outcome, *, dry_run: bool) -> None:
    """Carry every group of `spool`. Reports come out in the order of the file.

    Raises what `Kind.carry` raises, and Stopped after a Ctrl-C.
    """

    def act(group: str) -> None:
        kind.carry(group, spool.read(group), run, outcome, dry_run=dry_run)

    doing = "Checking" if dry_run else "Carrying over"
    for _ in in_threads(act, spool.groups, threads=kind.threads, doing=doing, size=spool.size):
        pass
