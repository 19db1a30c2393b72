"""An entry of the ledger as the staff's pages show it: as a line of the sheet, and with all that came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from events import calendar
from events.rows import Event, Patron
from payments import books, cards, methods
from payments.asking import Ask, ask
from payments.books import Book
from payments.rows import Kind, Payment, Way
from scc.dispatch import posters
from scc.dispatch.departures import Departure, State, moment_words, short
from scc.dispatch.wording import method_word
from scc.mail import outbox, words
from scc.mail.rows import Letter
from scc.mail.rows import State as LetterState
from scc.staff import audit


@dataclass(frozen=True)
class Entry:
    """A line of the ledger."""

    payment: Payment
    book: Book
    today: date

    @property
    def event(self) -> Event:
        return self.book.event

    @property
    def voided(self) -> bool:
        return self.payment.reference in self.book.voided

    @property
    def came_in(self) -> bool:
        """Whether it is money that came, or credit."""
        return _came_in(self.payment)

    @property
    def amount(self) -> str:
        """What it moved: a void moves back what it voids."""
        is_void = self.payment.entry_kind == Kind.VOID
        counts_up = not _came_in(self.book.find(self.payment.corrects)) if is_void else self.came_in
        return short(self.payment.amount_cents if counts_up else -self.payment.amount_cents, self.payment.currency)

    @property
    def tip(self) -> str:
        return short(self.payment.tip_cents, self.payment.currency) if self.payment.tip_cents else ""

    @property
    def sum_words(self) -> str:
        """$125 cash and $20 tip: whichever way it went."""
        tip = f" and {self.tip} tip" if self.tip else ""
        return f"{short(self.payment.amount_cents, self.payment.currency)} {method_word(self.payment.method)}{tip}"

    @property
    def what(self) -> str:
        """Cash; Cash, corrects K7M2; Refund of K7M2, card; Void of K7M2; Credit from 2026-05-24."""
        payment = self.payment
        match payment.entry_kind:
            case Kind.VOID:
                return f"Void of {payment.corrects}"
            case Kind.REFUND:
                return f"Refund of {payment.corrects}, {method_word(payment.method)}"
            case Kind.TRANSFER:
                return f"Credit {'from' if payment.way == Way.IN else 'carried over to'} {payment.other_event}"
        return f"{self.method}, corrects {payment.corrects}" if payment.corrects else self.method

    @property
    def method(self) -> str:
        return methods.label(self.payment.method)

    @property
    def title(self) -> str:
        """Payment K7M2; Refund K7M3."""
        return f"{Kind(self.payment.entry_kind).label} {self.payment.reference}"

    @property
    def corrected_by(self) -> Payment | None:
        """The payment that took its place."""
        mine = self.payment.reference
        taking = (each for each in self.book.entries if each.entry_kind == Kind.PAYMENT and each.corrects == mine)
        return next(taking, None) if self.voided else None

    @property
    def makes_room(self) -> bool:
        """Whether it is the void of a corrected payment, which the corrected one tells of."""
        following = self.book.entries[self.payment.sequence : self.payment.sequence + 1]
        return self.payment.entry_kind == Kind.VOID and any(
            each.entry_kind == Kind.PAYMENT and each.corrects == self.payment.corrects for each in following
        )

    @property
    def state(self) -> State | None:
        """Void, Corrected, Refunded, Refunded in part; None for one that stands as it was."""
        if self.voided:
            return State("Corrected" if self.corrected_by else "Void")
        if not self.came_in or not self.book.taken_from(self.payment):
            return None
        left = self.book.left_of(self.payment).amount_cents
        word = "Carried over" if self.payment.reference in self._carried else "Refunded"
        return State(f"{word} in part", "half") if left else State(word)

    @property
    def _carried(self) -> set[str]:
        return {each.corrects for each in self.book.entries if each.entry_kind == Kind.TRANSFER}

    @property
    def goes_back_in_stripe(self) -> bool:
        """Whether a refund is made in Stripe's dashboard, and logs itself."""
        return cards.logs_refunds_of(self.payment)

    @property
    def may_change(self) -> bool:
        """Whether anything can be done to it, by whoever may."""
        book, payment = self.book, self.payment
        whys = (book.why_not_void(payment), book.why_not_refund(payment), book.why_not_correct(payment))
        return not all(whys)

    @property
    def when(self) -> str:
        return self.said(self.payment.paid_at)

    @property
    def logged(self) -> str:
        return self.said(self.payment.recorded_at)

    def said(self, moment: datetime) -> str:
        """Return Sat 23 May, 18:15, at the departure's dock."""
        return moment_words(moment.astimezone(self.event.zone), self.today)

    @property
    def logged_by(self) -> str:
        return self.payment.recorded_by_name or self.payment.recorded_by

    @property
    def received_by(self) -> str:
        """Who took the money: by name, where who it is logged something here."""
        names = {each.recorded_by: each.recorded_by_name for each in self.book.entries}
        return names.get(self.payment.received_by) or self.payment.received_by


