from __future__ import annotations

import json

import pytest

from events.rows import Event
from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.actors import SYSTEM, Actor
from scc.staff.rows import AuditEntry
from tests.builders import make_event
from tests.conftest import RequestsMade

ALICE = Actor("alice", "Alice Archer")


def recorded(event: Event, *, by: Actor = ALICE, summary: str = "Changed the title.") -> AuditEntry:
    unit = Unit()
    entry = audit.record(unit, by=by, action="changed", of=event, summary=summary)
    unit.commit()
    return entry


def test_record_keeps_who_what_and_when(table: None) -> None:
    event = make_event(title="Sunset sail")
    unit = Unit()

    audit.record(
        unit,
        by=ALICE,
        action="changed",
        of=event,
        summary="Changed the title.",
        changes={"title": ("Sunset sail", "Mondscheinfahrt für Zoë"), "ends_at": (None, event.ends_at)},
    )
    unit.commit()

    [entry] = audit.history_of(event)
    assert (entry.recorded_by, entry.recorded_by_name) == ("alice", "Alice Archer")
    assert (entry.subject, entry.subject_name) == ("EVENT#2026-05-23", str(event))
    assert entry.pk == "AUDIT#EVENT#2026-05-23"
    assert entry.changed["title"] == ("Sunset sail", "Mondscheinfahrt für Zoë")
    assert entry.changed["ends_at"] == (None, "2026-05-24T04:15:00.000Z")
    assert "für Zoë" in entry.differences
    assert AuditEntry.fetch(subject=entry.subject, ulid=entry.ulid) is not None


def test_record_is_part_of_its_transaction(table: None, requests_made: RequestsMade) -> None:
    event = make_event()
    unit = Unit()
    unit.update(event, set={"title": "Moonlight sail"})
    audit.record(unit, by=ALICE, action="changed", of=event, summary="Changed the title.")

    with requests_made() as made:
        unit.commit()

    assert made == {"TransactWriteItems": 1}
    assert {row.unit for row in (Event.fetch(slug=event.slug), *audit.history_of(event)) if row} == {unit.name}


def test_record_writes_nothing_when_its_transaction_conflicts(table: None) -> None:
    event = make_event()
    unit = Unit()
    unit.update(event, set={"title": "Moonlight sail"}, expect=Row.version == 7)
    audit.record(unit, by=ALICE, action="changed", of=event, summary="Changed the title.")

    with pytest.raises(Conflict):
        unit.commit()

    assert audit.history_of(event) == []


def test_record_shortens_what_would_not_fit(table: None) -> None:
    event = make_event()
    unit = Unit()

    changes = {"note": ("", "x" * 1_000_000)}
    entry = audit.record(unit, by=ALICE, action="changed", of=event, summary="y" * 1_000_000, changes=changes)
    unit.commit()

    assert len(entry.summary) == audit.LONGEST_VALUE
    assert len(json.loads(entry.differences)["note"][1]) == audit.LONGEST_VALUE


def test_history_of_is_one_query_and_newest_first(table: None, requests_made: RequestsMade) -> None:
    event, other = make_event(), make_event(slug="2026-05-24")
    for summary in ("First.", "Second."):
        recorded(event, summary=summary)
    recorded(other, summary="Elsewhere.")

    with requests_made() as made:
        history = audit.history_of(event)

    assert made == {"Query": 1}
    assert {entry.summary for entry in history} == {"First.", "Second."}
    assert [entry.ulid for entry in history] == sorted((entry.ulid for entry in history), reverse=True)


def test_latest_by_is_one_users(table: None, requests_made: RequestsMade) -> None:
    event = make_event()
    recorded(event, by=ALICE, summary="Hers.")
    recorded(event, by=SYSTEM, summary="Not hers.")

    with requests_made() as made:
        latest = audit.latest_by("alice")

    assert made == {"Query": 1}
    assert [entry.summary for entry in latest] == ["Hers."]
