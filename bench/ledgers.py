"""Whole ledgers, made without the ledger's rules, each time the same. Import it with Django set up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ulid import ULID

from events.rows import Event, Patron
from payments import chain
from payments.rows import Key, Payment
from payments.tallies import Place
from scc.dynamo.rows import Row
from scc.staff.rows import AuditEntry

Item = dict[str, dict[str, str]]

NOON = datetime(2026, 5, 23, 19, tzinfo=UTC)
CENTS, TIP = 12_500, 1_000


def items(number: int, *, each: int, beside: int) -> Iterator[Item]:
    """Give the items of departure `number`, with `each` entries; every `beside`th has a key and an audit entry."""
    slug = slug_of(number)
    party = Patron(event_id=slug, ulid=_ulid(slug, 0), year="2026", name="Ana López", folded_name="ana lopez")
    first = _entry(slug, party)
    last_hash = ""
    for sequence in range(1, each + 1):
        entry = _next(first, sequence, last_hash, named=sequence % beside == 0)
        last_hash = entry.hash
        yield entry.stamp().serialize()
        if entry.key_digest:
            yield from _beside(entry)
    moved = {"received_cents": each * CENTS, "tips_cents": each * TIP}
    for row in (_event(slug, last_hash, each, moved), _with(party, moved), _tally(first, each, moved)):
        yield row.stamp().serialize()


def keys(number: int, *, each: int, beside: int) -> Iterator[tuple[str, str, str]]:
    """Give partition and sort key of what a scan for ledgers meets of `items`, and the entry that a key is of."""
    slug = slug_of(number)
    yield f"EVENT#{slug}", "META", ""
    yield f"TALLY#{slug}", "any", ""
    for sequence in range(1, each + 1):
        ulid = _ulid(slug, sequence)
        yield f"EVENT#{slug}", f"PAYMENT#{ulid}", ""
        if sequence % beside == 0:
            yield f"KEY#{slug}#{_digest(f'{slug}.{ulid}')}", "META", f"{slug}.{ulid}"


def _digest(entry_id: str) -> str:
    return hashlib.sha256(entry_id.encode()).hexdigest()


def slug_of(number: int) -> str:
    return f"2026-05-23-n{number}"


def number_of(slug: str) -> int:
    return int(slug.rpartition("n")[2])


def _ulid(slug: str, place: int, what: str = "") -> str:
    chance = hashlib.sha256(f"{slug} {place} {what}".encode()).digest()
    milliseconds = int(NOON.timestamp() * 1000) + place
    return str(ULID.from_bytes(milliseconds.to_bytes(6) + chance[:10]))


def _entry(slug: str, party: Patron) -> Payment:
    return Payment(
        event_id=slug,
        patron_id=party.ulid,
        patron_name=party.name,
        folded_name=party.folded_name,
        patron_email="ana@example.com",
        amount_cents=CENTS,
        tip_cents=TIP,
        currency="USD",
        method="cash",
        paid_at=NOON,
        recorded_at=NOON,
        month="2026-05",
        recorded_by="dana",
        recorded_by_name="Dana Drake",
        received_by="dana",
    )


def _next(entry: Payment, sequence: int, last_hash: str, *, named: bool) -> Payment:
    """Make `entry` the one at `sequence`, which spares making another."""
    entry.ulid = _ulid(entry.event_id, sequence)
    entry.audit_id = f"PAYMENT#{entry.id}.{_ulid(entry.event_id, sequence, 'audit')}" if named else ""
    entry.key_digest = _digest(entry.id) if named else ""
    return chain.link(entry, after=last_hash, sequence=sequence)


def _beside(entry: Payment) -> Iterator[Item]:
    subject, _, ulid = entry.audit_id.rpartition(".")
    yield (
        AuditEntry(
            ulid=ulid,
            recorded_at=NOON,
            month="2026-05",
            year="2026",
            recorded_by="dana",
            recorded_by_name="Dana Drake",
            action="payment",
            subject=subject,
            subject_name=str(entry),
            summary="Logged",
        )
        .stamp()
        .serialize()
    )
    yield (
        Key(
            scope=entry.event_id,
            digest=entry.key_digest,
            fingerprint=entry.key_digest,
            entry_id=entry.id,
            used_at=NOON,
            answer=json.dumps({"entry": entry.serialize(), "totals": {}}),
        )
        .stamp()
        .serialize()
    )


def _event(slug: str, head: str, entries: int, moved: dict[str, Any]) -> Row:
    return Event(
        slug=slug,
        date=NOON.date(),
        year="2026",
        starts_at=NOON,
        time_zone="America/Los_Angeles",
        title="Sunset sail",
        folded_title="sunset sail",
        vessel_id="queen",
        vessel_name="Queen",
        capacity=12,
        currency="USD",
        ledger_head=head,
        ledger_count=entries,
        **moved,
    )


def _tally(entry: Payment, entries: int, moved: dict[str, int]) -> Row:
    return _with(Place.of(entry).tally(entry.event_id), {**moved, "entries": entries})


def _with(row: Row, values: dict[str, Any]) -> Row:
    for name, value in values.items():
        setattr(row, name, value)
    return row