@dataclass(frozen=True)
class Mailed:
    """A letter about an entry, and what became of it."""

    letter: Letter

    @property
    def state(self) -> State:
        shade = {LetterState.SENT: "good", LetterState.FAILED: "bad"}.get(LetterState(self.letter.state), "half")
        return State(LetterState(self.letter.state).label, shade)

    @property
    def outcome(self) -> list[str]:
        return words.outcome(self.letter)

    @property
    def may_go_again(self) -> bool:
        return outbox.may_be_sent_again(self.letter)


@dataclass(frozen=True)
class Page:
    """Everything of one entry."""

    entry: Entry
    letters: list[Mailed] = field(default_factory=list)

    @property
    def payment(self) -> Payment:
        return self.entry.payment

    @property
    def book(self) -> Book:
        return self.entry.book

    @property
    def event(self) -> Event:
        return self.book.event

    @property
    def departure(self) -> Departure:
        return Departure(self.event, self.entry.today)

    @property
    def party(self) -> Patron | None:
        return self.book.parties.get(self.payment.patron_id)

    @property
    def before(self) -> Entry | None:
        """What it voids, gives back, carries over or replaces."""
        found = (each for each in self.book.entries if each.reference == self.payment.corrects)
        return next((self._line(each) for each in found), None)

    @property
    def after(self) -> list[Entry]:
        """What was done to it since, in the order of the chain."""
        mine = self.payment.reference
        lines = [self._line(each) for each in self.book.entries if each.corrects == mine]
        return [line for line in lines if not line.makes_room]

    def _line(self, payment: Payment) -> Entry:
        return Entry(payment, self.book, self.entry.today)

    @property
    def left(self) -> str:
        """What may still be given back of it; "" where that says nothing: of a void, and where nothing was taken."""
        left = self.book.left_of(self.payment)
        is_known = self.entry.came_in and not self.entry.voided
        return _with_tip(left.amount_cents, left.tip_cents, self.payment.currency) if is_known else ""

    @cached_property
    def ask(self) -> Ask | None:
        return None if self.entry.voided else ask(self.payment)

    @property
    def ask_amount(self) -> str:
        return short(self.ask.amount_cents, self.payment.currency) if self.ask else ""

    @cached_property
    def code(self) -> str:
        """The QR code of the asking link."""
        return posters.code(self.ask.link) if self.ask and self.ask.link else ""

    @property
    def may_mail(self) -> bool:
        """Whether there is a receipt to be sent: of what came in or was given back, and stands."""
        return not self.entry.voided and self.payment.entry_kind in (Kind.PAYMENT, Kind.REFUND)

    @property
    def receipt(self) -> Mailed | None:
        """The letter that goes out when the receipt is sent again: the newest."""
        return self.letters[0] if self.letters else None


def _came_in(payment: Payment) -> bool:
    kind = payment.entry_kind
    return bool(kind == Kind.PAYMENT or (kind == Kind.TRANSFER and payment.way == Way.IN))


def _with_tip(cents: int, tip_cents: int, currency: str) -> str:
    return short(cents, currency) + (f" and {short(tip_cents, currency)} tip" if tip_cents else "")


def find(slug: str, reference: str) -> Page:
    """Return the page of an entry, without its letters. One Query. Raises UnknownEvent, UnknownReference."""
    book = books.read(slug)
    return Page(Entry(book.find(reference), book, calendar.today()))


def with_letters(page: Page) -> Page:
    """Return the page with its letters. One Query more."""
    letters = outbox.letters_about(audit.subject_of(page.payment))
    return Page(page.entry, [Mailed(letter) for letter in letters])


def lines(book: Book) -> Sequence[Entry]:
    """Return every entry of `book` as a line, the newest first."""
    today = calendar.today()
    return [Entry(payment, book, today) for payment in reversed(book.entries)]
