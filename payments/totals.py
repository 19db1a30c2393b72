"""What a departure received, gave back and is still owed. Tips are apart, and voided entries count in nothing.

Credit that is carried over counts as refunded where it leaves and as received where it comes: over all departures it
is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from events.rows import Event
from payments.rows import Kind, Payment, Way


@dataclass(frozen=True)
class Moved:
    """What moved, in cents; also by how much one entry moves it."""

    received_cents: int = 0
    refunded_cents: int = 0
    tips_cents: int = 0

    def __add__(self, other: Moved) -> Moved:
        return Moved(
            self.received_cents + other.received_cents,
            self.refunded_cents + other.refunded_cents,
            self.tips_cents + other.tips_cents,
        )

    def __neg__(self) -> Moved:
        return Moved(-self.received_cents, -self.refunded_cents, -self.tips_cents)

    @property
    def net_cents(self) -> int:
        return self.received_cents - self.refunded_cents


NOTHING = Moved()


@dataclass(frozen=True)
class Totals(Moved):
    """What moved on one departure, beside what it is owed."""

    due_cents: int = 0

    @property
    def balance_cents(self) -> int:
        """What is still to be paid; below zero it is credit."""
        return self.due_cents - self.net_cents


def totals_of(event: Event, and_then: Moved = NOTHING) -> Totals:
    """Return the figures on the departure's row, moved on by `and_then`."""
    moved = Moved(event.received_cents, event.refunded_cents, event.tips_cents) + and_then
    return Totals(moved.received_cents, moved.refunded_cents, moved.tips_cents, event.due_cents)


class Moving(Protocol):
    """What says of an entry how it counts."""

    @property
    def entry_kind(self) -> str: ...

    @property
    def undoes(self) -> str: ...

    @property
    def way(self) -> str: ...

    @property
    def amount_cents(self) -> int: ...

    @property
    def tip_cents(self) -> int: ...


def moved_by(entry: Moving) -> Moved:
    """Return what `entry` moves; a void below zero, as it takes back what it voids."""
    if entry.entry_kind == Kind.VOID:
        # An older one does not say what it voids: there was nothing but payments then.
        return -(_went_out(entry) if entry.undoes == Kind.REFUND else _came_in(entry))
    is_in = entry.entry_kind == Kind.PAYMENT or entry.way == Way.IN
    return _came_in(entry) if is_in else _went_out(entry)


def _came_in(entry: Moving) -> Moved:
    return Moved(received_cents=entry.amount_cents, tips_cents=entry.tip_cents)


def _went_out(entry: Moving) -> Moved:
    return Moved(refunded_cents=entry.amount_cents, tips_cents=-entry.tip_cents)


def each_moved(entries: Iterable[Payment]) -> Iterator[tuple[Payment, Moved]]:
    """Give each of the entries of one departure, in their order, with what it moved; a void with what it took back."""
    known: dict[str, Moved] = {}
    for entry in sorted(entries, key=lambda each: each.sequence):
        if entry.entry_kind == Kind.VOID:
            yield entry, -known.get(entry.corrects, NOTHING)
        else:
            known[entry.reference] = moved_by(entry)
            yield entry, known[entry.reference]


def count(entries: Iterable[Payment]) -> Moved:
    """Return what the entries of one departure moved, counted afresh."""
    total = NOTHING
    for _, moved in each_moved(entries):
        total += moved
    return total
