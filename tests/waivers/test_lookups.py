"""What the page asks beside signing."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from ulid import ULID

from events.rows import CrewRole
from scc.dynamo.rows import Row
from tests.builders import make_crew, make_event, make_party, make_person
from tests.waivers.builders import JSON, fields, post, sign
from tests.waivers.test_covers import publish_for_a_year
from waivers import personal_links, signing
from waivers.rows import Waiver

pytestmark = pytest.mark.usefixtures("table")

PERSON = {"name": "Ana López", "birth_month": "3", "birth_day": "31", "birth_year": "1980"}


def lines(slug: str = "2026-05-23") -> list[Waiver]:
    return [row for row in Row.collection(f"EVENT#{slug}") if isinstance(row, Waiver)]


def test_link_says_whom_it_names() -> None:
    event = make_event()
    party = make_party(event=event)

    answer = post({"link": personal_links.link_for(party)}, path="/link")

    assert answer.json() == {"name": "Ana López", "role": "guest"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_link_of_crew_says_so() -> None:
    event = make_event()
    hand = make_crew(event=event, person=make_person(name="Bob Reyes"), role=CrewRole.MATE)

    assert post({"link": personal_links.link_for(hand)}, path="/link").json() == {"name": "Bob Reyes", "role": "crew"}


def test_link_that_is_none_names_nobody() -> None:
    event = make_event()
    party = make_party(event=event)
    other = make_party(event=make_event(slug="2026-05-23-morning"))
    link = personal_links.link_for(party)
    forged = [link[:-1] + ("0" if link[-1] != "0" else "1"), "c" + link[1:], personal_links.link_for(other), "", "p"]

    answers = [post({"link": each}, path="/link") for each in forged]

    assert {answer.status_code for answer in answers} == {404}
    assert not any("Ana" in answer.text for answer in answers)


def test_address_of_carries_the_secret_behind_the_hash() -> None:
    party = make_party(event=make_event())

    address = personal_links.address_of(party)

    path, _, fragment = address.partition("#")
    assert path.endswith("/g/2026-05-23/waiver")
    assert fragment == personal_links.link_for(party)


def test_post_by_personal_link_ties_the_record() -> None:
    event = make_event()
    party = make_party(event=event)

    post(fields(link=personal_links.link_for(party)), Accept="application/json")

    [line] = lines()
    assert (line.patron_id, line.matched, line.verified) == (party.ulid, "link", "link")


def test_post_by_a_link_of_crew_signs_as_crew() -> None:
    event = make_event()
    hand = make_crew(event=event, person=make_person(name="Bob Reyes"), role=CrewRole.MATE)

    post(fields(name="Robert Reyes", link=personal_links.link_for(hand), role="guest"), Accept="application/json")

    [line] = lines()
    assert (line.assignment_id, line.role) == (hand.ulid, "crew")


def test_post_by_someone_else_on_the_phone_of_crew_is_a_guests() -> None:
    event = make_event()
    hand = make_crew(event=event, person=make_person(name="Bob Reyes"), role=CrewRole.MATE)

    post(fields(name="Ana López", link=personal_links.link_for(hand)), Accept="application/json")

    [line] = lines()
    assert (line.assignment_id, line.role, line.matched, line.verified) == ("", "guest", "", "")


def test_post_that_was_kept_on_a_phone_counts_after_the_departure_sailed() -> None:
    begun = timezone.now() - timedelta(hours=5)
    event = make_event(date=begun.date(), starts_at=begun, slug="2026-05-23", status="completed")

    on_time = post(fields(), Accept="application/json")
    late = post(fields(later="on"), Accept="application/json")

    assert (on_time.status_code, late.status_code) == (404, 201)
    assert lines(event.slug)[0].counts


def test_post_that_was_kept_for_long_is_refused() -> None:
    begun = timezone.now() - timedelta(days=4)
    make_event(date=begun.date(), starts_at=begun, slug="2026-05-23", status="completed")

    assert post(fields(later="on"), Accept="application/json").status_code == 404


def test_post_by_a_link_that_is_gone_counts_all_the_same() -> None:
    make_event()

    assert post(fields(link="p" + "0" * 52), Accept="application/json").status_code == 201
    assert lines()[0].matched == ""


def test_known_says_until_when_it_counts() -> None:
    publish_for_a_year()
    today = timezone.localdate()
    sign(event=make_event(date=today + timedelta(days=1)))
    trip = make_event(date=today + timedelta(days=30))

    answer = post(PERSON, slug=trip.slug, path="/known")

    assert set(answer.json()) == {"valid_until", "here"}
    assert answer.json()["here"] is False
    assert post(PERSON | {"birth_day": "30"}, slug=trip.slug, path="/known").json() == {}
    assert post({}, slug=trip.slug, path="/known").json() == {}


def test_join_puts_who_signed_before_on_the_manifest() -> None:
    publish_for_a_year()
    today = timezone.localdate()
    sign(event=make_event(date=today + timedelta(days=1)))
    trip = make_event(date=today + timedelta(days=30))
    key = str(ULID())

    answer = post(PERSON | {"key": key}, slug=trip.slug, path="/join")
    again = post(PERSON | {"key": key}, slug=trip.slug, path="/join")

    assert (answer.status_code, again.status_code) == (201, 200)
    [line] = lines(trip.slug)
    assert answer.json()["reference"] == line.reference
    assert signing.link_to(line) in answer.headers["Location"]


def test_join_without_an_earlier_one_says_to_sign() -> None:
    make_event()

    answer = post(PERSON | {"key": str(ULID())}, path="/join")

    assert answer.status_code == 409
    assert "sign" in answer.json()["detail"]


def test_join_needs_a_key() -> None:
    make_event()

    assert post(PERSON, path="/join").status_code == 422


def test_post_by_the_same_person_again_tells_of_the_first() -> None:
    make_event()
    first = post(fields(), Accept="application/json")

    again = post(fields(), Accept="application/json")
    instead = post(fields(replace="on"), Accept="application/json")

    assert (again.status_code, again.json()["reference"]) == (409, first.json()["reference"])
    assert instead.status_code == 201
    assert sorted(line.state for line in lines()) == ["counts", "replaced"]


@pytest.mark.parametrize("what", ["link", "known", "join", "kiosk"])
def test_lookups_answer_our_own_page_alone(what: str) -> None:
    make_event()
    path = f"/g/2026-05-23/waiver/{what}"

    foreign = Client().post(path, PERSON, headers={"Sec-Fetch-Site": "cross-site"})

    assert foreign.status_code == 403
    assert Client().get(path).status_code == 405
    assert post(PERSON, slug="2026-05-24", path=f"/{what}").status_code == 404


@pytest.mark.parametrize("what", ["link", "known", "join", "kiosk"])
@pytest.mark.parametrize("body", ["[]", "{", '{"name": 5}', '{"link": "\\ud800"}', "{}"])
def test_lookups_refuse_what_is_no_request(what: str, body: str) -> None:
    make_event()

    answer = Client().post(f"/g/2026-05-23/waiver/{what}", body, content_type="application/json", headers=JSON)

    assert 400 <= answer.status_code < 500 or answer.json() == {}
    assert isinstance(json.loads(answer.content), dict)
