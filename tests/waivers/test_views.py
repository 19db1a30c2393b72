from __future__ import annotations

import gzip
import json
import posixpath
import re
from collections import OrderedDict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import Settings

from events.rows import Event, Status
from scc.dynamo import units
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.mail.rows import Letter
from scc.staff.actors import Actor
from scc.staff.models import User
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade
from tests.dynamo.faults import answers_lost, connection_refused
from tests.people import client_of
from tests.waivers.builders import JSON, OWN, fields, post, sign, typed_fields
from waivers import origins, pages, publishing, shipped_texts, signing, strokes, texts
from waivers.forms import WaiverForm
from waivers.rows import Waiver, WaiverRecord

PAGE = "/g/2026-05-23/waiver"


def lines(slug: str = "2026-05-23") -> list[Waiver]:
    return [row for row in Row.collection(f"EVENT#{slug}") if isinstance(row, Waiver)]


def set_status(event: Event, status: Status) -> None:
    unit = Unit()
    unit.update(event, set={"status": status.value})
    unit.commit()


@pytest.mark.usefixtures("table")
def test_waiver_is_the_same_bytes_for_everyone() -> None:
    make_event()
    known = Client()
    known.cookies["sessionid"] = "anything"
    known.cookies["csrftoken"] = "anything"

    first = Client().get(PAGE)
    second = known.get(PAGE, headers={"Accept-Language": "es", "User-Agent": "Other"})

    assert first.status_code == 200
    assert first.content == second.content
    assert first.headers["Cache-Control"] == second.headers["Cache-Control"] == "public, max-age=60"
    assert not first.cookies
    assert not second.cookies
    assert second.headers["Vary"] == "Accept-Encoding"


@pytest.mark.usefixtures("table")
def test_waiver_costs_one_request(requests_made: RequestsMade) -> None:
    make_event()
    make_event(slug="2026-05-24-sunset")
    Client().get(PAGE)

    with requests_made() as of_a_day:
        Client().get(PAGE)
    with requests_made() as of_a_slug:
        Client().get("/g/2026-05-24-sunset/waiver")

    assert of_a_day == {"Query": 1}
    assert of_a_slug == {"GetItem": 1}


def test_waiver_asks_nobody_who_they_are(alice: User, requests_made: RequestsMade) -> None:
    make_event()
    anyone = Client().get(PAGE)
    client = client_of(alice)

    with requests_made() as made:
        owner = client.get(PAGE)

    assert made == {"Query": 1}
    assert owner.content == anyone.content


@pytest.mark.usefixtures("table")
def test_signing_costs_three_requests(requests_made: RequestsMade) -> None:
    make_event()
    Client().get(PAGE)

    with requests_made() as first:
        response = post(fields())
    other = fields(name="Bea")
    with requests_made() as later:
        post(other)

    assert response.status_code == 303
    assert first == later == {"GetItem": 1, "UpdateItem": 1, "TransactWriteItems": 1}


@pytest.mark.usefixtures("table")
def test_signing_leads_to_the_receipt() -> None:
    make_event()

    signed = post(fields())
    receipt = Client().get(signed.headers["Location"])

    assert signed.status_code == 303
    assert re.fullmatch(r"/g/2026-05-23/signed/[0-9a-z]{52}", signed.headers["Location"])
    assert receipt.status_code == 200
    assert receipt.headers["Cache-Control"] == "no-store"
    assert receipt.headers["Referrer-Policy"] == "no-referrer"
    assert receipt.headers["X-Robots-Tag"] == "noindex"
    assert "Ana López" in receipt.text


@pytest.mark.usefixtures("table")
def test_signing_without_a_script_is_by_typing() -> None:
    make_event()

    first = post(typed_fields())
    again = post(typed_fields())

    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]
    [line] = lines()
    assert line.method == "typed"


# The page


@pytest.mark.usefixtures("table")
def test_waiver_sets_no_cookie_whatever_a_visitor_brings() -> None:
    make_event()
    visitor = Client()
    visitor.cookies["csrftoken"] = "not a token"
    visitor.cookies["sessionid"] = "short"

    page = visitor.get(PAGE)
    missing = visitor.get("/g/2026-05-24/waiver")

    assert not page.cookies
    assert "Cookie" not in page.headers.get("Vary", "")
    assert not missing.cookies


