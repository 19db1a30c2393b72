"""The event sheet: everything of one departure, from one Query of its item collection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import TypedDict

from events import balances, calendar
from events.balances import Standing
from events.rows import CrewAssignment, CrewRole, Event, Patron, Status
from events.slugs import BadSlug, parse
from payments import books
from scc.dispatch import tips
from scc.dispatch.departures import Departure, State, moment_words, short
from scc.dispatch.entries import Entry, lines
from scc.dynamo.rows import Row
from scc.money import decimal_text
from waivers.rows import Role, Waiver

# Entries as young as this are looked at for a payment that is about to be logged twice.
LOOK_ALIKE = timedelta(minutes=15)
# What the form shows of a party, of which most duplicates are seen.
LAST_ENTRIES = 3
SHADES = {Standing.CREDIT: "warn", Standing.PAID: "good", Standing.DEPOSIT: "half"}


@dataclass(frozen=True)
class Party:
    """A party on the manifest, with what it owes."""

    patron: Patron
    event: Event

    @property
    def currency(self) -> str:
        return self.event.currency

    @property
    def standing(self) -> Standing:
        return balances.standing_of(self.patron, self.event)

    @property
    def state(self) -> State:
        if self.event.status == Status.CANCELLED and self.standing == Standing.NO_PRICE:
            return State("Nothing due")
        return State(str(self.standing.label), SHADES.get(self.standing, ""))

    @property
    def price(self) -> str:
        return short(balances.due_of(self.patron, self.event), self.currency)

    @property
    def per_head(self) -> str:
        """$125 each, "" for a party that is priced as a whole."""
        cents = self.patron.head_price_cents
        return f"{short(cents, self.currency)} each" if cents and balances.due_of(self.patron, self.event) else ""

    @property
    def paid(self) -> str:
        return short(self.patron.net_cents, self.currency)

    @property
    def balance_cents(self) -> int:
        return balances.balance_of(self.patron, self.event)

    @property
    def balance(self) -> str:
        return short(self.balance_cents, self.currency)

    @property
    def balance_text(self) -> str:
        return decimal_text(self.balance_cents)

    @property
    def deposit(self) -> str:
        """Deposit due $100, "" when none is."""
        cents = self.deposit_cents
        return f"Deposit due {short(cents, self.currency)}" if cents else ""

    @property
    def deposit_text(self) -> str:
        return decimal_text(self.deposit_cents)

    @property
    def deposit_cents(self) -> int:
        return balances.deposit_due(self.patron, self.event)


@dataclass(frozen=True)
class Signature:
    """A signed waiver's line."""

    waiver: Waiver
    event: Event
    today: date

    @property
    def name(self) -> str:
        return "Restricted" if self.waiver.restricted else str(self.waiver.name)

    @property
    def role(self) -> str:
        return Role(self.waiver.role).label

    @property
    def when(self) -> str:
        return moment_words(self.waiver.signed_at.astimezone(self.event.zone), self.today)


@dataclass(frozen=True)
class Hand:
    """Someone of the crew."""

    assignment: CrewAssignment

    @property
    def role(self) -> str:
        return CrewRole(self.assignment.role).label


@dataclass(frozen=True)
class Sheet:
    """A departure with everything that belongs to it."""

    departure: Departure
    parties: list[Party] = field(default_factory=list)
    crew: list[Hand] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)

    @property
    def event(self) -> Event:
        return self.departure.event

    @property
    def assignments(self) -> list[CrewAssignment]:
        return [hand.assignment for hand in self.crew]

    @property
    def tips(self) -> str:
        return short(self.event.tips_cents, self.event.currency)

    @property
    def received(self) -> str:
        return short(self.event.received_cents, self.event.currency)

    @property
    def refunded(self) -> str:
        return short(self.event.refunded_cents, self.event.currency)


def read(slug: str) -> Sheet | None:
    """Return the sheet of the departure `slug`, or None: also when `slug` is malformed, without asking the table.

    One Query, whatever there is of the departure.
    """
    try:
        parse(slug)
    except BadSlug:
        return None
    rows = Row.collection(f"EVENT#{slug}")
    event = next((row for row in rows if isinstance(row, Event)), None)
    return _arranged(event, rows) if event else None


def _arranged(event: Event, rows: Iterable[Row]) -> Sheet:
    """Sort the rows of a collection by what they are. Rows come in the order of their making."""
    today = calendar.today()
    sheet = Sheet(Departure(event, today))
    for row in rows:
        if isinstance(row, Patron):
            sheet.parties.append(Party(row, event))
        elif isinstance(row, CrewAssignment):
            sheet.crew.append(Hand(row))
        elif isinstance(row, Waiver) and row.counts:
            sheet.signatures.append(Signature(row, event, today))
    sheet.entries.extend(line for line in lines(books.of(rows)) if not line.makes_room)
    # The captain first, as the list of roles has them; parties by name.
    sheet.crew.sort(key=lambda hand: list(CrewRole).index(CrewRole(hand.assignment.role)))
    sheet.parties.sort(key=lambda party: party.patron.folded_name)
    return sheet


class Money(TypedDict):
    """What the log-payment form shows. `entries` are each party's last, and all of the last minutes."""

    event: str
    currency: str
    parties: list[dict[str, object]]
    entries: list[dict[str, object]]
    tips: dict[str, object]


def money(sheet: Sheet, *, now: datetime) -> Money:
    """Return what the log-payment form shows, as JSON has it."""
    return Money(
        event=sheet.event.slug,
        currency=sheet.event.currency,
        parties=[_party(party) for party in sheet.parties],
        entries=[_entry(entry) for entry in _worth_showing(sheet.entries, now)],
        tips=asdict(tips.of(sheet.event, sheet.assignments)),
    )


def _party(party: Party) -> dict[str, object]:
    return {
        "id": party.patron.ulid,
        "name": party.patron.name,
        "size": party.patron.size,
        "email": party.patron.email,
        "balance": party.balance_text,
        "standing": party.standing,
        "state": party.state.word,
        "shade": party.state.shade,
        "paid": party.paid,
        "price": party.price,
        "owes": party.balance,
        "deposit": party.deposit_text,
        "deposit_due": party.deposit,
    }


def _worth_showing(entries: list[Entry], now: datetime) -> list[Entry]:
    shown: list[Entry] = []
    seen: dict[str, int] = {}
    for entry in entries:
        # Entries without a party are told apart by the name that was given.
        whose = entry.payment.patron_id or entry.payment.folded_name
        seen[whose] = seen.get(whose, 0) + 1
        if seen[whose] <= LAST_ENTRIES or now - entry.payment.recorded_at < LOOK_ALIKE:
            shown.append(entry)
    return shown


def _entry(entry: Entry) -> dict[str, object]:
    payment = entry.payment
    return {
        "reference": payment.reference,
        "kind": payment.entry_kind,
        "patron_id": payment.patron_id,
        "patron_name": payment.patron_name,
        "amount": decimal_text(payment.amount_cents),
        "shown": entry.amount,
        "method": payment.method,
        "what": entry.what,
        "when": entry.when,
        "logged_at": payment.recorded_at.isoformat(),
        "voided": entry.voided,
    }
