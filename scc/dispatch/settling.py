"""What is decided for the parties of a departure that is called off, as a form says it, and what came of it.

The parties are settled one after the other, each for itself. What is not done stays as it was, and may be sent again.
"""

from __future__ import annotations

import time
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.utils import timezone

from events import calendar
from events.errors import BookingError
from events.rows import Event, Patron
from payments import cancelling, cards, ledger, methods
from payments.books import Book
from payments.cancelling import Choice, Settlement
from payments.reasons import RefundReason
from payments.rows import Kind
from scc.dispatch.departures import day_words, short
from scc.dispatch.wording import method_word
from scc.dynamo.errors import Conflict, OutcomeUnknown, StoreError, StoreUnavailable
from scc.mail import outbox
from scc.staff.actors import By

# Other departures are offered from so long before the one that is off, and for so long; and so many of them. Any other
# can be had by its address.
OFFERED_BEFORE = timedelta(days=30)
OFFERED_FOR = timedelta(days=90)
MOST_OFFERED = 40
# One Query is one year: from here on it is the next one.
NEW_YEAR_NEAR = timedelta(days=7)
BY_HAND = "by_hand"
# Seconds after which no further party is begun. One may take twenty when the table is slow; the function has thirty.
PATIENCE = 8.0
LONGEST_VALUE = 300


@dataclass(frozen=True)
class Goal:
    """A departure to which credit may be carried over."""

    event: Event

    @property
    def room(self) -> int:
        return max(0, self.event.capacity - self.event.booked)

    @property
    def words(self) -> str:
        """Sun 24 May, 18:15, Sunset sail."""
        return f"{day_words(self.event.date, calendar.today())}, {self.event.starts_local:%H:%M}, {self.event.title}"

    def __str__(self) -> str:
        return f"{self.words} (room for {self.room})"


def goals(event: Event) -> list[Goal]:
    """Return the departures near `event` that are to sail. One Query."""
    now = timezone.now()
    near = calendar.between(*near_days(event.date, calendar.today()), limit=MOST_OFFERED)
    return [Goal(each) for each in near if each.is_open and each.starts_at > now and each.slug != event.slug]


def near_days(day: date, today: date) -> tuple[date, date]:
    """Return the days from which departures are offered instead of one on `day`: of one year, the next near its end."""
    first = max(today, day - OFFERED_BEFORE)
    year = (max(today, day) + NEW_YEAR_NEAR).year
    return max(first, date(year, 1, 1)), min(first + OFFERED_FOR, date(year, 12, 31))


@dataclass(frozen=True)
class Given:
    """What a form says of one party, as it was sent. seen: the mark of what the form showed, "" for a party that it
    did not show.
    """

    choice: str = ""
    to: str = ""
    slug: str = ""
    method: str = ""
    reference: str = ""
    seen: str = ""

    @classmethod
    def of(cls, form: Mapping[str, str], party: Patron) -> Given:
        names = ("choice", "to", "slug", "method", "reference", "seen")
        return cls(**{name: form.get(f"{name}-{party.ulid}", "").strip()[:LONGEST_VALUE] for name in names})

    @property
    def goal(self) -> str:
        return self.slug if self.to in {"", BY_HAND} else self.to


@dataclass(frozen=True)
class Line:
    """A party, what is left of its payments, and what is said of it."""

    party: Patron
    book: Book
    near: Sequence[Goal] = ()
    given: Given | None = None

    @cached_property
    def _left(self) -> tuple[int, int]:
        left = [left for _, left in self.book.left_of_party(self.party.ulid)]
        return sum(each.amount_cents for each in left), sum(each.tip_cents for each in left)

    @property
    def left_cents(self) -> int:
        return self._left[0]

    @property
    def left(self) -> str:
        """$125, or $125 and $10 tip."""
        cents, tip_cents = self._left
        currency = self.book.event.currency
        tip = f" and {short(tip_cents, currency)} tip" if tip_cents else ""
        return f"{short(cents, currency)}{tip}"

    @property
    def goes_back_in_stripe(self) -> bool:
        """Whether a refund of something of it is made in Stripe's dashboard, and logs itself."""
        return any(cards.logs_refunds_of(entry) for entry, _ in self.book.left_of_party(self.party.ulid))

    @property
    def mark(self) -> str:
        return cancelling.mark_of(self.book, self.party.ulid)

    @property
    def address(self) -> str:
        return cancelling.address_of(self.party)

    @property
    def is_told(self) -> bool:
        return self.party.told_cancelled_at is not None

    def is_open(self, *, moves_money: bool) -> bool:
        """Whether anything is left to do for who may give money back, or may not: money, or a letter."""
        return (moves_money and self.left_cents > 0) or bool(self.address and not self.is_told)

    @property
    def goals(self) -> list[Goal]:
        """The departures that have room for the party."""
        return [goal for goal in self.near if goal.room >= self.party.size]

    @property
    def choice(self) -> str:
        """What the form shows as chosen: what was sent, or what is likely."""
        if self.given and self.given.choice in Choice.values:
            return self.given.choice
        return Choice.LEAVE if self.is_told or not self.goals else Choice.CARRY

    @property
    def to(self) -> str:
        if self.given is None:
            return ""
        listed = {goal.event.slug for goal in self.goals}
        return self.given.to if self.given.to in listed else BY_HAND if self.given.goal else ""

    @property
    def slug(self) -> str:
        return self.given.goal if self.given and self.to == BY_HAND else ""

    @property
    def method(self) -> str:
        """What was chosen, or the method by which most of it came."""
        if self.given and self.given.method:
            return self.given.method
        paid = [entry for entry, _ in self.book.left_of_party(self.party.ulid) if entry.entry_kind == Kind.PAYMENT]
        return max(paid, key=lambda entry: entry.amount_cents).method if paid else ""

    @property
    def reference(self) -> str:
        return self.given.reference if self.given else ""

    @property
    def fault(self) -> str:
        """What is missing in what was sent, "" when nothing is; seen without asking the table."""
        if self.given is None or not self.given.seen or not self.left_cents:
            return ""
        if self.given.choice not in Choice.values:
            return "Choose what becomes of the money."
        if self.given.choice == Choice.CARRY and self.given.goal in {"", self.book.event.slug}:
            return "Choose another departure."
        if self.given.choice == Choice.REFUND:
            return _fault_of_refund(self.given)
        return ""

    def settlement(self, reason: str) -> Settlement:
        """Return what was decided; nothing becomes of money that there is none of."""
        given = self.given or Given()
        return Settlement(
            self.party.ulid,
            Choice(given.choice) if given.choice in Choice.values and self.left_cents else Choice.LEAVE,
            to_event=given.goal,
            method=given.method,
            reason=reason or RefundReason.WEATHER.value,
            external_reference=given.reference,
            seen=given.seen,
        )


