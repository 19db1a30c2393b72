"""The manifest and its pages, as staff send forms to them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from ulid import ULID

from events.rows import Event, Patron, Person
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.models import User
from tests.builders import DAY, make_crew, make_event, make_party, make_person
from tests.conftest import RequestsMade
from tests.dynamo.faults import connection_refused, meanwhile
from tests.people import client_of
from tests.waivers.builders import make_signature, make_signer
from tests.waivers.manifests import DANA, fresh, line_of, make_line, read
from waivers import acts, boarding, kiosk, matching, packs, personal_links, signing
from waivers.rows import LifeEvent, Method, Waiver

PAGE = "/dispatch/2026-05-23/manifest/"
CASTOFF = "/dispatch/2026-05-23/castoff/"


@pytest.fixture
def event(table: None) -> Event:
    return make_event(capacity=4)


@pytest.fixture
def party(event: Event) -> Patron:
    return make_party(event=event, name="Ana López", size=2)


@pytest.fixture
def line(event: Event, party: Patron) -> Waiver:
    return make_line(event, of=party, name="Maria Quill")


def with_care(event: Event) -> Waiver:
    care = acts.Care("Pedro Quill", "+1 619 555 0100", "Bee stings")
    signed = signing.sign(
        event=fresh(event),
        signer=make_signer(name="Maria Quill"),
        signature=make_signature(),
        origin=acts.Origin(),
        care=care,
    )
    return signed.line


@pytest.fixture
def bobs(bob: User) -> Client:
    """Bob's browser, who sails today."""
    bob.person_id = make_person(name="Bob Reyes").ulid
    bob.save()
    return client_of(bob)


def make_trip_of(client: Client, *, days: int = 0) -> Event:
    """Return a departure that Bob crews, so many days from now."""
    user = User.objects.get(pk="bob")
    event = make_event(starts_at=timezone.now() + timedelta(days=days), slug=str(DAY + timedelta(days=days)))
    person = Person.fetch(ulid=user.person_id)
    assert person is not None
    make_crew(event=event, person=person)
    return event


# Who may


@pytest.mark.parametrize("page", [PAGE, CASTOFF, "/dispatch/worker.js"])
def test_pages_are_for_staff_and_crew(
    event: Event, page: str, as_dana: Client, as_bob: Client, as_charlie: Client
) -> None:
    assert as_dana.get(page).status_code == 200
    assert as_bob.get(page).status_code == 200
    assert as_charlie.get(page).headers["Location"].startswith("/admin/login/")


def crews_page(event: Event, party: Patron) -> list[str]:
    return [f"/dispatch/{event.slug}/manifest/{rest}" for rest in ("print/", f"paper/p{party.ulid}/")]


def test_crew_list_and_sign_on_paper_where_they_sail(bobs: Client) -> None:
    event = make_trip_of(bobs)
    party = make_party(event=event, size=2)

    for page in crews_page(event, party):
        assert bobs.get(page).status_code == 200
        assert page in bobs.get(f"/dispatch/{event.slug}/manifest/").text


@pytest.mark.parametrize("days", [-3, 3])
def test_crew_list_and_sign_nobody_on_another_day(bobs: Client, as_dana: Client, days: int) -> None:
    event = make_trip_of(bobs, days=days)
    party = make_party(event=event, size=2)
    manifest = f"/dispatch/{event.slug}/manifest/"

    for page in crews_page(event, party):
        assert bobs.get(page).status_code == 403
        assert page not in bobs.get(manifest).text
        assert as_dana.get(page).status_code == 200
    sent = bobs.post(f"{manifest}ashore/", {"letter": str(ULID()), "to": "eve@example.com"})
    stored = bobs.post(f"{manifest}paper/p{party.ulid}/", paper_form())

    assert (sent.status_code, stored.status_code) == (403, 403)
    assert Letter.listing(known={"about": f"EVENT#{event.slug}"}).rows == []
    assert fresh(event).signed == 0


def test_crew_list_no_departure_of_others(event: Event, party: Patron, bobs: Client) -> None:
    for page in crews_page(event, party):
        assert bobs.get(page).status_code == 403
        assert page not in bobs.get(CASTOFF).text


@pytest.mark.parametrize("rest", ["accept/"])
def test_crew_book_nobody(line: Waiver, rest: str, as_bob: Client) -> None:
    assert as_bob.post(f"{PAGE}{line.ulid}/{rest}").status_code == 403


def test_crew_ask_nobody_and_set_no_pin(event: Event, as_bob: Client) -> None:
    assert as_bob.post(f"{PAGE}ask/").status_code == 403
    assert as_bob.get("/dispatch/kiosk/").status_code == 403