@pytest.mark.usefixtures("table")
def test_waiver_tells_nobody_of_anybody() -> None:
    event = make_event()
    make_party(event=event, name="Zoltan Marked", email="marked@example.com", phone="5550199", size=7)
    before = Client().get(PAGE).content
    sign(event=event, name="Yolanda Marked")
    post(fields(name="Xaver Marked", email="xaver@example.com"))

    page = Client().get(PAGE)

    assert page.content == before
    assert b"Marked" not in page.content
    assert b"$" not in page.content


@pytest.mark.usefixtures("table")
def test_waiver_answers_head_as_get() -> None:
    make_event()

    head, get = Client().head(PAGE), Client().get(PAGE)

    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["Cache-Control"] == get.headers["Cache-Control"]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_waiver_allows_no_other_method(method: str) -> None:
    make_event()

    response = getattr(Client(), method)(PAGE)

    assert response.status_code == 405
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "slug",
    [
        "2026-05-30",
        "2026-05-23-unknown",
        "2026-05-24",
        "2026-05-25",
        "2026-05-26",
        "2026-02-30",
        "0000-00-00",
        "9999-12-31",
        "nonsense",
        "2026-05-23-SUNSET",
        "2026-05-23-",
        "2026-05-23%00",
        "%F0%9F%9B%A5",
        "%ff",
        "x" * 5000,
    ],
)
def test_waiver_hides_behind_one_answer(slug: str) -> None:
    make_event()
    set_status(make_event(slug="2026-05-24", date=date(2026, 5, 24)), Status.DRAFT)
    set_status(make_event(slug="2026-05-25", date=date(2026, 5, 25)), Status.CANCELLED)
    set_status(make_event(slug="2026-05-26", date=date(2026, 5, 26)), Status.COMPLETED)
    expected = Client().get("/g/2026-05-31/waiver")

    seen = Client().get(f"/g/{slug}/waiver")

    assert seen.status_code == expected.status_code == 404
    assert seen.content == expected.content
    assert seen.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("table")
def test_waiver_with_a_slash_leads_to_the_page() -> None:
    make_event()

    response = Client().get(f"{PAGE}/")

    assert response.status_code == 308
    assert response.headers["Location"] == PAGE


@pytest.mark.usefixtures("table")
def test_waiver_of_a_day_with_several_departures_shows_the_choice_first() -> None:
    make_event()
    make_event(slug="2026-05-23-morning", starts=time(9, 30), title="Harbor and bay morning")
    set_status(make_event(slug="2026-05-23-secret", starts=time(11), title="Secret trip"), Status.DRAFT)

    page = Client().get(PAGE).text

    assert page.index("Which departure is yours?") < page.index('href="/g/2026-05-23-morning/waiver"')
    assert page.index('href="#sign"') < page.index('<form class="card" id="sign"')
    assert page.index('href="/g/2026-05-23-morning/waiver"') < page.index('href="#sign"')
    assert "Secret trip" not in page


@pytest.mark.usefixtures("table")
def test_waiver_of_one_departure_shows_no_choice() -> None:
    make_event()
    make_event(slug="2026-05-23-morning")

    own = Client().get("/g/2026-05-23-morning/waiver").text
    page = Client().get("/g/2026-05-23/waiver").text

    assert "Which departure is yours?" not in own
    assert 'action="/g/2026-05-23-morning/waiver"' in own
    assert 'action="/g/2026-05-23/waiver"' in page


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("suffixes", [["morning"], ["morning", "sunset"]])
def test_waiver_of_a_day_without_a_departure_of_that_address_is_a_choice(suffixes: list[str]) -> None:
    for suffix in suffixes:
        make_event(slug=f"2026-05-23-{suffix}")

    page = Client().get(PAGE)

    assert page.headers["Cache-Control"] == "public, max-age=60"
    assert re.findall(r'href="(/g/[^"]+)"', page.text) == [f"/g/2026-05-23-{suffix}/waiver" for suffix in suffixes]
    assert "<form" not in page.text
    assert post(fields()).status_code == 404


@pytest.mark.usefixtures("table")
def test_waiver_stays_at_its_address_when_the_departure_is_moved() -> None:
    make_event(slug="2026-05-23", date=date(2026, 5, 30))

    page = Client().get(PAGE)

    assert page.status_code == 200
    assert "Sat 30 May 2026, 18:15" in page.text


@pytest.mark.usefixtures("table")
def test_waiver_shows_the_text_as_it_is_stored() -> None:
    make_event()

    page = Client().get(PAGE).text

    text = texts.current()
    for clause in text.clauses:
        assert clause.heading in page
    assert text.sha256 in page
    assert text.button in page


