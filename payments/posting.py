"""One transaction of the ledger: entries at the end of a departure's chain, and everything that moves with them."""

from __future__ import annotations

from django.utils import timezone
from pynamodb.expressions.condition import Condition
from ulid import ULID

from events import calendar
from events.rows import Event, Patron
from payments import chain, emails
from payments.drafts import Draft
from payments.keys import Recorded, Request
from payments.rows import Kind, Method, Payment
from payments.totals import NOTHING, Moved, moved_by, totals_of
from scc.dynamo.folding import fold
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.money import display
from scc.staff import audit
from scc.staff.actors import By


class Posting:
    """What one request writes. It expects the departure's chain to end where `event` says."""

    def __init__(self, event: Event, *, by: By, request: Request) -> None:
        self.event = event
        self.by = by
        self.request = request
        self.unit = Unit()
        self.entries: list[Payment] = []
        self.moved = NOTHING
        self.letter: Letter | None = None

    def add(self, draft: Draft, *, party: Patron | None = None, undoes: Payment | None = None) -> Payment:
        """Put an entry at the end of the chain and return it. party: whose figures move too. undoes: what it voids."""
        entry = self.unit.put(self._entry(draft))
        self.entries.append(entry)
        moved = moved_by(entry) if undoes is None else -moved_by(undoes)
        self.moved += moved
        if party is not None:
            self.unit.update(party, add=_figures(moved))
        return entry

    def write_receipt(self, party: Patron | None) -> None:
        """Write the letter for the last entry to the patron's address."""
        entry = self.entries[-1]
        content = emails.receipt(entry, self.event, balance_cents=self._balance_of(party))
        self.letter = outbox.write(
            self.unit,
            kind="receipt",
            to=entry.patron_email,
            subject=content.subject,
            text=content.text,
            html=content.html,
            about=audit.subject_of(entry),
        )

    def commit(self) -> Recorded:
        """Send it all as one TransactWriteItems. Raises what `Unit.commit` raises."""
        answer = Recorded(self.entries[-1], totals_of(self.event, self.moved))
        entry = answer.payment
        audit.record(self.unit, by=self.by, action=entry.entry_kind, of=entry, summary=self._summary())
        self._move_event()
        self.request.use(self.unit, answer)
        self.unit.commit()
        return answer

    def _entry(self, draft: Draft) -> Payment:
        now = timezone.now()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        entry = Payment(
            event_id=self.event.slug,
            ulid=str(ULID.from_datetime(now)),
            entry_kind=draft.kind.value,
            corrects=draft.corrects,
            patron_id=draft.patron_id,
            patron_name=draft.patron_name,
            folded_name=fold(draft.patron_name),
            patron_email=draft.patron_email,
            amount_cents=draft.amount_cents,
            tip_cents=draft.tip_cents,
            currency=draft.currency,
            method=draft.method.value,
            paid_at=min(draft.paid_at, now),
            recorded_at=now,
            month=f"{now.astimezone(calendar.zone()):%Y-%m}",
            recorded_by=self.by.username,
            recorded_by_name=self.by.name,
            received_by=draft.received_by,
            origin=draft.origin.value,
            reason=draft.reason,
            note=draft.note,
            external_reference=draft.external_reference,
        )
        last = self.entries[-1].hash if self.entries else self.event.ledger_head
        return chain.link(entry, after=last, sequence=self.event.ledger_count + len(self.entries) + 1)

    def _move_event(self) -> None:
        self.unit.update(
            self.event,
            set={"ledger_head": self.entries[-1].hash},
            add={"ledger_count": len(self.entries), **_figures(self.moved)},
            expect=_ends_at(self.event.ledger_head),
        )

    def _balance_of(self, party: Patron | None) -> int | None:
        """Return what the payer still owes, or None where that is not known to be one payer's alone."""
        if party is not None:
            return party.balance_cents - self.moved.net_cents
        if self.event.price_cents and not self.event.parties_cents:
            return self.event.balance_cents - self.moved.net_cents
        return None

    def _summary(self) -> str:
        entry = self.entries[-1]
        amount = display(entry.amount_cents, entry.currency)
        if entry.entry_kind == Kind.VOID:
            return f"Voided {entry.corrects}, {amount} from {entry.patron_name}: {entry.reason}"
        tip = f" and {display(entry.tip_cents, entry.currency)} tip" if entry.tip_cents else ""
        return f"Logged {entry.reference}, {amount}{tip} from {entry.patron_name}, {Method(entry.method).label.lower()}"


def _ends_at(head: str) -> Condition:
    """Return the expectation that nobody added an entry since the chain ended at `head`."""
    return Event.ledger_head == head if head else Event.ledger_head.does_not_exist()


def _figures(moved: Moved) -> dict[str, int]:
    return {
        "received_cents": moved.received_cents,
        "refunded_cents": moved.refunded_cents,
        "tips_cents": moved.tips_cents,
    }