@pytest.mark.parametrize("slug", ["2026-05-24", "nonsense"])
@pytest.mark.parametrize("rest", ["manifest/", "manifest/print/", "castoff/", "manifest/for/p1/", "manifest/paper/p1/"])
def test_an_unknown_departure_is_a_404(slug: str, rest: str, as_alice: Client) -> None:
    assert as_alice.get(f"/dispatch/{slug}/{rest}").status_code == 404


# The page


def test_an_empty_departure_says_what_belongs_there(event: Event, as_dana: Client) -> None:
    page = as_dana.get(PAGE).text

    assert "Nobody is booked yet." in page
    assert "Nobody is assigned yet." in page


def test_page_shows_who_signed_and_who_is_missing(line: Waiver, as_dana: Client) -> None:
    page = as_dana.get(PAGE).text

    assert "Maria Quill" in page
    assert "1 to sign" in page
    assert line.reference in page


def test_page_warns_of_another_port(table: None, as_dana: Client) -> None:
    make_event(departure_port="San Diego", return_port="Avalon")

    for page in (PAGE, CASTOFF, "/dispatch/2026-05-23/"):
        assert "46 USC 30527" in as_dana.get(page).text


def test_sheet_leads_to_the_manifest(event: Event, as_bob: Client) -> None:
    assert f'href="{PAGE}"' in as_bob.get("/dispatch/2026-05-23/").text


# To the evidence


def test_references_lead_who_sees_evidence_to_it(line: Waiver, as_dana: Client, as_bob: Client) -> None:
    waiver = f'href="/dispatch/2026-05-23/waivers/{line.ulid}/"'

    for page in (PAGE, "/dispatch/2026-05-23/"):
        assert waiver in as_dana.get(page).text
        assert waiver not in as_bob.get(page).text
    other = make_line(fresh_event(), name="Maria")
    matching.mark_double(read(fresh_event()), line.ulid, other.ulid, by=DANA)
    assert waiver in as_dana.get(PAGE).text


def fresh_event() -> Event:
    found = Event.fetch(slug="2026-05-23")
    assert found is not None
    return found


