"""What still counts is found, and not asked again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from ulid import ULID

from events.rows import Event
from scc.dynamo.rows import Row
from scc.staff.actors import SYSTEM
from tests.builders import make_crew, make_event, make_party, make_person
from tests.conftest import RequestsMade
from tests.waivers.builders import make_signature, make_signer, sign
from waivers import acts, covers, lives, people, personal_links, publishing, receipts, signing, texts
from waivers.acts import Family, Minor
from waivers.rows import LifeEvent, State, Waiver, WaiverText

pytestmark = pytest.mark.usefixtures("table")

BORN_ON = date(1980, 3, 31)
TODAY = timezone.localdate()


def publish_for_a_year() -> None:
    """Publish a text under which a signature counts for twelve months."""
    publishing.publish_shipped()
    draft = publishing.present_draft()
    values = {**draft.attribute_values, "ulid": str(ULID()), "validity": "year", "status": "draft", "number": 0}
    for name in ("pk", "sk", "version", "unit", "published_at", "published_by", "sha256", "consent_version"):
        values.pop(name, None)
    publishing.publish(draft=WaiverText(**values), by=SYSTEM)
    texts.forget()


def make_trip(days: int, slug: str = "") -> Event:
    return make_event(date=TODAY + timedelta(days=days), slug=slug)


def join(event: Event, *, key: str | None = None, name: str = "Ana López", **options: Any) -> covers.Joined:
    return covers.join(event=event, key=key or str(ULID()), name=name, born_on=BORN_ON, origin=acts.Origin(), **options)


def lines(event: Event) -> list[Waiver]:
    return [row for row in Row.collection(f"EVENT#{event.slug}") if isinstance(row, Waiver)]


@pytest.fixture
def signed() -> signing.Signed:
    publish_for_a_year()
    return sign(event=make_trip(1))


def test_found_finds_by_name_and_birth_date(signed: signing.Signed, requests_made: RequestsMade) -> None:
    trip = make_trip(30)

    with requests_made() as made:
        place = covers.found(trip, "ANA LOPEZ", BORN_ON)

    assert place is not None
    assert place.reference == signed.reference
    assert made == {"Query": 1}
    assert covers.found(trip, "Ana López", date(1980, 3, 30)) is None
    assert covers.found(trip, "Bea", BORN_ON) is None


def test_found_finds_nothing_past_its_last_day(signed: signing.Signed) -> None:
    assert covers.found(make_trip(363), "Ana López", BORN_ON) is not None
    assert covers.found(make_trip(365), "Ana López", BORN_ON) is None


@pytest.mark.parametrize("days", [0, 5, 10, 11])
def test_found_finds_nothing_of_one_departure_for_another(days: int) -> None:
    sign(event=make_trip(10))

    assert covers.found(make_trip(days, slug=f"{TODAY + timedelta(days=days)}-other"), "Ana López", BORN_ON) is None


def test_found_finds_nothing_once_everyone_must_sign_again(signed: signing.Signed) -> None:
    publish_for_a_year_anew()

    assert covers.found(make_trip(30), "Ana López", BORN_ON) is None


def publish_for_a_year_anew() -> None:
    draft = publishing.present_draft()
    values = {**draft.attribute_values, "ulid": str(ULID()), "status": "draft", "number": 0, "title": "Anew"}
    for name in ("pk", "sk", "version", "unit", "published_at", "published_by", "sha256", "consent_version"):
        values.pop(name, None)
    publishing.publish(draft=WaiverText(**values), by=SYSTEM, must_sign_again=True)
    texts.forget()


def test_found_ends_for_a_minor_who_comes_of_age() -> None:
    publish_for_a_year()
    soon_grown = TODAY.replace(year=TODAY.year - 18, day=1) + timedelta(days=62)
    event = make_trip(1)
    family = Family(minors=(Minor("Mia López", soon_grown),), relationship="mother", with_signer=False)
    signing.sign(event=event, signer=make_signer(), signature=make_signature(), origin=acts.Origin(), family=family)

    assert covers.found(make_trip(2), "Mia López", soon_grown) is not None
    assert covers.found(make_trip(90), "Mia López", soon_grown) is None


def test_join_puts_the_person_on_the_manifest(signed: signing.Signed) -> None:
    trip = make_trip(30)

    joined = join(trip)

    [line] = lines(trip)
    assert (line.name, line.record_id, line.reference) == ("Ana López", signed.record.ulid, joined.line.reference)
    assert line.ulid != signed.record.ulid
    after = Event.fetch(slug=trip.slug)
    assert after is not None
    assert (after.signed, after.waiver_count) == (1, 0)
    told = [row for row in Row.collection(f"WAIVER#{signed.record.ulid}") if isinstance(row, LifeEvent)]
    assert [event.what for event in told] == ["used"]


def test_join_gives_a_receipt_of_its_own(signed: signing.Signed) -> None:
    trip = make_trip(30)

    joined = join(trip)

    receipt = receipts.find(trip.slug, signing.link_to(joined.line))
    assert receipt is not None
    assert receipt.record.ulid == signed.record.ulid
    assert receipt.line.ulid == joined.line.ulid


def test_join_again_is_the_first(signed: signing.Signed) -> None:
    trip = make_trip(30)
    key = str(ULID())

    first, again = join(trip, key=key), join(trip, key=key)

    assert (first.replayed, again.replayed) == (False, True)
    with pytest.raises(signing.AlreadySigned):
        join(trip)
    assert len(lines(trip)) == 1


def test_join_at_once_is_once(signed: signing.Signed) -> None:
    trip = make_trip(30)

    def one(_: int) -> bool:
        try:
            join(trip)
        except (signing.AlreadySigned, covers.NotCovered):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))).count(True) == 1
    assert len(lines(trip)) == 1


@pytest.mark.parametrize("changes", [{"state": State.INVALID.value}, {"restricted": True}])
def test_join_takes_nothing_that_counts_no_more(signed: signing.Signed, changes: dict[str, object]) -> None:
    lives.change(signed.line, what="changed", by=SYSTEM, changes=changes)
    trip = make_trip(30)

    with pytest.raises(covers.NotCovered):
        join(trip)

    assert lines(trip) == []


def test_join_by_personal_link_ties_to_the_party(signed: signing.Signed) -> None:
    trip = make_trip(30)
    party = make_party(event=trip)

    joined = join(trip, tie=personal_links.tie_of(party))

    assert (joined.line.patron_id, joined.line.matched) == (party.ulid, "link")


def test_join_by_a_link_of_crew_comes_aboard_as_crew(signed: signing.Signed) -> None:
    trip = make_trip(30)
    hand = make_crew(event=trip, person=make_person(name="Ana López"))

    joined = join(trip, tie=personal_links.tie_of(hand))

    assert (joined.line.role, joined.line.assignment_id) == ("crew", hand.ulid)
    after = Event.fetch(slug=trip.slug)
    assert after is not None
    assert after.signed == 0


def test_sign_after_joining_is_told_of_it(signed: signing.Signed) -> None:
    trip = make_trip(30)
    joined = join(trip)

    with pytest.raises(signing.AlreadySigned) as refused:
        sign(event=trip)

    assert refused.value.reference == joined.line.reference


def test_digest_knows_a_person_by_name_and_birth_date() -> None:
    ana = people.digest("Ana López", BORN_ON)

    assert people.digest("ana  lopez", BORN_ON) == ana
    assert people.digest("Ana López", date(1980, 3, 30)) != ana
    assert people.digest("Ana Lópes", BORN_ON) != ana
    assert "1980" not in ana
