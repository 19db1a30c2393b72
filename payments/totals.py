"""What a departure received, gave back and is still owed. Tips are apart, and voided entries count in nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from events.rows import Event
from payments.rows import Kind, Payment


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


def moved_by(entry: Payment) -> Moved:
    """Return what `entry` moves by itself. Raises ValueError for a void, which moves what it voids, back."""
    if entry.entry_kind == Kind.PAYMENT:
        return Moved(received_cents=entry.amount_cents, tips_cents=entry.tip_cents)
    if entry.entry_kind == Kind.REFUND:
        return Moved(refunded_cents=entry.amount_cents)
    raise ValueError(f"what a {entry.entry_kind} moves depends on another entry")


def count(entries: Iterable[Payment]) -> Moved:
    """Return what the entries of one departure moved, counted afresh."""
    listed = list(entries)
    voided = {entry.corrects for entry in listed if entry.entry_kind == Kind.VOID}
    moved = Moved()
    for entry in listed:
        if entry.entry_kind != Kind.VOID and entry.reference not in voided:
            moved += moved_by(entry)
    return moved