def test_page_leads_to_the_evidence_pack(
    line: Waiver, as_dana: Client, as_bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'href="/dispatch/2026-05-23/waivers/pack.zip"' in as_dana.get(PAGE).text
    assert "pack.zip" not in as_bob.get(PAGE).text

    make_line(fresh_event(), name="Zoë")
    monkeypatch.setattr(packs, "MOST_IN_A_PART", 1)
    for part in (1, 2):
        assert f"/dispatch/2026-05-23/waivers/pack-{part}.zip" in as_dana.get(PAGE).text


def test_page_without_signatures_has_no_pack(event: Event, as_dana: Client) -> None:
    assert "pack" not in as_dana.get(PAGE).text


# Check-in


def test_a_tap_checks_in_and_leads_back(line: Waiver, as_bob: Client) -> None:
    response = as_bob.post(f"{PAGE}{line.ulid}/aboard/", {"aboard": "1"})

    assert response.status_code == 303
    assert response.headers["Location"] == f"{PAGE}#l-{line.ulid}"
    assert line_of(line).aboard_by == "bob"


def test_a_tap_on_the_castoff_page_leads_back_there(line: Waiver, as_bob: Client) -> None:
    response = as_bob.post(f"{PAGE}{line.ulid}/aboard/", {"aboard": "1", "from": "castoff"})

    assert response.headers["Location"] == f"{CASTOFF}#l-{line.ulid}"


def test_undo_takes_it_back(line: Waiver, as_bob: Client) -> None:
    boarding.board("2026-05-23", line.ulid, by=DANA)

    as_bob.post(f"{PAGE}{line.ulid}/aboard/", {"aboard": "0"})

    assert line_of(line).aboard_at is None


def test_a_full_boat_is_said_above_the_manifest(table: None, as_bob: Client) -> None:
    event = make_event(capacity=1)
    party = make_party(event=event, size=2)
    one, other = make_line(event, of=party, name="Maria"), make_line(event, of=party, name="Pedro")
    boarding.board(event.slug, one.ulid, by=DANA)

    response = as_bob.post(f"{PAGE}{other.ulid}/aboard/", {"aboard": "1"})

    assert response.status_code == 409
    assert "The boat is full: 1 aboard" in response.text
    assert "Pedro" in response.text


def test_a_lost_race_shows_how_it_stands(line: Waiver, as_bob: Client) -> None:
    tap = meanwhile("TransactWriteItems", lambda: boarding.board("2026-05-23", line.ulid, by=DANA))
    with tap:
        response = as_bob.post(f"{PAGE}{line.ulid}/aboard/", {"aboard": "1"})

    assert response.status_code == 303
    assert line_of(line).aboard_by == "dana"


def test_a_silent_table_is_a_503_that_says_so(line: Waiver, as_bob: Client) -> None:
    with connection_refused("TransactWriteItems", times=40):
        response = as_bob.post(f"{PAGE}{line.ulid}/aboard/", {"aboard": "1"})

    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert "Tap again: nothing counts twice." in response.text


@pytest.mark.parametrize("ulid", ["01KR0A1B2C3D4E5F6G7H8J9KMN", "x", "META"])
@pytest.mark.parametrize("rest", ["aboard/", "link/", "unlink/", "accept/", "double/"])
def test_an_unknown_signature_is_said(event: Event, ulid: str, rest: str, as_dana: Client) -> None:
    response = as_dana.post(f"{PAGE}{ulid}/{rest}", {"aboard": "1"})

    assert response.status_code == 409
    assert "no longer" in response.text


# Matching


def test_link_leads_back_to_the_line(event: Event, party: Patron, as_dana: Client) -> None:
    loose = make_line(event, name="Zoë")

    response = as_dana.post(f"{PAGE}{loose.ulid}/link/", {"key": f"p{party.ulid}"})

    assert response.status_code == 303
    assert line_of(loose).patron_id == party.ulid


def test_a_walk_on_is_accepted(event: Event, as_dana: Client) -> None:
    loose = make_line(event, name="Zoë")

    as_dana.post(f"{PAGE}{loose.ulid}/accept/")

    assert fresh(event).booked == 1
    assert "Walk-on" in as_dana.get(PAGE).text


def test_a_walk_on_beyond_the_capacity_is_refused_with_words(table: None, as_dana: Client) -> None:
    event = make_event(capacity=2)
    make_party(event=event, size=2)
    loose = make_line(event, name="Zoë")

    response = as_dana.post(f"{PAGE}{loose.ulid}/accept/")

    assert response.status_code == 409
    assert "room for 0 more" in response.text


# On paper


def paper_form(**changes: str) -> dict[str, str]:
    return {"key": str(ULID()), "name": "Zoë Quill", "age": "", "guardian": "", "seen": "on"} | changes


def test_paper_is_stored_and_leads_back(party: Patron, as_dana: Client) -> None:
    page = f"{PAGE}paper/p{party.ulid}/"
    assert as_dana.get(page).status_code == 200

    response = as_dana.post(page, paper_form())

    assert response.status_code == 303
    (line,) = Waiver.listing(known={"event_id": "2026-05-23"}).rows
    assert (line.method, line.patron_id, line.name) == (Method.PAPER, party.ulid, "Zoë Quill")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seen": ""}, "Tick this once you hold the signed paper."),
        ({"name": " "}, "Write who signed"),
        ({"age": "9"}, "A guardian signs for a minor."),
        ({"guardian": "Ana López"}, "age, below 18"),
        ({"age": "999"}, "120"),
        ({"age": "nine"}, "whole number"),
    ],
)
def test_paper_that_is_wrong_is_said_and_nothing_is_lost(
    party: Patron, changes: dict[str, str], words: str, as_dana: Client
) -> None:
    response = as_dana.post(f"{PAGE}paper/p{party.ulid}/", paper_form(**changes))

    assert response.status_code == 422
    assert words in response.text.replace("&#x27;", "'")
    assert Waiver.listing(known={"event_id": "2026-05-23"}).rows == []


def test_crew_sign_on_paper(event: Event, as_dana: Client) -> None:
    bob = make_crew(event=event, person=make_person())

    page = as_dana.get(f"{PAGE}paper/c{bob.ulid}/").text
    as_dana.post(f"{PAGE}paper/c{bob.ulid}/", paper_form(name="Bob Reyes"))

    assert 'value="Bob Reyes"' in page
    assert fresh(event).signed == 0
    assert "Signed" in as_dana.get(PAGE).text


# Links, letters, lists


def test_personal_link_is_shown_with_its_code(party: Patron, as_bob: Client) -> None:
    page = as_bob.get(f"{PAGE}for/p{party.ulid}/").text

    assert personal_links.address_of(party) in page
    assert "<svg" in page


def test_ask_says_how_many_letters_were_written(table: None, as_dana: Client) -> None:
    event = make_event(slug="2026-05-23", starts_at=timezone.now() + timedelta(days=2))
    make_party(event=event)

    response = as_dana.post(f"{PAGE}ask/", follow=True)

    assert "1 letter written." in response.text
    assert "Asked today." in response.text


def test_print_lists_everyone_with_age_group_and_guardian(event: Event, party: Patron, as_dana: Client) -> None:
    make_line(event, of=party, name="Kim Quill", guardian="Maria Quill", age=9)
    make_crew(event=event, person=make_person(name="Bob Reyes"))

    page = as_dana.get(f"{PAGE}print/").text

    for words in ("Kim Quill", "Minor, 9", "Maria Quill", "Bob Reyes", "Queen of San Diego", "PDT", "1 who has not"):
        assert words in page