@pytest.mark.usefixtures("table")
def test_waiver_holds_every_language_s_text_and_words() -> None:
    make_event()

    page = Client().get(PAGE).text

    for language in ("en", "es"):
        assert texts.current(language).clauses[0].heading in page
    assert '<span lang="en">Full legal name</span><span lang="es">Nombre legal completo</span>' in page
    assert 'name="text" value="' in page
    assert 'name="text_es" value="' in page
    assert "text_crew" not in page


def read_static(name: str) -> bytes:
    return Path(str(finders.find(name))).read_bytes()


@pytest.mark.usefixtures("table")
def test_waiver_and_what_it_needs_weigh_at_most_30_kilobytes() -> None:
    make_event()
    page = Client().get(PAGE)
    names = {*re.findall(r'(?:href|src|data-pad)="/static/([^"]+)"', page.text)}

    weight = sum(len(gzip.compress(each)) for each in [page.content, *map(read_static, names)])

    assert {"js/waiver.js", "css/app.css", "vendor/signature_pad/signature_pad.min.js"} <= names
    assert weight <= 30 * 1024


@pytest.mark.usefixtures("table")
def test_waiver_asks_for_all_of_its_script_at_once() -> None:
    make_event()
    page = Client().get(PAGE).text
    preloaded = {*re.findall(r'rel="modulepreload" href="/static/([^"]+)"', page)}
    scripts = {"js/waiver.js"} | {name for name in preloaded if name.startswith("js/")}

    imported = {
        posixpath.normpath(posixpath.join(posixpath.dirname(name), other))
        for name in scripts
        for other in re.findall(r'from "(.+?)"', read_static(name).decode())
    }

    assert imported == scripts - {"js/waiver.js"}


# Signing


@pytest.mark.usefixtures("table")
def test_signing_answers_json_where_it_is_asked_for() -> None:
    make_event()
    data = fields()

    first = post(data, Accept="application/json")
    again = post(data, Accept="application/json")

    [line] = lines()
    assert (first.status_code, again.status_code) == (201, 200)
    assert json.loads(first.content) == json.loads(again.content)
    assert set(json.loads(first.content)) == {"reference", "received_at"}
    assert json.loads(first.content)["reference"] == line.reference
    assert first.headers["Location"] == again.headers["Location"]
    assert first.headers["Cache-Control"] == "no-store"


@pytest.mark.usefixtures("table")
def test_signing_takes_json() -> None:
    make_event()
    data: dict[str, Any] = {
        "name": "Ana López",
        "birth_date": "1980-03-31",
        "adult": True,
        "consent": True,
        "assent": True,
        "strokes": json.loads(fields()["strokes"]),
        "text": texts.current().sha256,
    }

    response = Client().post(PAGE, json.dumps(data), content_type="application/json", headers=JSON)

    assert response.status_code == 201
    [line] = lines()
    assert (line.name, line.method) == ("Ana López", "drawn")
    record = WaiverRecord.fetch(ulid=line.ulid)
    assert record is not None
    assert json.loads(record.evidence)["channel"] == "api"


@pytest.mark.usefixtures("table")
def test_signing_mails_the_copy() -> None:
    make_event()

    signed = post(fields(email="ana@example.com"))

    month = f"{lines()[0].signed_at:%Y-%m}"
    [letter] = Letter.listing(index="gsi1", known={"month": month})
    assert letter.to == "ana@example.com"
    assert signed.headers["Location"] in letter.text


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8000"}, 303),
        ({"Origin": "http://127.0.0.1:8000"}, 303),
        ({"Origin": "http://testserver"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8000"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:8000.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({}, 403),
    ],
)
def test_signing_is_for_our_own_page(headers: dict[str, str], status: int) -> None:
    make_event()
    data = fields()

    response = Client(enforce_csrf_checks=True).post(PAGE, data, headers=headers)

    assert response.status_code == status
    assert len(lines()) == (status == 303)
    if status == 403:
        assert "did not come from our own page" in response.text


