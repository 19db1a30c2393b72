"""Figures put right from the entries: the departure's, its parties' and its tallies'.

What entries say is not touched. A departure whose chain is torn is left alone, as counting it afresh would hide what is
lost; `even_torn` takes its entries as they are. One transaction and one audit entry a departure, on condition that the
chain ends where it was read, and that each figure is what was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import and_

from pynamodb.expressions.condition import Condition

from events.rows import Event, Patron
from payments import chain
from payments.posting import ends_at
from payments.reckoning import Counted, Reckoning, money, reckon
from payments.rows import Tally
from payments.tallies import FIGURES
from payments.totals import Moved
from payments.verifying import said_of
from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.scans import patiently
from scc.dynamo.tries import tries
from scc.dynamo.units import MOST_WRITES, Unit
from scc.staff import audit
from scc.staff.actors import By
from scc.verifying import FIRST_PAUSE, LONGEST_PAUSE, PATIENCE

# Beside them go the departure's row and the audit entry.
MOST_CHANGES = MOST_WRITES - 2


@dataclass(frozen=True)
class Change:
    """Figures of one row that are to be others. is_new: the row is to be made."""

    row: Event | Patron | Tally
    called: str
    figures: Mapping[str, tuple[int, int]]
    head: str | None = None
    is_new: bool = False

    def __str__(self) -> str:
        texts = [_said(name, before, after) for name, (before, after) in self.figures.items()]
        if self.head is not None:
            texts.append("the chain's end")
        return f"{self.called}: {', '.join(texts)}" if texts else f"{self.called} is missing"


@dataclass
class Outcome:
    """What was done to a departure, or would be. refused: why nothing is."""

    departure: str
    event: Event | None = None
    changes: list[Change] = field(default_factory=list)
    refused: str = ""

    @property
    def is_there(self) -> bool:
        """Whether there is such a departure, or anything of one."""
        return self.event is not None or bool(self.refused)


def recompute(slug: str, *, by: By, dry_run: bool = False, even_torn: bool = False) -> Outcome:
    """Put the figures of the departure `slug` right, and return what was changed.

    dry_run: write nothing, and return what would be changed. even_torn: take the entries as they are; what is lost
    counts no more. Raises StoreUnavailable (nothing was written) and OutcomeUnknown: run it again.
    """
    done: list[Change] = []
    for _ in tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        outcome = patiently(lambda: plan(slug, even_torn=even_torn))
        if dry_run or not outcome.changes:
            return replace(outcome, changes=done or outcome.changes)
        try:
            done.extend(_write(outcome, by=by))
        except Conflict:
            continue
        return replace(outcome, changes=done)
    return Outcome(slug, changes=done, refused="is written to all the while; run it again")


def plan(slug: str, *, even_torn: bool = False) -> Outcome:
    """Return what is to be changed of the departure `slug`. Raises StoreUnavailable."""
    try:
        found = reckon(slug)
    except (ValueError, TypeError) as exc:
        return Outcome(slug, refused=f"has an item that cannot be read: {exc}")
    if found.event is None:
        return Outcome(slug, refused="is gone; nothing can be written to it" if found.lines else "")
    refused = "" if even_torn else _why_not(found, found.event)
    return Outcome(slug, refused=refused) if refused else Outcome(slug, found.event, list(_changes(found, found.event)))


def _why_not(found: Reckoning, event: Event) -> str:
    """Return why the entries cannot be taken for all that there were, or ""."""
    if found.unread or chain.verify_links(found.lines):
        return "has a torn chain; verifyledger says where"
    if found.head and found.head not in {line.hash for line in found.lines}:
        return "names a last entry that is missing; verifyledger says more"
    return ""


def _changes(found: Reckoning, event: Event) -> Iterator[Change]:
    # The departure's own row first: it is written with the first changes, or only looked at.
    yield from _change_of_event(found, event)
    for ulid, party in sorted(found.parties.items()):
        yield from _change(party, f"party {ulid}", found.by_party.get(ulid, Counted()).moved)
    for place, tally in sorted(found.tallies.items()):
        counted = found.by_place.get(place, Counted())
        yield from _change(tally, f"tally of {said_of(place)}", counted.moved, entries=counted.entries)
    for place in sorted(found.by_place.keys() - found.tallies.keys()):
        counted = found.by_place[place]
        called = f"tally of {said_of(place)}"
        new = place.tally(found.slug).stamp()
        figures = {**_figures(counted.moved), "entries": counted.entries}
        yield Change(new, called, {name: (0, figure) for name, figure in figures.items() if figure}, is_new=True)


def _change_of_event(found: Reckoning, event: Event) -> Iterator[Change]:
    end = found.lines[-1].hash if found.lines else ""
    # A number that was left out stays out, so that the next entry does not take it twice.
    count = found.lines[-1].sequence if found.lines else 0
    figures = _differing(event, {**_figures(found.whole.moved), "ledger_count": count})
    if figures or end != found.head:
        yield Change(event, "departure", figures, head=end if end != found.head else None)


def _change(row: Patron | Tally, called: str, moved: Moved, **more: int) -> Iterator[Change]:
    figures = _differing(row, {**_figures(moved), **more})
    if figures:
        yield Change(row, called, figures)


def _figures(moved: Moved) -> dict[str, int]:
    return {name: getattr(moved, name) for name in FIGURES}


def _differing(row: Row, wanted: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    found = {name: (getattr(row, name), figure) for name, figure in wanted.items()}
    return {name: pair for name, pair in found.items() if pair[0] != pair[1]}


def _said(name: str, before: int, after: int) -> str:
    if name in FIGURES:
        return f"{name.removesuffix('_cents')} {money(before)} is {money(after)}"
    return f"entries {before} is {after}"


# Writing


def _write(outcome: Outcome, *, by: By) -> Iterator[Change]:
    """Write the changes, and give those that are written. Raises Conflict."""
    event = outcome.event
    if event is None:
        return
    head = event.ledger_head
    for start in range(0, len(outcome.changes), MOST_CHANGES):
        changes = outcome.changes[start : start + MOST_CHANGES]
        _write_some(event, head, changes, by=by)
        yield from changes
        head = next((change.head for change in changes if change.head is not None), head)


def _write_some(event: Event, head: str, changes: list[Change], *, by: By) -> None:
    unit = Unit()
    unit.check(event, expect=ends_at(head))
    for change in changes:
        _apply(unit, change)
    summary = f"Recomputed from the entries: {'; '.join(map(str, changes))}"
    audit.record(unit, by=by, action="recomputed", of=event, summary=summary)
    unit.commit()


def _apply(unit: Unit, change: Change) -> None:
    figures: dict[str, int | str] = {name: after for name, (_, after) in change.figures.items()}
    if change.is_new:
        for name, figure in figures.items():
            setattr(change.row, name, figure)
        unit.put(change.row)
        return
    ends = {} if change.head is None else {"ledger_head": change.head}
    unit.update(change.row, set={**figures, **ends}, expect=_as_read(change))


def _as_read(change: Change) -> Condition | None:
    conditions = [_is(change.row, name, before) for name, (before, _) in change.figures.items()]
    return reduce(and_, conditions) if conditions else None


def _is(row: Row, name: str, figure: int) -> Condition:
    attribute = row.get_attributes()[name]
    is_so: Condition = attribute == figure
    # One that is missing reads as nothing.
    return is_so if figure else is_so | attribute.does_not_exist()