def test_send_ashore_writes_one_letter_about_the_departure(line: Waiver, as_dana: Client) -> None:
    form = {"letter": str(ULID()), "to": "office@example.com"}

    response = as_dana.post(f"{PAGE}ashore/", form)
    as_dana.post(f"{PAGE}ashore/", form)

    assert response.headers["Location"] == f"{PAGE}print/?sent=1"
    (letter,) = Letter.listing(known={"about": "EVENT#2026-05-23"}).rows
    assert (letter.purpose, letter.to) == ("manifest", "office@example.com")
    assert "Maria Quill" in letter.text
    assert "Quill" not in letter.subject
    assert 'value="office@example.com"' in as_dana.get(f"{PAGE}print/").text
    trail = [entry.summary for entry in audit.latest_by("dana")]
    assert trail[0] == "Sent the manifest ashore: 0 guests and 0 of the crew aboard"


@pytest.mark.parametrize("to", ["", "office", "a@b.c, d@e.f"])
def test_send_ashore_asks_for_an_address(line: Waiver, to: str, as_dana: Client) -> None:
    response = as_dana.post(f"{PAGE}ashore/", {"letter": str(ULID()), "to": to})

    assert response.status_code == 422
    assert Letter.listing(known={"about": "EVENT#2026-05-23"}).rows == []


# Emergency contact and medical notes


def test_a_look_at_care_is_written_down(event: Event, as_dana: Client, requests_made: RequestsMade) -> None:
    line = with_care(event)

    with requests_made() as made:
        response = as_dana.post(f"{PAGE}{line.ulid}/care/")

    assert "Bee stings" in response.text
    assert "+1 619 555 0100" in response.text
    assert response.headers["Cache-Control"] == "no-store"
    (life,) = [
        each for each in LifeEvent.listing(known={"waiver_id": line.ulid}, prefix="") if each.what == "viewed care"
    ]
    assert life.recorded_by == "dana"
    assert made == {"GetItem": 2, "BatchGetItem": 1, "TransactWriteItems": 1}


def test_crew_look_at_care_of_no_other_trip(event: Event, as_bob: Client) -> None:
    line = with_care(event)

    assert as_bob.post(f"{PAGE}{line.ulid}/care/").status_code == 403


def test_the_manifest_shows_that_there_are_notes_and_not_what_they_say(event: Event, as_dana: Client) -> None:
    with_care(event)

    for address in (PAGE, CASTOFF, f"{PAGE}print/"):
        page = as_dana.get(address).text
        assert "Bee stings" not in page
        assert "555 0100" not in page
    assert "Medical" in as_dana.get(PAGE).text


def test_a_look_at_nothing_is_a_404(line: Waiver, as_dana: Client) -> None:
    assert as_dana.post(f"{PAGE}{line.ulid}/care/").status_code == 404


# The kiosk


def test_kiosk_page_sets_the_pin(table: None, as_dana: Client) -> None:
    assert "None is set yet" in as_dana.get("/dispatch/kiosk/").text

    response = as_dana.post("/dispatch/kiosk/", {"pin": "4711", "again": "4711"})

    assert response.status_code == 303
    assert kiosk.is_set()
    assert "4711" not in as_dana.get("/dispatch/kiosk/").text


@pytest.mark.parametrize(
    ("pin", "again", "words"),
    [
        ("4711", "4712", "not the same"),
        ("12", "12", "Give 4 to 12 digits."),
        ("abcd", "abcd", "digits"),
        ("", "", "Write"),
    ],
)
def test_kiosk_page_refuses_with_words(table: None, pin: str, again: str, words: str, as_dana: Client) -> None:
    response = as_dana.post("/dispatch/kiosk/", {"pin": pin, "again": again})

    assert response.status_code == 422
    assert words in response.text
    assert not kiosk.is_set()


# Cast off


def test_castoff_says_until_when_it_may_be_kept(event: Event, as_bob: Client) -> None:
    response = as_bob.get(CASTOFF)

    # Midnight after the day of the departure, in San Diego.
    assert response.headers["X-Keep-Until"] == "1779606000"
    assert response.headers["X-Kept-For"]
    assert "bob" not in response.headers["X-Kept-For"]


def test_castoff_marks_are_another_for_each_user(event: Event, as_bob: Client, as_dana: Client) -> None:
    assert as_bob.get(CASTOFF).headers["X-Kept-For"] != as_dana.get(CASTOFF).headers["X-Kept-For"]


def test_worker_is_a_script_of_our_scope(event: Event, as_bob: Client) -> None:
    response = as_bob.get("/dispatch/worker.js")

    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "css/manifest.css" in response.text