@pytest.mark.usefixtures("table")
def test_signing_over_https_is_for_the_canonical_address_alone(settings: Settings) -> None:
    make_event()
    settings.SCC_HTTPS = True
    settings.SCC_SITE_URL = "https://crew.example.com"
    settings.CSRF_TRUSTED_ORIGINS = ["https://crew.example.com"]

    foreign = Client().post(PAGE, fields(), headers={"Origin": "http://testserver"})
    own = Client().post(PAGE, fields(), headers={"Origin": "https://crew.example.com"})

    assert (foreign.status_code, own.status_code) == (403, 303)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "Enter your full legal name."),
        ({"name": None}, "Enter your full legal name."),
        ({"name": "   "}, "Enter your full legal name."),
        ({"name": "\u200b\u2060\ufeff"}, "Enter your full legal name."),
        ({"name": "\u3164"}, "Enter your full legal name."),
        ({"name": "..."}, "Enter your full legal name."),
        ({"name": "\U0001f600"}, "Enter your full legal name."),
        ({"name": "A" * 121}, "at most 120"),
        ({"name": "Ana\ufffd"}, "Enter your full legal name."),
        ({"email": "ana"}, "Enter an e-mail address"),
        ({"email": "ana@example.com\nBcc: eve@example.com"}, "Enter an e-mail address"),
        ({"email": "Ana <ana@example.com>"}, "Enter an e-mail address"),
        ({"phone": "call me"}, "Enter a phone number"),
        ({"phone": "1" * 41}, "at most 40"),
        ({"birth_year": ""}, "as numbers"),
        ({"birth_day": "31", "birth_month": "2"}, "as numbers"),
        ({"birth_year": "80"}, "four digits"),
        ({"birth_year": "1880"}, "four digits"),
        ({"birth_year": "2999"}, "four digits"),
        ({"birth_year": "\u0661\u0669\u0668\u0660"}, "as numbers"),
        ({"birth_year": "1e99"}, "as numbers"),
        ({"birth_day": "", "birth_month": "", "birth_year": ""}, "Enter your date of birth."),
        ({"birth_year": "2015"}, "You are under 18"),
        ({"role": "captain"}, "Choose one."),
        ({"adult": None}, "Tick that you are 18 or older."),
        ({"consent": None}, "agree to sign electronically"),
        ({"assent": None}, "Tick that you have read the waiver"),
        ({"strokes": ""}, "Sign in the box"),
        ({"strokes": "[]"}, "Sign in the box"),
        ({"strokes": "[[[500,500,0]]]"}, "too short"),
        ({"strokes": "{"}, "did not arrive whole"),
        ({"strokes": json.dumps([[[100 * n, 2000, n] for n in range(60)]])}, "straight line"),
        ({"method": "typed", "typed": ""}, "Type your full name"),
        ({"method": "typed", "typed": "\u200b"}, "Type your full name"),
        ({"method": "thumb"}, "Choose one."),
        ({"text": None}, "The waiver has changed"),
        ({"text": "0" * 64}, "The waiver has changed"),
        ({"key": "mine"}, "Open the page again"),
    ],
)
def test_signing_says_what_is_wrong_and_keeps_what_was_typed(changes: dict[str, Any], words: str) -> None:
    make_event()
    data = fields(**({"phone": "+1 619 555 0100"} | changes))

    page = post(data)
    answer = post(data, Accept="application/json")

    assert page.status_code == answer.status_code == 422
    assert page.headers["Cache-Control"] == "no-store"
    assert words in page.text.replace("&#x27;", "'")
    for name in ("phone", "birth_month", "key"):
        assert f'value="{data[name]}"' in page.text or not data[name]
    assert 'id="consent" name="consent" required checked' in page.text or "consent" not in data
    problem = json.loads(answer.content)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert any(words in said for texts in problem["errors"].values() for said in texts)
    assert lines() == []
    assert set(problem["errors"]) <= {name for name, _ in WaiverForm.PLACES}


