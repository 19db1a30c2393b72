"""A departure that is called off: what becomes of each party's money, and one letter that says so.

Each party is settled in a transaction of its own: refunds, or a transfer to another departure, with the letter and the
mark that it was told. One that is sent twice, or stopped half-way, moves nothing twice: only what is left moves, and
only while it is what was looked at. That a departure is off is told once; who is settled later gets a letter about the
money alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils import timezone
from pynamodb.expressions.condition import Condition

from events.rows import Event, Patron, Status
from payments import books, emails, ledger, moves, summaries
from payments.books import Book
from payments.drafts import BadEntry
from payments.keys import Request
from payments.ledger import Change, Posted
from payments.posting import Posting, ends_at
from payments.reasons import RefundReason
from payments.refusals import NothingLeft, Refused
from payments.rows import Payment
from scc.dynamo.errors import Conflict
from scc.dynamo.tries import tries
from scc.dynamo.units import Unit
from scc.mail import outbox
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


class Changed(Refused):
    """What is left of the party's payments is not what was looked at."""


@dataclass(frozen=True)
class Settlement:
    """What someone decided for one party.

    to_event: of CARRY. method, external_reference: of REFUND; the reference goes to each refund. seen: the `mark_of`
    what was left of the party's payments when it was decided; "" settles whatever is left.
    """

    party_id: str
    choice: Choice
    to_event: str = ""
    method: str = ""
    reason: str = RefundReason.WEATHER.value
    external_reference: str = ""
    seen: str = ""


def mark_of(book: Book, party_id: str) -> str:
    """Return a word for what is left of the party's payments: another one as soon as anything of it moves."""
    left = "".join(
        f"{entry.reference} {left.amount_cents} {left.tip_cents};" for entry, left in book.left_of_party(party_id)
    )
    return hashlib.sha256(left.encode()).hexdigest()[:16]


def address_of(party: Patron) -> str:
    """Return the address to which the party is written, "" where it has none that a letter can go to."""
    try:
        return outbox.checked_address(party.email) if party.email else ""
    except outbox.BadLetter:
        # What was carried from older books may hold anything; it must not stand in the way of the money.
        return ""


def settle(*, event: str, settlement: Settlement, by: By, key: str | None = None) -> None:
    """Do what was decided for one party of the cancelled departure `event`.

    The party gets one letter, where it has an address; the sweeper sends it. Raises UnknownEvent, NotCancelled,
    NothingLeft, Changed, EventFull, BadEntry (`party_id`, `to_event`, `method`, `reference`), AlreadyTold (of LEAVE: it
    was told before), and what `ledger.record` raises.
    """
    if settlement.choice == Choice.LEAVE:
        _leave(event, settlement, by=by)
        return
    goals = [event, settlement.to_event] if settlement.choice == Choice.CARRY else [event]
    ledger.post(lambda: _prepare(event, settlement, by=by, key=key), on=goals, deliver=False)


def _prepare(slug: str, settlement: Settlement, *, by: By, key: str | None) -> Change | Posted:
    book = books.read(slug)
    party = _party_of(book, settlement)
    asked = {
        "kind": settlement.choice.value,
        "patron_id": party.ulid,
        "to": settlement.to_event,
        "method": settlement.method,
        "seen": settlement.seen,
    }
    request = Request.of(slug, key, asked)
    if refusal := _why_not(book, party, settlement):
        return ledger.answered_or(refusal, request)
    step = Posting(by=by, request=request, mailed=bool(address_of(party)), about=party)
    # It is not put back on the schedule meanwhile.
    step.unit.update(book.event, expect=Event.status == Status.CANCELLED.value)
    if settlement.choice == Choice.CARRY:
        return _carry(step, book, party, settlement)
    return _give_back(step, book, party, settlement)


def _why_not(book: Book, party: Patron, settlement: Settlement) -> Refused | None:
    if not book.left_of_party(party.ulid):
        return NothingLeft(f"Nothing is left of what {party.name} paid.")
    if settlement.seen and settlement.seen != mark_of(book, party.ulid):
        return Changed(f"What {party.name} paid is not what it was when you looked. Look again.")
    return None


def _carry(step: Posting, book: Book, party: Patron, settlement: Settlement) -> Change:
    other = books.read(settlement.to_event)
    gone = moves.carry_over(step, book, other, party, note="")
    # Those that came: their receipts say how things stand there.
    _tell(step, book.event, party, step.page(other.event).entries, other=other.event)
    return Change(step, "transfer", summaries.carried(gone[0], _sum(gone)))


def _give_back(step: Posting, book: Book, party: Patron, settlement: Settlement) -> Change:
    given = moves.give_back(
        step,
        book,
        party,
        method=settlement.method,
        reason=settlement.reason,
        note="",
        external_reference=settlement.external_reference,
    )
    _tell(step, book.event, party, given)
    amount = display(_sum(given), book.event.currency)
    return Change(step, "refund", f"Refunded {amount} to {party.name}: {given[0].reason}")


def _tell(step: Posting, event: Event, party: Patron, entries: list[Payment], *, other: Event | None = None) -> None:
    to = address_of(party)
    if not to:
        return
    step.write(emails.cancelled(event, party, entries=entries, other=other), kind="cancelled", to=to)
    if party.told_cancelled_at is None:
        step.unit.update(party, set={"told_cancelled_at": timezone.now()}, expect=_untold())


def _leave(slug: str, settlement: Settlement, *, by: By) -> None:
    for _ in tries(seconds=ledger.PATIENCE, first_pause=ledger.FIRST_PAUSE, longest_pause=ledger.LONGEST_PAUSE):
        unit = _letter_of_leaving(books.read(slug), settlement, by=by)
        try:
            unit.commit()
        except Conflict:
            # What it was is seen when the departure is read again.
            continue
        return
    raise ledger.LedgerBusy(f"too many write to {slug} at once; nothing was written")


def _letter_of_leaving(book: Book, settlement: Settlement, *, by: By) -> Unit:
    """Return the unit that tells the party; one that writes nothing for a party without an address."""
    party = _party_of(book, settlement)
    if party.told_cancelled_at is not None:
        raise AlreadyTold(f"{party.name} was told already.")
    unit = Unit()
    to = address_of(party)
    if not to:
        return unit
    unit.update(party, set={"told_cancelled_at": timezone.now()}, expect=_untold())
    # The letter says what is kept.
    unit.check(book.event, expect=(Event.status == Status.CANCELLED.value) & ends_at(book.event.ledger_head))
    content = emails.cancelled(book.event, party, entries=[], other=None)
    audit.record(unit, by=by, action="told", of=party, summary=f"Told {party.name} that {book.event} is cancelled")
    outbox.write(
        unit,
        kind="cancelled",
        to=to,
        subject=content.subject,
        text=content.text,
        html=content.html,
        about=audit.subject_of(party),
    )
    return unit


def _untold() -> Condition:
    return Patron.told_cancelled_at.does_not_exist()


def _party_of(book: Book, settlement: Settlement) -> Patron:
    if book.event.status != Status.CANCELLED:
        raise NotCancelled(f"{book.event.slug} is {book.event.status}; cancel it first.")
    party = book.parties.get(settlement.party_id.removeprefix(f"{book.event.slug}."))
    if party is None:
        raise BadEntry({"party_id": [ledger.NO_SUCH_PARTY]})
    return party


def _sum(entries: list[Payment]) -> int:
    return sum(entry.amount_cents for entry in entries)
