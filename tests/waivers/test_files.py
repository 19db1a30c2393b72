"""One waiver as staff look at it, and what they decide about it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from ulid import ULID

from events.rows import Event
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.actors import SYSTEM
from tests.builders import make_event
from tests.dynamo.faults import meanwhile
from tests.waivers import scenes
from tests.waivers.builders import make_signature, make_signer, sign
from waivers import acts, covers, files, holding, lives, receipts, signing, verifying
from waivers.acts import Family, Minor
from waivers.rows import LifeEvent, State, Waiver, WaiverRecord

REASON = "Signed for the wrong boat."


@pytest.fixture
def signed(table: None) -> signing.Signed:
    return sign(event=make_event(), email="ana@example.com")


def path(signed: signing.Signed, act: str = "") -> str:
    return f"/dispatch/2026-05-23/waivers/{signed.line.ulid}/" + (f"{act}/" if act else "")


def stored(signed: signing.Signed) -> Waiver:
    line = Waiver.fetch(event_id=signed.line.event_id, ulid=signed.line.ulid)
    assert line is not None
    return line


def told(signed: signing.Signed) -> list[tuple[str, str]]:
    rows = Row.collection(f"WAIVER#{signed.record.ulid}")
    return [(row.what, row.recorded_by) for row in rows if isinstance(row, LifeEvent)]


def signed_figure() -> int:
    event = Event.fetch(slug="2026-05-23")
    assert event is not None
    return event.signed


def test_show_has_all_of_it_and_says_who_looked(as_dana: Client, signed: signing.Signed) -> None:
    page = as_dana.get(path(signed))

    assert page.status_code == 200
    for shown in ("Ana López", "1980-03-31", "ana@example.com", signed.reference, "its hashes fit", "I agree and sign"):
        assert shown in page.text
    assert told(signed) == [("viewed", "dana")]
    assert [entry.action for entry in audit.history_of(signed.line)] == ["viewed"]


def test_show_again_within_a_minute_is_one_look(as_dana: Client, as_alice: Client, signed: signing.Signed) -> None:
    as_dana.get(path(signed))
    as_dana.get(path(signed))
    as_alice.get(path(signed))

    assert told(signed) == [("viewed", "dana"), ("viewed", "alice")]


def test_show_of_a_minor_says_who_signed(as_dana: Client) -> None:
    family = Family((Minor("Mia López", date(2016, 2, 1)),), "mother", with_signer=False)
    minor = signing.sign(
        event=make_event(), signer=make_signer(), signature=make_signature(), origin=acts.Origin(), family=family
    )

    page = as_dana.get(path(minor))

    assert "Mia López" in page.text
    assert "Ana López, born 1980-03-31, mother" in page.text


def test_show_is_for_who_may_see_evidence(as_bob: Client, as_charlie: Client, signed: signing.Signed) -> None:
    assert as_bob.get(path(signed)).status_code == 403
    assert "Ana" not in as_charlie.get(path(signed), follow=True).text
    assert told(signed) == []


def test_show_of_a_restricted_one_is_for_owners(as_dana: Client, as_alice: Client, signed: signing.Signed) -> None:
    holding.restrict(signed.line, reason="Asked for it.", by=SYSTEM)

    staff, owner = as_dana.get(path(signed)), as_alice.get(path(signed))

    assert "1980-03-31" not in staff.text
    assert "an owner may see it" in staff.text
    assert "1980-03-31" in owner.text


def test_show_of_what_is_not_there_is_not_found(as_alice: Client) -> None:
    make_event()

    assert as_alice.get("/dispatch/2026-05-23/waivers/01JW0000000000000000000001/").status_code == 404
    assert as_alice.get("/dispatch/2026-05-23/waivers/none/").status_code == 404


def test_invalidate_makes_room_to_sign_anew(as_dana: Client, signed: signing.Signed) -> None:
    answer = as_dana.post(path(signed, "invalidate"), {"why": REASON})

    assert answer.status_code == 303
    assert stored(signed).state == State.INVALID
    assert signed_figure() == 0
    again = sign(event=make_event_as_stored())
    assert again.reference != signed.reference
    assert signed_figure() == 1


def make_event_as_stored() -> Event:
    event = Event.fetch(slug="2026-05-23")
    assert event is not None
    return event


def test_invalidate_asks_why(as_dana: Client, signed: signing.Signed) -> None:
    answer = as_dana.post(path(signed, "invalidate"), {"why": " "})

    assert answer.status_code == 409
    assert "Say why." in answer.text
    assert stored(signed).counts


def test_invalidate_twice_counts_once(signed: signing.Signed) -> None:
    stale = stored(signed)
    holding.invalidate(signed.line, reason=REASON, by=SYSTEM)

    holding.invalidate(stored(signed), reason=REASON, by=SYSTEM)
    with pytest.raises(holding.CannotHold):
        holding.invalidate(stale, reason=REASON, by=SYSTEM)

    assert signed_figure() == 0


def test_invalidate_refuses_someone_who_is_aboard(signed: signing.Signed) -> None:
    lives.change(signed.line, what="boarded", by=SYSTEM, changes={"aboard_at": timezone.now()})

    with pytest.raises(holding.CannotHold, match="aboard"):
        holding.invalidate(signed.line, reason=REASON, by=SYSTEM)


def test_invalidate_leaves_nothing_to_join(signed: signing.Signed) -> None:
    holding.invalidate(signed.line, reason=REASON, by=SYSTEM)

    assert covers.found(make_event_as_stored(), "Ana López", date(1980, 3, 31)) is None


@pytest.mark.parametrize(
    ("act", "changes"),
    [
        ("knows", {"verified": "knows"}),
        ("id", {"verified": "id"}),
        ("revoke", {"secret": ""}),
        ("hold", {"hold": True}),
        ("restrict", {"restricted": True}),
    ],
)
def test_act_changes_the_line_and_says_so(
    as_alice: Client, signed: signing.Signed, act: str, changes: dict[str, Any]
) -> None:
    answer = as_alice.post(path(signed, act), {"why": "For a claim."})

    assert answer.status_code == 303
    assert {name: getattr(stored(signed), name) for name in changes} == changes
    assert [who for _, who in told(signed)] == ["alice"]


@pytest.mark.parametrize("act", ["hold", "release", "restrict", "lift"])
def test_act_of_an_owner_is_an_owners(as_dana: Client, signed: signing.Signed, act: str) -> None:
    before = stored(signed).attribute_values

    assert as_dana.post(path(signed, act), {"why": REASON}).status_code == 403
    assert stored(signed).attribute_values == before


@pytest.mark.parametrize("act", ["knows", "revoke", "invalidate", "hold"])
def test_act_is_not_crews(as_bob: Client, as_charlie: Client, signed: signing.Signed, act: str) -> None:
    before = stored(signed).attribute_values

    as_bob.post(path(signed, act), {"why": REASON})
    as_charlie.post(path(signed, act), {"why": REASON})

    assert stored(signed).attribute_values == before


def test_revoked_link_opens_nothing(as_dana: Client, signed: signing.Signed) -> None:
    address = f"/g/2026-05-23/signed/{signed.link}"
    assert Client().get(address).status_code == 200

    as_dana.post(path(signed, "revoke"))

    assert Client().get(address).status_code == 404
    as_dana.post(path(signed, "renew"))
    assert Client().get(f"/g/2026-05-23/signed/{signing.link_to(stored(signed))}").status_code == 200
    assert Client().get(address).status_code == 404


def test_one_look_is_for_a_minute(signed: signing.Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    files.look(signed.line, by=SYSTEM)
    monkeypatch.setattr(files, "ONE_LOOK", timedelta(0))

    files.look(signed.line, by=SYSTEM)

    assert len(told(signed)) == 2


# What a waiver covers elsewhere


BORN_ON = date(1980, 3, 31)


def make_trip(days: int) -> Event:
    return make_event(date=timezone.localdate() + timedelta(days=days))


def join(trip: Event) -> Waiver:
    return covers.join(event=trip, key=str(ULID()), name="Ana López", born_on=BORN_ON, origin=acts.Origin()).line


def again(line: Waiver) -> Waiver:
    found = Waiver.fetch(event_id=line.event_id, ulid=line.ulid)
    assert found is not None
    return found


def figure(slug: str) -> int:
    event = Event.fetch(slug=slug)
    assert event is not None
    return event.signed


@pytest.fixture
def of_a_year(table: None) -> signing.Signed:
    scenes.publish_for_a_year()
    return sign(event=make_trip(1))


def test_invalidate_takes_along_what_the_waiver_covers(of_a_year: signing.Signed) -> None:
    trip = make_trip(30)
    joined = join(trip)

    holding.invalidate(of_a_year.line, reason="Signed by someone else.", by=SYSTEM)

    assert [again(line).state for line in (of_a_year.line, joined)] == ["invalid", "invalid"]
    assert (figure(of_a_year.line.event_id), figure(trip.slug)) == (0, 0)
    assert sign(event=Event.fetch(slug=trip.slug)).reference != joined.reference  # type: ignore[arg-type]
    assert verifying.verify(trip.slug).faults == []
    assert verifying.verify(of_a_year.line.event_id).faults == []


def test_invalidate_takes_along_who_joins_meanwhile(of_a_year: signing.Signed) -> None:
    trip, joined = make_trip(30), []

    with meanwhile("TransactWriteItems", lambda: joined.append(join(trip))):
        holding.invalidate(of_a_year.line, reason=REASON, by=SYSTEM)

    assert again(joined[0]).state == State.INVALID
    assert figure(trip.slug) == 0


def test_invalidate_is_refused_where_they_are_aboard_elsewhere(of_a_year: signing.Signed) -> None:
    trip = make_trip(30)
    lives.change(join(trip), what="boarded", by=SYSTEM, changes={"aboard_at": timezone.now()})

    with pytest.raises(holding.CannotHold, match=trip.slug):
        holding.invalidate(of_a_year.line, reason=REASON, by=SYSTEM)

    assert again(of_a_year.line).counts


def test_invalidate_of_one_that_joined_leaves_the_waiver(of_a_year: signing.Signed) -> None:
    joined = join(make_trip(30))

    holding.invalidate(joined, reason=REASON, by=SYSTEM)

    assert again(of_a_year.line).counts
    assert join(Event.fetch(slug=joined.event_id)).counts  # type: ignore[arg-type]


def test_invalidate_reaches_more_departures_than_one_transaction(
    of_a_year: signing.Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "MOST_AT_ONCE", 2)
    joined = [join(make_trip(30 + number)) for number in range(4)]

    holding.invalidate(of_a_year.line, reason=REASON, by=SYSTEM)

    assert {again(line).state for line in joined} == {State.INVALID}


def test_restrict_hides_it_on_every_departure(as_dana: Client, of_a_year: signing.Signed) -> None:
    joined = join(make_trip(30))

    holding.restrict(of_a_year.line, reason="Asked for it.", by=SYSTEM)

    assert again(joined).restricted
    assert receipts.find(joined.event_id, signing.link_to(joined)) is None
    assert "1980-03-31" not in as_dana.get(f"/dispatch/{joined.event_id}/waivers/{joined.ulid}/").text
    holding.lift(again(of_a_year.line), reason="Asked for it.", by=SYSTEM)
    assert not again(joined).restricted
    assert receipts.find(joined.event_id, signing.link_to(joined)) is not None


def test_a_record_that_is_restricted_opens_under_no_other_line(as_dana: Client, of_a_year: signing.Signed) -> None:
    joined = join(make_trip(30))
    lives.change(of_a_year.line, what="restricted", by=SYSTEM, changes={"restricted": True})

    assert "1980-03-31" not in as_dana.get(f"/dispatch/{joined.event_id}/waivers/{joined.ulid}/").text
    assert receipts.find(joined.event_id, signing.link_to(joined)) is None


def test_lift_of_one_that_joined_says_where_it_is_restricted(of_a_year: signing.Signed) -> None:
    joined = join(make_trip(30))
    holding.restrict(of_a_year.line, reason="Asked for it.", by=SYSTEM)

    with pytest.raises(holding.CannotHold, match=of_a_year.reference):
        holding.lift(again(joined), reason="Asked for it.", by=SYSTEM)


# What does not open


@pytest.fixture
def tampered(signed: signing.Signed) -> signing.Signed:
    unit = Unit()
    unit.update(WaiverRecord.at(signed.record.ulid), set={"sealed": b"x" * 60})
    unit.commit()
    return signed


@pytest.mark.parametrize("act", ["hold", "restrict", "invalidate"])
def test_act_on_a_waiver_that_does_not_open(as_alice: Client, tampered: signing.Signed, act: str) -> None:
    page = as_alice.get(path(tampered))

    assert "cannot be opened" in page.text
    assert path(tampered, act) in page.text
    assert path(tampered, "id") not in page.text
    assert as_alice.post(path(tampered, act), {"why": "Broken into."}).status_code == 303


def test_invalidate_of_one_that_does_not_open_lets_the_person_replace_it(tampered: signing.Signed) -> None:
    holding.invalidate(tampered.line, reason=REASON, by=SYSTEM)

    assert signed_figure() == 0
    signature = make_signature()
    anew = signing.sign(
        event=make_event_as_stored(), signer=make_signer(), signature=signature, origin=acts.Origin(), replace=True
    )
    assert anew.line.counts
    assert signed_figure() == 1
