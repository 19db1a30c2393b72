from __future__ import annotations

import json

import pytest

from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.staff import audit
from scc.staff.actors import Actor
from tests.builders import make_event
from tests.conftest import RequestsMade
from tests.waivers.builders import sign
from waivers import lives, signing
from waivers.rows import LifeEvent, State, Waiver

DANA = Actor("dana", "Dana Drake")


@pytest.fixture
def signed(table: None) -> signing.Signed:
    return sign(event=make_event())


def events_of(signed: signing.Signed) -> list[LifeEvent]:
    return [row for row in Row.collection(f"WAIVER#{signed.record.ulid}") if isinstance(row, LifeEvent)]


def stored(signed: signing.Signed) -> Waiver:
    line = Waiver.fetch(event_id=signed.line.event_id, ulid=signed.line.ulid)
    assert line is not None
    return line


def test_change_sets_and_says_so_in_one_transaction(signed: signing.Signed, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        lives.change(
            signed.line,
            what="invalidated",
            by=DANA,
            changes={"state": State.INVALID.value},
            note="The wrong departure.",
        )

    assert made == {"TransactWriteItems": 1}
    line = stored(signed)
    assert (line.state, line.version) == ("invalid", signed.line.version)
    [event] = events_of(signed)
    assert (event.what, event.recorded_by, event.note) == ("invalidated", "dana", "The wrong departure.")
    assert json.loads(event.changes) == {"state": "invalid"}
    assert event.sha256 == lives.hash_of(event)


def test_change_never_says_who_signed(signed: signing.Signed) -> None:
    lives.change(signed.line, what="held", by=DANA, changes={"hold": True})

    [entry] = audit.history_of(signed.line)
    said = f"{entry.subject_name} {entry.summary} {entry.differences} {events_of(signed)[0].serialize()}"
    assert signed.reference in entry.summary
    assert "López" not in said
    assert "lopez" not in said


def test_change_refuses_a_line_that_was_changed_since(signed: signing.Signed) -> None:
    stale = stored(signed)
    lives.change(signed.line, what="held", by=DANA, changes={"hold": True})

    with pytest.raises(Conflict):
        lives.change(stale, what="released", by=DANA, changes={"hold": False})

    assert stored(signed).hold
    assert len(events_of(signed)) == 1


def test_change_keeps_instants_as_they_are_hashed(signed: signing.Signed) -> None:
    lives.change(
        signed.line, what="boarded", by=DANA, changes={"aboard_at": signed.line.signed_at, "aboard_by": "dana"}
    )

    [event] = events_of(signed)
    assert json.loads(event.changes)["aboard_at"].endswith("Z")
    assert event.sha256 == lives.hash_of(event)


def test_tell_leaves_the_line_alone(signed: signing.Signed) -> None:
    before = stored(signed).version

    lives.tell(signed.line, what="viewed", by=DANA)

    assert stored(signed).version == before
    assert [event.what for event in events_of(signed)] == ["viewed"]


@pytest.mark.parametrize("name", ["what", "note", "changes", "recorded_by", "line_id"])
def test_hash_of_tells_a_touched_event(signed: signing.Signed, name: str) -> None:
    lives.tell(signed.line, what="viewed", by=DANA, note="on the dock")
    [event] = events_of(signed)

    setattr(event, name, getattr(event, name) + "x")

    assert lives.hash_of(event) != event.sha256
