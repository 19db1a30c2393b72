"""The audit trail: who did what to which thing, written in the same transaction as what it tells of.

Entries are added and read; nothing here changes or removes one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime

from django.utils import timezone
from ulid import ULID

from scc.dynamo.keys import key_text
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.staff.actors import By
from scc.staff.rows import AuditEntry, kind_of

# A note of any length fits the form; its history keeps the beginning. An item holds 400 KB.
LONGEST_VALUE = 500


def record(
    unit: Unit,
    *,
    by: By,
    action: str,
    of: Row,
    summary: str,
    changes: Mapping[str, tuple[object, object]] | None = None,
    ulid: str = "",
    at: datetime | None = None,
) -> AuditEntry:
    """Add one entry about `of` to `unit`, which the caller commits. Returns the entry.

    action: one word in lower case. summary: a sentence for people. changes: field to (before, after).
    ulid: the entry's own, where it had to be known before. at: when it was done; now when left out.
    """
    return note(
        unit,
        by=by,
        action=action,
        subject=subject_of(of),
        subject_name=str(of),
        summary=summary,
        changes=changes,
        ulid=ulid,
        at=at,
    )


def note(
    unit: Unit,
    *,
    by: By,
    action: str,
    subject: str,
    subject_name: str,
    summary: str,
    changes: Mapping[str, tuple[object, object]] | None = None,
    ulid: str = "",
    at: datetime | None = None,
) -> AuditEntry:
    """Add one entry about what `subject` names, as `record` does, where its row is not at hand. Returns the entry."""
    now = timezone.localtime(at)
    return unit.put(
        AuditEntry(
            ulid=ulid or str(ULID.from_datetime(now)),
            recorded_at=now,
            month=f"{now:%Y-%m}",
            year=f"{now:%Y}",
            recorded_by=by.username,
            recorded_by_name=by.name,
            action=action,
            subject=subject,
            subject_name=_short(subject_name),
            summary=_short(summary),
            differences=_differences_text(changes),
        )
    )


def subject_of(row: Row) -> str:
    """Return how the trail names `row`: its kind and id, `EVENT#2026-05-23`."""
    return f"{kind_of(type(row))}#{row.id}"


def history_of(row: Row, *, limit: int | None = None) -> list[AuditEntry]:
    """Return every entry about `row`, or the last `limit`, the newest first. One Query."""
    return AuditEntry.listing(known={"subject": subject_of(row)}, forward=False, limit=limit).rows


def latest_by(username: str, *, limit: int = 10) -> list[AuditEntry]:
    """Return what `username` did last this year, the newest first. One Query."""
    known = {"year": f"{timezone.localdate():%Y}", "recorded_by": username}
    return AuditEntry.listing(known=known, index="gsi2", forward=False, limit=limit).rows


def _differences_text(changes: Mapping[str, tuple[object, object]] | None) -> str:
    if not changes:
        return ""
    pairs = {name: [_value_text(before), _value_text(after)] for name, (before, after) in changes.items()}
    return json.dumps(pairs, ensure_ascii=False)


def _value_text(value: object) -> str | None:
    if value is None:
        return None
    return _short(key_text(value) if isinstance(value, date) else str(value))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
