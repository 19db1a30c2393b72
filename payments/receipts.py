"""Receipts: what an entry says to whoever paid, at an address that nobody can guess.

The page tells how things stand when it is looked at, the letter how they stood when it was written.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import constant_time_compare

from events import balances, slugs
from events.rows import Event, Patron
from payments import books, methods
from payments.books import Book, Left
from payments.rows import Kind, Payment, Way
from scc import links


@dataclass(frozen=True)
class Taken:
    """Money that was given back of an entry, or carried over, since."""

    entry: Payment
    event: Event

    @property
    def words(self) -> str:
        """Given back, Cash; or Carried over to Sun 24 May 2026."""
        if self.entry.entry_kind == Kind.TRANSFER:
            return f"Carried over to {_day_of(self.entry.other_event)}"
        reference = f", {self.entry.external_reference}" if self.entry.external_reference else ""
        return f"Given back, {methods.label(self.entry.method)}{reference}"

    @property
    def on(self) -> str:
        return f"{self.entry.paid_at.astimezone(self.event.zone):%a %-d %b %Y}"


@dataclass(frozen=True)
class Receipt:
    """An entry for its payer, with what came of it since."""

    entry: Payment
    book: Book

    @property
    def event(self) -> Event:
        return self.book.event

    @property
    def title(self) -> str:
        if self.entry.entry_kind == Kind.TRANSFER:
            return "Credit carried over"
        return {Kind.REFUND.value: "Refund", Kind.VOID.value: "Void"}.get(self.entry.entry_kind, "Receipt")

    @property
    def method(self) -> str:
        return methods.label(self.entry.method)

    @property
    def paid_words(self) -> str:
        """Sat 23 May 2026, 18:15, at the departure's dock."""
        return f"{self.entry.paid_at.astimezone(self.event.zone):%a %-d %b %Y, %H:%M}"

    @property
    def starts_words(self) -> str:
        return f"{self.event.starts_local:%a %-d %b %Y, %H:%M}"

    @property
    def is_void(self) -> bool:
        return self.entry.reference in self.book.voided

    @property
    def is_corrected(self) -> bool:
        """Whether another payment took its place."""
        return self.is_void and any(
            each.entry_kind == Kind.PAYMENT and each.corrects == self.entry.reference for each in self.book.entries
        )

    @property
    def taken(self) -> list[Taken]:
        """The refunds and transfers that took from it, in their order."""
        return [Taken(entry, self.event) for entry in self.book.taken_from(self.entry)]

    @property
    def other_day(self) -> str:
        """The day of the departure at the other end of a transfer."""
        return _day_of(self.entry.other_event)

    @property
    def left(self) -> Left:
        return self.book.left_of(self.entry)

    @property
    def has_left(self) -> bool:
        """Whether this is money that went from here to another departure."""
        return self.entry.entry_kind == Kind.TRANSFER and self.entry.way == Way.OUT

    @property
    def party(self) -> Patron | None:
        return self.book.parties.get(self.entry.patron_id)

    @property
    def balance_cents(self) -> int | None:
        """What the payer owes now; None where nobody can say, and on what is void: it may have been another's."""
        return None if self.is_void else balances.balance_of_payer(self.party, self.event)

    @property
    def credit_cents(self) -> int:
        return max(0, -(self.balance_cents or 0))


def _day_of(slug: str) -> str:
    # A slug begins with the day that the departure had when it was made; its row is not read.
    return f"{slugs.parse(slug).date:%a %-d %b %Y}"


def link_of(entry: Payment) -> str:
    """Return the address of the receipt of `entry`, "" for an entry that has none: those of before there were any."""
    if not entry.receipt_secret:
        return ""
    return f"{settings.SCC_SITE_URL}/r/{entry.event_id}/{links.link_of(entry.ulid, entry.receipt_secret)}"


def find(slug: str, link: str) -> Receipt | None:
    """Return the receipt that `link` opens, or None. One GetItem, and one Query for who knows the secret."""
    parts = links.parts_of(link)
    if parts is None:
        return None
    ulid, secret = parts
    entry = Payment.fetch(event_id=slug, ulid=ulid)
    if entry is None or not entry.receipt_secret or not constant_time_compare(entry.receipt_secret, secret):
        return None
    return Receipt(entry, books.read(slug))