@pytest.mark.usefixtures("table")
def test_signing_with_nothing_says_everything() -> None:
    make_event()

    page = post({})

    assert page.status_code == 422
    assert page.text.count('<li><a href="#') == 7


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"[]", "application/json", 422),
        (b"{", "application/json", 400),
        (b" ", "application/json", 400),
        (b'{"name": "a", "name": "b"}', "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        (b'{"name": 1}', "application/json", 422),
        (b'{"name": null}', "application/json", 422),
        (b'{"name": "\\ud800"}', "application/json", 422),
        (b'{"strokes": [[[1e400, 2, 3]]]}', "application/json", 422),
        (b'{"strokes": [[[1e999999999, 2, 3]]]}', "application/json", 422),
        (b'{"strokes": [[[NaN, 2, 3]]]}', "application/json", 400),
        (b'{"strokes": [[[1.5, 2, 3]]]}', "application/json", 422),
        (b'{"acts": ' + b"[" * 50_000, "application/json", 400),
        (b"name=%ff%fe", "application/x-www-form-urlencoded", 422),
        (b"name=" + b"a" * (1024 * 1024), "application/x-www-form-urlencoded", 413),
        (b"name=" + b"a" * (500 * 1024), "application/x-www-form-urlencoded", 422),
        (b"name=Ana", "text/plain", 415),
        (b"--x", "multipart/form-data; boundary=x", 422),
        (b"--x", "multipart/form-data", 400),
        (b"name=" + b"a=1&" * 2000, "application/x-www-form-urlencoded", 400),
        (b"", "", 415),
    ],
)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_signing_refuses_what_is_no_form(body: bytes, content_type: str, status: int, accept: str) -> None:
    make_event()

    response = Client().generic("POST", PAGE, body, content_type, headers={**OWN, "Accept": accept})

    assert response.status_code == status
    assert lines() == []


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("slug", ["2026-05-24", "nonsense", "2026-05-23-unknown"])
def test_signing_for_what_is_not_open_is_the_page_s_404(slug: str) -> None:
    make_event()

    page = post(fields(), slug=slug)
    answer = post(fields(), slug=slug, Accept="application/json")

    assert page.status_code == answer.status_code == 404
    assert page.content == Client().get("/g/2026-05-31/waiver").content
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.usefixtures("table")
def test_signing_too_often_waits_and_keeps_what_was_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    make_event()
    monkeypatch.setattr(signing, "TRIES_AN_ADDRESS", 2)
    # A window that hardly ever ends in the middle of a test.
    monkeypatch.setattr(signing, "TRIES_WITHIN", timedelta(days=7))
    statuses = [post(fields(name=f"Guest {letter}")).status_code for letter in "AB"]

    page = post(fields(name="Guest C"))
    answer = post(fields(name="Guest C"), Accept="application/json")
    elsewhere = Client().post(PAGE, fields(name="Guest D"), headers=OWN, REMOTE_ADDR="192.0.2.7")

    assert statuses == [303, 303]
    assert page.status_code == answer.status_code == 429
    assert 0 < int(page.headers["Retry-After"]) <= 7 * 24 * 60 * 60
    assert 'value="Guest C"' in page.text
    assert elsewhere.status_code == 303
    assert {line.name for line in lines()} == {"Guest A", "Guest B", "Guest D"}


@pytest.mark.usefixtures("table")
def test_signing_with_the_throttle_off_never_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    make_event()
    monkeypatch.setattr(signing, "TRIES_AN_ADDRESS", 2)
    monkeypatch.setattr(signing, "admit", lambda event, address: None)

    statuses = [post(fields(name=f"Guest {letter}")).status_code for letter in "ABCD"]

    assert statuses == [303] * 4


@pytest.mark.usefixtures("table")
def test_signing_lets_a_full_boat_sign_behind_one_address() -> None:
    assert signing.TRIES_AN_ADDRESS >= 49


@pytest.mark.usefixtures("table")
def test_signing_by_someone_else_under_one_key_is_refused() -> None:
    make_event()
    data = fields()
    post(data)

    page = post(data | {"name": "Bea"})

    assert page.status_code == 409
    assert "signed for someone else" in page.text
    assert len(lines()) == 1


@pytest.mark.usefixtures("table")
def test_signing_keeps_a_text_that_was_replaced_while_it_was_read() -> None:
    make_event()
    publishing.publish_shipped()
    data = fields()
    first = texts.current()
    draft = shipped_texts.draft()
    draft.title, draft.ulid = "Other title", "01JW0000000000000000000009"
    unit = Unit()
    unit.put(draft)
    unit.commit()
    publishing.publish(draft=draft, by=Actor("alice", "Alice Archer"))

    response = post(data)

    assert response.status_code == 303
    [line] = lines()
    assert line.text_version == "waiver-en-1"
    record = WaiverRecord.fetch(ulid=line.ulid)
    assert record is not None
    assert record.text_sha256 == first.sha256
    assert "Other title" in Client().get(PAGE).text


# The receipt


@pytest.mark.usefixtures("table")
def test_receipt_with_a_wrong_link_is_the_page_s_404() -> None:
    signed = sign(event=make_event())
    expected = Client().get("/g/2026-05-31/waiver").content
    wrong = signed.link[:-1] + ("0" if signed.link[-1] != "0" else "1")

    for address in (f"2026-05-23/signed/{wrong}", f"2026-05-24/signed/{signed.link}", "2026-05-23/signed/x"):
        response = Client().get(f"/g/{address}")

        assert response.status_code == 404
        assert response.content == expected


