"""One transaction of the ledger: entries at the end of departures' chains, and everything that moves with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from pynamodb.expressions.condition import Condition
from ulid import ULID

from events import balances, calendar
from events.rows import Event, Patron
from payments import chain, tallies
from payments.drafts import Draft
from payments.emails import Content
from payments.keys import Recorded, Request
from payments.rows import Payment, Reference
from payments.tallies import Place
from payments.totals import NOTHING, Moved, moved_by, totals_of
from scc import links
from scc.dynamo.folding import fold
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import By


@dataclass
class Page:
    """What a posting adds to one departure. It expects the chain to end where `event` says."""

    event: Event
    entries: list[Payment] = field(default_factory=list)
    moved: Moved = NOTHING
    # Of each party whose figures move, by its ulid.
    moved_of: dict[str, Moved] = field(default_factory=dict)
    # By the tally: what moves, and how many entries.
    tallied: dict[Place, tuple[Moved, int]] = field(default_factory=dict)


class Posting:
    """What one request writes: the entries, and with them figures, tallies, audit entry, letter and key.

    mailed: whether a letter goes with it; then `write` must be called. about: what the audit entry speaks of; the
    leading entry where it is left out. The leading entry is the one that the request is answered with.
    at, audit_ulid: when it is recorded, and the audit entry's ulid, for what is the same when it is posted again; then
    `about` is given too.
    """

    def __init__(
        self,
        *,
        by: By,
        request: Request,
        mailed: bool = False,
        about: Row | None = None,
        at: datetime | None = None,
        audit_ulid: str = "",
    ) -> None:
        self.by = by
        self.request = request
        self.unit = Unit()
        self.pages: dict[str, Page] = {}
        self.lead: Payment | None = None
        self.letter: Letter | None = None
        self._about = about
        self._mailed = mailed
        self._at = at
        # Entries name what is written with them, so all of it is named before.
        self._lead_ulid, self._letter_ulid, self._audit_ulid = (str(ULID()) for _ in range(3))
        self._audit_ulid = audit_ulid or self._audit_ulid

    def page(self, event: Event) -> Page:
        """Return what this posting adds to `event`."""
        return self.pages.setdefault(event.slug, Page(event))

    def next_reference(self, event: Event) -> str:
        """Return what the next entry that is added to `event` will be called."""
        return chain.reference_of(event.slug, self._next_sequence(self.page(event)))

    def add(
        self,
        event: Event,
        draft: Draft,
        *,
        party: Patron | None = None,
        undoes: Payment | None = None,
        leads: bool = True,
        ulid: str = "",
        secret: str = "",
    ) -> Payment:
        """Put an entry at the end of the event's chain and return it.

        party: whose figures move too. undoes: what it voids. leads: whether it may be the leading entry; the first
        such is. ulid: the entry's, for one that is the same when it is posted again. secret: likewise, its receipt's.
        """
        page = self.page(event)
        is_lead = leads and self.lead is None
        ulid = ulid or (self._lead_ulid if is_lead else str(ULID()))
        made = self._entry(
            page, draft, ulid=ulid, secret=secret or links.new_secret(), undoes=undoes.entry_kind if undoes else ""
        )
        entry = self.unit.put(made)
        if is_lead:
            self.lead = entry
        moved = moved_by(entry)
        page.entries.append(entry)
        page.moved += moved
        place = Place.of(entry)
        tallied, entries = page.tallied.get(place, (NOTHING, 0))
        page.tallied[place] = tallied + moved, entries + 1
        if party is not None:
            page.moved_of[party.ulid] = page.moved_of.get(party.ulid, NOTHING) + moved
            self.unit.update(party, add=_figures(moved))
        if entry.external_reference:
            self.unit.put(Reference.of(entry))
        return entry

    def write(self, content: Content, *, kind: str, to: str) -> None:
        """Write the letter of the leading entry."""
        self.letter = outbox.write(
            self.unit,
            kind=kind,
            to=to,
            subject=content.subject,
            text=content.text,
            html=content.html,
            about=self._subject_of_lead(),
            ulid=self._letter_ulid,
        )

    def balance_of(self, event: Event, party: Patron | None) -> int | None:
        """Return what the payer owes after it, in cents, or None where that is not known to be one payer's alone."""
        page = self.page(event)
        owed = balances.balance_of_payer(party, event)
        if owed is None:
            return None
        moved = page.moved_of.get(party.ulid, NOTHING) if party is not None else page.moved
        return owed - moved.net_cents

    def commit(self, *, action: str, summary: str) -> Recorded:
        """Send it all as one TransactWriteItems. Raises what `Unit.commit` raises.

        action, summary: what the audit entry says.
        """
        lead = self._leading()
        first = next(iter(self.pages.values()))
        answer = Recorded(lead, totals_of(first.event, first.moved))
        audit.record(
            self.unit,
            by=self.by,
            action=action,
            of=self._about or lead,
            summary=summary,
            ulid=self._audit_ulid,
            at=self._at,
        )
        for page in self.pages.values():
            self._move(page)
        self.request.use(self.unit, answer)
        self.unit.commit()
        return answer

    def _entry(self, page: Page, draft: Draft, *, ulid: str, secret: str, undoes: str) -> Payment:
        now = self._at or timezone.now()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        entry = Payment(
            event_id=page.event.slug,
            ulid=ulid,
            entry_kind=draft.kind.value,
            corrects=draft.corrects,
            undoes=undoes,
            way=draft.way,
            other_event=draft.other_event,
            other_reference=draft.other_reference,
            patron_id=draft.patron_id,
            patron_name=draft.patron_name,
            folded_name=fold(draft.patron_name),
            patron_email=draft.patron_email,
            amount_cents=draft.amount_cents,
            tip_cents=draft.tip_cents,
            currency=draft.currency,
            method=draft.method,
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
            audit_id=f"{self._subject()}.{self._audit_ulid}",
            letter_id=f"{self._subject_of_lead()}.{self._letter_ulid}" if self._mailed else "",
            key_digest=self.request.digest,
            receipt_secret=secret,
            import_key=draft.import_key,
        )
        last = page.entries[-1].hash if page.entries else page.event.ledger_head
        return chain.link(entry, after=last, sequence=self._next_sequence(page))

    @staticmethod
    def _next_sequence(page: Page) -> int:
        return int(page.event.ledger_count) + len(page.entries) + 1

    def _subject(self) -> str:
        return audit.subject_of(self._about) if self._about is not None else self._subject_of_lead()

    def _subject_of_lead(self) -> str:
        # The first page is the one that leads.
        slug = next(iter(self.pages))
        return audit.subject_of(Payment(event_id=slug, ulid=self._lead_ulid))

    def _leading(self) -> Payment:
        if self.lead is None:
            raise ValueError("a posting has a leading entry")
        return self.lead

    def _move(self, page: Page) -> None:
        for place, (moved, entries) in page.tallied.items():
            tallies.count(self.unit, page.event.slug, place, moved, entries=entries)
        self.unit.update(
            page.event,
            set={"ledger_head": page.entries[-1].hash},
            add={"ledger_count": len(page.entries), **_figures(page.moved)},
            expect=ends_at(page.event.ledger_head),
        )


def ends_at(head: str) -> Condition:
    """Return the expectation that nobody added an entry since the chain ended at `head`."""
    return Event.ledger_head == head if head else Event.ledger_head.does_not_exist()


def _figures(moved: Moved) -> Mapping[str, int]:
    return {name: getattr(moved, name) for name in tallies.FIGURES}
