"""A departure that is called off: what becomes of each party's money, and one letter that says so.

Each party is settled in a transaction of its own: refunds, or a transfer to another departure, with the letter and the
mark that it was told. One that is sent twice, or stopped half-way, moves nothing twice: only what is left moves.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils import timezone

from events.rows import Event, Patron, Status
from payments import books, emails, ledger, moves, summaries
from payments.books import Book
from payments.drafts import BadEntry
from payments.keys import Request
from payments.ledger import Change, Posted
from payments.posting import Posting
from payments.reasons import RefundReason
from payments.refusals import NothingLeft, Refused
from payments.rows import Payment
from scc.dynamo.errors import Conflict
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.money import display
from scc.staff import audit
from scc.staff.actors import By


class Choice(TextChoices):
    """What becomes of a party's money."""

    CARRY = "carry", "Keep as credit for another departure"
    REFUND = "refund", "Give back"
    LEAVE = "leave", "Leave for now"


class NotCancelled(Refused):
    """The departure sails, or has sailed."""


class AlreadyTold(Refused):
    """The party has had its letter."""


@dataclass(frozen=True)
class Settlement:
    """What someone decided for one party. to_event: of CARRY. method: of REFUND."""

    party_id: str
    choice: Choice
    to_event: str = ""
    method: str = ""
    reason: str = RefundReason.WEATHER.value


def settle(*, event: str, settlement: Settlement, by: By, key: str | None = None) -> str:
    """Do what was decided for one party of the cancelled departure `event`, and return what was done, in words.

    The party gets one letter, where it has an address; the sweeper sends it. One that was told before and is left
    again gets none. Raises UnknownEvent, NotCancelled, NothingLeft, EventFull, BadEntry (`party_id`, `choice`,
    `to_event`, `method`), AlreadyTold, and what `ledger.record` raises.
    """
    if settlement.choice == Choice.LEAVE:
        return _leave(event, settlement, by=by)
    goals = [event, settlement.to_event] if settlement.choice == Choice.CARRY else [event]
    recorded = ledger.post(lambda: _prepare(event, settlement, by=by, key=key), on=goals, deliver=False)
    return recorded.payment.patron_name


def _prepare(slug: str, settlement: Settlement, *, by: By, key: str | None) -> Change | Posted:
    book = books.read(slug)
    party = _party_of(book, settlement)
    asked = {
        "kind": settlement.choice.value,
        "patron_id": party.ulid,
        "to": settlement.to_event,
        "method": settlement.method,
    }
    request = Request.of(slug, key, asked)
    if not book.left_of_party(party.ulid):
        return ledger.answered_or(NothingLeft(f"Nothing is left of what {party.name} paid."), request)
    step = Posting(by=by, request=request, mailed=bool(party.email), about=party)
    if settlement.choice == Choice.CARRY:
        return _carry(step, book, party, settlement)
    return _give_back(step, book, party, settlement)


def _carry(step: Posting, book: Book, party: Patron, settlement: Settlement) -> Change:
    other = books.read(settlement.to_event)
    gone = moves.carry_over(step, book, other, party, note="")
    _tell(step, book.event, party, gone, other=other.event)
    return Change(step, "transfer", summaries.carried(gone[0], _sum(gone)))


def _give_back(step: Posting, book: Book, party: Patron, settlement: Settlement) -> Change:
    given = moves.give_back(step, book, party, method=settlement.method, reason=settlement.reason, note="")
    _tell(step, book.event, party, given)
    amount = display(_sum(given), book.event.currency)
    return Change(step, "refund", f"Refunded {amount} to {party.name}: {settlement.reason}")


def _tell(step: Posting, event: Event, party: Patron, entries: list[Payment], *, other: Event | None = None) -> None:
    if not party.email:
        return
    step.write(emails.cancelled(event, party, entries=entries, other=other), kind="cancelled", to=party.email)
    step.unit.update(party, set={"told_cancelled_at": timezone.now()})


def _leave(slug: str, settlement: Settlement, *, by: By) -> str:
    book = books.read(slug)
    party = _party_of(book, settlement)
    if party.told_cancelled_at is not None:
        raise AlreadyTold(f"{party.name} was told already.")
    if not party.email:
        return str(party.name)
    unit = Unit()
    _write_of_leaving(unit, book, party, by=by)
    try:
        unit.commit()
    except Conflict as conflict:
        raise AlreadyTold(f"{party.name} was told by someone else just now.") from conflict
    return str(party.name)


def _write_of_leaving(unit: Unit, book: Book, party: Patron, *, by: By) -> Letter:
    unit.update(party, set={"told_cancelled_at": timezone.now()}, expect=Patron.told_cancelled_at.does_not_exist())
    unit.check(book.event, expect=Event.status == Status.CANCELLED.value)
    content = emails.cancelled(book.event, party, entries=[], other=None)
    audit.record(unit, by=by, action="told", of=party, summary=f"Told {party.name} that {book.event} is cancelled")
    return outbox.write(
        unit,
        kind="cancelled",
        to=party.email,
        subject=content.subject,
        text=content.text,
        html=content.html,
        about=audit.subject_of(party),
    )


def _party_of(book: Book, settlement: Settlement) -> Patron:
    if book.event.status != Status.CANCELLED:
        raise NotCancelled(f"{book.event.slug} is {book.event.status}; cancel it first.")
    party = book.parties.get(settlement.party_id.removeprefix(f"{book.event.slug}."))
    if party is None:
        raise BadEntry({"party_id": [ledger.NO_SUCH_PARTY]})
    return party


def _sum(entries: list[Payment]) -> int:
    return sum(entry.amount_cents for entry in entries)