def _fault_of_refund(given: Given) -> str:
    method = next((method for method in methods.every() if method.code == given.method), None)
    if method is None:
        return "Choose how it is given back."
    if method.asks == methods.Asks.NEEDED and not given.reference:
        return f"{method.label} needs a reference. {method.hint}".strip()
    return ""


def lines(
    book: Book, near: Sequence[Goal], form: Mapping[str, str] | None = None, *, without: Container[str] = ()
) -> list[Line]:
    """Return a line for each party, by name. form: what was sent, also of parties that are not `without`."""
    parties = sorted(book.parties.values(), key=lambda party: str(party.folded_name))
    return [
        Line(party, book, near, Given.of(form, party) if form is not None and party.ulid not in without else None)
        for party in parties
    ]


@dataclass(frozen=True)
class Outcome:
    """What came of one party's settlement. is_known: whether the table said so."""

    line: Line
    words: str
    is_done: bool = False
    is_known: bool = True

    @property
    def name(self) -> str:
        return str(self.line.party.name)


def settle(lines: Iterable[Line], *, reason: str, by: By, key: str, moves_money: bool) -> list[Outcome]:
    """Settle one party after the other, and return what came of those for which there was something to do.

    key: the request's; each party has one of its own made of it. moves_money: whether `by` may give money back. When
    the table does not answer, or time runs out, the rest is not begun.
    """
    started = time.monotonic()
    outcomes: list[Outcome] = []
    stopped = False
    for line in lines:
        settlement = line.settlement(reason)
        is_open = line.is_open(moves_money=moves_money)
        if not is_open or (settlement.choice == Choice.LEAVE and line.is_told):
            continue
        if stopped or time.monotonic() - started > PATIENCE:
            outcomes.append(Outcome(line, "Not begun: it took too long. Send it again.", is_known=False))
            continue
        outcome = _settle(line, settlement, by=by, key=f"{key}:{line.party.ulid}", moves_money=moves_money)
        outcomes.append(outcome)
        stopped = not outcome.is_known
    return outcomes


def _settle(line: Line, settlement: Settlement, *, by: By, key: str, moves_money: bool) -> Outcome:
    if not settlement.seen:
        return Outcome(line, "Not on the form that you sent. See below.")
    if settlement.choice != Choice.LEAVE and not moves_money:
        return Outcome(line, "Left as it is: your role may not give money back.")
    try:
        cancelling.settle(event=line.book.event.slug, settlement=settlement, by=by, key=key)
    except cancelling.AlreadyTold as exc:
        return Outcome(line, str(exc), is_done=True)
    except ledger.BadEntry as exc:
        return Outcome(line, " ".join(text for texts in exc.errors.values() for text in texts))
    except (ledger.Refused, ledger.KeyReused, ledger.UnknownEvent, BookingError, outbox.BadLetter) as exc:
        return Outcome(line, str(exc))
    except StoreError as exc:
        return _unanswered(line, exc)
    return Outcome(line, _said(line, settlement), is_done=True)


def _unanswered(line: Line, exc: StoreError) -> Outcome:
    if isinstance(exc, OutcomeUnknown):
        return Outcome(line, "Not known whether it was done. Look below, and send it again.", is_known=False)
    if isinstance(exc, StoreUnavailable):
        return Outcome(line, "The records do not answer. Send it again in a moment.", is_known=False)
    if isinstance(exc, Conflict):
        return Outcome(line, "Changed by someone else at the same moment. Look again.")
    raise exc


def _said(line: Line, settlement: Settlement) -> str:
    letter = "Letter written." if line.address else "No e-mail address: tell them."
    if settlement.choice == Choice.CARRY:
        goal = next((goal.words for goal in line.near if goal.event.slug == settlement.to_event), settlement.to_event)
        return f"{line.left} carried over to {goal}. {letter}"
    if settlement.choice == Choice.REFUND:
        return f"{line.left} given back, {method_word(settlement.method)}. {letter}"
    return f"{line.left} left as credit. {letter}" if line.left_cents else letter
