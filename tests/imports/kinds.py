"""A kind of thing to import, for tests of what all kinds share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from scc.imports.kinds import Kind, Preset
from scc.imports.lines import BadLine, Line
from scc.imports.outcomes import Outcome
from scc.imports.runs import Run

TILL = ("Day", "Total", "State")


def of_till(cells: Mapping[str, str]) -> Mapping[str, str]:
    if cells["state"] != "paid":
        raise BadLine(f"is {cells['state']}, not paid")
    return {"event": cells["day"], "amount": cells["amount"].removeprefix("$")}


class Fees(Kind):
    """What was paid for a berth. Nothing of it is stored."""

    name = "fees"
    label = "Fees"
    columns = ("event", "patron_name", "amount", "note", "paid_at")
    optional = frozenset({"note", "paid_at"})
    days = ("paid_at",)
    aliases: ClassVar[Mapping[str, str]] = {"guest": "patron_name", "Name": "patron_name"}
    presets = (Preset("till", "the till", dict(zip(TILL, ("day", "amount", "state"), strict=True)), TILL, of_till),)
    is_money = True

    def group_of(self, line: Line) -> str:
        return line.cells.get("event", "")

    def carry(self, group: str, lines: Sequence[Line], run: Run, outcome: Outcome, *, dry_run: bool) -> None:
        for line in lines:
            outcome.carried("fees", line)