@pytest.mark.usefixtures("table")
def test_receipt_shows_the_text_and_keeps_contacts_to_itself() -> None:
    event = make_event()
    signed = sign(event=event, typed="Ana López", email="ana@example.com", phone="+16195550100")

    page = Client().get(f"/g/2026-05-23/signed/{signed.link}").text

    assert texts.current().clauses[0].paragraphs[0] in page
    assert signed.reference in page
    assert "Ana López" in page
    for kept in ("ana@example.com", "6195550100", "1980"):
        assert kept not in page


# When the table does not answer


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_signing_with_every_answer_lost_is_unknown_and_then_counts_once(
    accept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_event()
    monkeypatch.setattr(units, "BUDGET", 0)
    data = fields(name="Ana López")

    with answers_lost("TransactWriteItems", times=3):
        lost = post(data, Accept=accept)
    again = post(data, Accept=accept)

    assert lost.status_code == 503
    assert int(lost.headers["Retry-After"]) > 0
    assert "We cannot tell whether your signature arrived." in lost.text
    assert again.status_code in {200, 303}
    assert len(lines()) == 1
    if accept == "text/html":
        assert f'value="{data["key"]}"' in lost.text
        assert 'value="Ana López"' in lost.text


@pytest.mark.usefixtures("table")
def test_signing_with_a_table_that_is_away_writes_nothing() -> None:
    make_event()
    data = fields()

    with connection_refused("GetItem", times=3):
        away = post(data)

    assert away.status_code == 503
    assert lines() == []


@pytest.mark.usefixtures("table")
def test_waiver_with_a_table_that_is_away_is_kept_by_no_cache() -> None:
    make_event()

    with connection_refused("Query", times=3):
        away = Client().get(PAGE)

    assert away.status_code == 503
    assert away.headers["Cache-Control"] == "no-store"


# What each guard is for


@pytest.mark.usefixtures("table")
def test_without_the_origins_a_foreign_page_could_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    make_event()
    monkeypatch.setattr(origins, "is_own", lambda request: True)

    response = Client().post(PAGE, fields(), headers={"Sec-Fetch-Site": "cross-site"})

    assert response.status_code == 303


@pytest.mark.usefixtures("table")
def test_without_the_judge_a_dot_would_be_a_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    make_event()
    monkeypatch.setattr(strokes, "judge", lambda drawn: None)

    assert post(fields(strokes="[[[500,500,0]]]")).status_code == 303


# A page that is remembered


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("title", "Whale watch", "Whale watch"),
        ("vessel_name", "Bonita", "Bonita"),
        ("departure_port", "Mission Bay", "Mission Bay"),
        ("starts_at", datetime(2026, 5, 24, 2, 45, tzinfo=UTC), "19:45"),
    ],
)
def test_waiver_says_at_once_what_was_changed(name: str, value: object, shown: str) -> None:
    event = make_event()
    assert shown not in Client().get(PAGE).text
    unit = Unit()
    unit.update(event, set={name: value})
    unit.commit()

    assert shown in Client().get(PAGE).text


@pytest.mark.usefixtures("table")
def test_waiver_is_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    make_event()
    first = Client().get(PAGE).content
    monkeypatch.setattr(pages, "form_page", lambda *args, **options: "rendered anew")

    assert Client().get(PAGE).content == first


@pytest.mark.usefixtures("table")
def test_waiver_is_rendered_each_time_in_development(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    make_event()
    Client().get(PAGE)
    settings.DEBUG = True
    monkeypatch.setattr(pages, "form_page", lambda *args, **options: "rendered anew")

    assert Client().get(PAGE).text == "rendered anew"


@pytest.mark.usefixtures("table")
def test_waiver_is_not_remembered_with_files_that_lie_elsewhere(settings: Settings) -> None:
    make_event()
    assert 'src="/static/js/waiver.js"' in Client().get(PAGE).text
    settings.STATIC_URL = "/elsewhere/"

    assert 'src="/elsewhere/js/waiver.js"' in Client().get(PAGE).text


@pytest.mark.usefixtures("table")
def test_waiver_remembers_some_pages_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "MOST_REMEMBERED", 2)
    monkeypatch.setattr(pages, "_pages", OrderedDict())
    for day in (1, 2, 3, 4):
        make_event(date=date(2026, 6, day))
        Client().get(f"/g/2026-06-0{day}/waiver")

    assert len(pages._pages) == 2
