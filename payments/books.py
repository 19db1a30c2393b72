"""A departure's whole ledger, as one Query gives it, and what its entries allow.

What is said here of earlier entries holds for a transaction that expects the chain to end where it was read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from events.rows import Event, Patron
from events.slugs import BadSlug, parse
from payments.refusals import (
    AlreadyRefunded,
    AlreadyVoid,
    MoreThanIsLeft,
    NotToBeRefunded,
    NotToBeVoided,
    Refused,
    UnknownEvent,
    UnknownReference,
)
from payments.rows import Kind, Payment, Way
from scc.dynamo.rows import Row
from scc.money import display


@dataclass(frozen=True)
class Left:
    """What is left of an entry, after what was given back and carried over."""

    amount_cents: int
    tip_cents: int


@dataclass(frozen=True)
class Book:
    """A departure, its entries in the order of the chain, and its parties by their ulid."""

    event: Event
    entries: list[Payment]
    parties: dict[str, Patron]

    @cached_property
    def voided(self) -> dict[str, Payment]:
        """The void of each voided entry, by the reference of what it voids."""
        return {entry.corrects: entry for entry in self.entries if entry.entry_kind == Kind.VOID}

    @cached_property
    def _by_reference(self) -> dict[str, Payment]:
        return {entry.reference: entry for entry in self.entries}

    @cached_property
    def _taken(self) -> dict[str, list[Payment]]:
        taken: dict[str, list[Payment]] = {}
        for entry in self.entries:
            takes = entry.entry_kind in (Kind.REFUND, Kind.TRANSFER) and entry.corrects
            if takes and entry.reference not in self.voided:
                taken.setdefault(entry.corrects, []).append(entry)
        return taken

    def find(self, reference: str) -> Payment:
        """Return the entry of this reference, in whatever case. Raises UnknownReference."""
        try:
            return self._by_reference[reference.upper()]
        except KeyError as exc:
            raise UnknownReference from exc

    def taken_from(self, entry: Payment) -> list[Payment]:
        """Return the refunds and transfers that took from `entry`, without those that are void."""
        return self._taken.get(entry.reference, [])

    def left_of(self, entry: Payment) -> Left:
        """Return what may still be given back of `entry` or carried over: nothing of a void, or of money that left."""
        if entry.reference in self.voided or not _came_in(entry):
            return Left(0, 0)
        taken = self.taken_from(entry)
        return Left(
            entry.amount_cents - sum(each.amount_cents for each in taken),
            entry.tip_cents - sum(each.tip_cents for each in taken),
        )

    def left_of_party(self, patron_id: str) -> list[tuple[Payment, Left]]:
        """Return each entry of the party of which an amount is left, with what it is."""
        mine = ((entry, self.left_of(entry)) for entry in self.entries if entry.patron_id == patron_id)
        return [(entry, left) for entry, left in mine if left.amount_cents > 0]

    def why_not_void(self, entry: Payment) -> Refused | None:
        """Return why `entry` cannot be voided, None where it can."""
        if entry.entry_kind not in (Kind.PAYMENT, Kind.REFUND):
            text = f"{entry.reference} is a {entry.entry_kind}; only payments and refunds are voided."
            return NotToBeVoided(text)
        if entry.reference in self.voided:
            return AlreadyVoid(self._said_of_void(entry))
        taken = self.taken_from(entry)
        if any(each.entry_kind == Kind.REFUND for each in taken):
            return AlreadyRefunded(f"Money was given back on {entry.reference}; void the refund first.")
        if taken:
            return AlreadyRefunded(f"{entry.reference} was carried over to {taken[0].other_event}.")
        return None

    def why_not_correct(self, entry: Payment) -> Refused | None:
        """Return why `entry` cannot be corrected, None where it can."""
        if entry.entry_kind != Kind.PAYMENT:
            return NotToBeVoided(f"{entry.reference} is a {entry.entry_kind}; only payments are corrected.")
        return self.why_not_void(entry)

    def why_not_refund(self, entry: Payment, *, amount_cents: int = 1, tip_cents: int = 0) -> Refused | None:
        """Return why so much of `entry`, in cents, cannot be given back, None where it can."""
        if not _came_in(entry):
            text = f"{entry.reference} is a {entry.entry_kind}; money is given back on payments."
            return NotToBeRefunded(text)
        if entry.reference in self.voided:
            return AlreadyVoid(self._said_of_void(entry))
        left = self.left_of(entry)
        if left.tip_cents and not left.amount_cents:
            tip = display(left.tip_cents, entry.currency)
            text = f"Only the tip of {tip} is left of {entry.reference}: void the refund, and give both back at once."
            return MoreThanIsLeft(text)
        if amount_cents > left.amount_cents:
            return MoreThanIsLeft(f"{display(left.amount_cents, entry.currency)} is left of {entry.reference}.")
        if tip_cents > left.tip_cents:
            text = f"{display(left.tip_cents, entry.currency)} is left of the tip of {entry.reference}."
            return MoreThanIsLeft(text)
        return None

    def _said_of_void(self, entry: Payment) -> str:
        by = self.voided[entry.reference]
        at = by.recorded_at.astimezone(self.event.zone)
        return f"Already voided by {by.recorded_by_name or by.recorded_by} on {at:%-d %b %Y at %H:%M}."


def read(slug: str) -> Book:
    """Return the book of the departure `slug`. One Query. Raises UnknownEvent, also for a malformed slug."""
    # The departure's own row comes before its entries, so it is never newer than they are: what slips in between
    # moves the chain's end, and the transaction sees it.
    return of(Row.collection(Event.keys_for(slug=checked(slug))[0]))


def of(rows: Iterable[Row]) -> Book:
    """Return the book that a departure's whole collection holds. Raises UnknownEvent where it has no departure."""
    listed = list(rows)
    event = next((row for row in listed if isinstance(row, Event)), None)
    if event is None:
        raise UnknownEvent
    return Book(
        event,
        entries=sorted((row for row in listed if isinstance(row, Payment)), key=lambda entry: entry.sequence),
        parties={row.ulid: row for row in listed if isinstance(row, Patron)},
    )


def checked(slug: str) -> str:
    """Return `slug`. Raises UnknownEvent when it is malformed."""
    try:
        return str(parse(slug))
    except BadSlug as exc:
        raise UnknownEvent from exc


def _came_in(entry: Payment) -> bool:
    return entry.entry_kind == Kind.PAYMENT or (entry.entry_kind == Kind.TRANSFER and entry.way == Way.IN)
