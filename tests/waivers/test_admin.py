from __future__ import annotations

import pytest
from django.test import Client

from scc.staff import audit
from scc.staff.models import User
from tests.builders import make_event
from tests.conftest import RequestsMade
from tests.people import client_of
from tests.waivers.builders import sign
from tests.waivers.test_texts import make_draft
from waivers import publishing, shipped_texts, texts
from waivers.models import Waiver, WaiverText
from waivers.rows import TextStatus
from waivers.signing import Signed

LIST = "/admin/waivers/waiver/"
TEXTS = "/admin/waivers/waivertext/"


@pytest.fixture
def signed(table: None) -> Signed:
    return sign(event=make_event(), name="Ana López", email="ana@example.com")


def page_of(signed: Signed) -> str:
    return f"{LIST}2026-05-23.{signed.record.ulid}/change/"


def test_list_shows_who_signed(dana: User, signed: Signed) -> None:
    page = client_of(dana).get(LIST)

    assert page.status_code == 200
    assert "Ana López" in page.text
    assert signed.reference in page.text
    assert page.headers["Cache-Control"] != "public, max-age=60"


def test_list_costs_one_query_beside_session_and_user(dana: User, signed: Signed, requests_made: RequestsMade) -> None:
    client = client_of(dana)

    with requests_made() as made:
        client.get(LIST)

    assert made == {"GetItem": 2, "Query": 1}


@pytest.mark.parametrize(("asked", "found"), [("ana l", True), ("ÁNA", True), ("lopez", False), ("Bea", False)])
def test_list_is_searched_by_the_beginning_of_a_name(dana: User, signed: Signed, asked: str, found: bool) -> None:
    page = client_of(dana).get(LIST, {"q": asked})

    assert page.status_code == 200
    assert (signed.reference in page.text) is found


def test_list_of_another_month_is_empty(dana: User, signed: Signed) -> None:
    page = client_of(dana).get(LIST, {"month": "2001-01"})

    assert signed.reference not in page.text


def test_page_shows_the_evidence(dana: User, signed: Signed) -> None:
    page = client_of(dana).get(page_of(signed)).text

    for shown in ("1980-03-31", "ana@example.com", signed.record.record_sha256, signed.record.chain_sha256):
        assert shown in page
    assert "Signature as drawn" in page
    assert "its hashes fit" in page
    assert texts.current().clauses[0].paragraphs[0] in page
    assert "style=" not in page[page.index('class="evidence"') : page.index("snapshot")]


def test_page_shows_crew_no_more_than_that_someone_signed(bob: User, signed: Signed) -> None:
    page = client_of(bob).get(page_of(signed)).text

    assert "Ana López" in page
    assert signed.reference in page
    for kept in ("1980", "ana@example.com", signed.record.receipt_secret, "Signature as drawn", "/signed/"):
        assert kept not in page


def test_waiver_is_never_added_changed_or_removed(alice: User, signed: Signed) -> None:
    client = client_of(alice)

    answers = [
        client.get(f"{LIST}add/"),
        client.post(f"{LIST}add/", {"name": "Eve"}),
        client.post(page_of(signed), {"name": "Eve"}),
        client.post(page_of(signed).replace("change", "delete"), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403]
    stored = Waiver.objects.get(pk=f"2026-05-23.{signed.record.ulid}")
    assert stored.name == "Ana López"
    with pytest.raises(TypeError):
        stored.save()
    with pytest.raises(TypeError):
        stored.delete()


@pytest.mark.usefixtures("signed")
def test_stranger_sees_the_login() -> None:
    answer = Client().get(LIST)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")


@pytest.mark.usefixtures("table")
def test_texts_are_the_owner_s(alice: User, dana: User) -> None:
    assert client_of(alice).get(TEXTS).status_code == 200
    assert client_of(dana).get(TEXTS).status_code == 403


def draft_fields(**changes: str) -> dict[str, str]:
    draft = shipped_texts.draft()
    names = (
        "document", "language", "title", "body", "consent", "adult", "authority", "assent", "orientation", "button",
        "validity", "season_ends",
    )  # fmt: skip
    return {name: getattr(draft, name) or "" for name in names} | changes


def test_draft_is_added_edited_and_published(alice: User) -> None:
    client = client_of(alice)

    added = client.post(f"{TEXTS}add/", draft_fields(title="Our waiver"))
    [draft] = WaiverText.objects.all()
    edited = client.post(f"{TEXTS}{draft.pk}/change/", draft_fields(title="Our own waiver", seen="1"))
    published = client.post(TEXTS, {"action": "publish", "_selected_action": draft.pk}, follow=True)

    assert (added.status_code, edited.status_code) == (302, 302)
    assert "is what signers are shown" in published.text
    text = texts.current()
    assert (text.title, text.version) == ("Our own waiver", "waiver-en-1")
    entries = audit.history_of(draft.stored_row)
    assert [(entry.action, entry.recorded_by) for entry in entries] == [
        ("published", "alice"),
        ("changed", "alice"),
        ("added", "alice"),
    ]


def test_draft_begins_with_what_signers_are_shown(alice: User) -> None:
    client = client_of(alice)

    first = client.get(f"{TEXTS}add/")
    publishing.publish(draft=make_draft(body="# Our risks {risks}\n\n[operator] has few."), by=alice)
    later = client.get(f"{TEXTS}add/")

    assert shipped_texts.draft().body.splitlines()[0] in first.text
    assert "[operator] has few." in later.text


def test_draft_that_is_not_of_the_format_is_an_error_of_the_form(alice: User) -> None:
    answer = client_of(alice).post(f"{TEXTS}add/", draft_fields(body="No heading at all."))

    assert answer.status_code == 200
    assert "Begin with a heading" in answer.text
    assert list(WaiverText.objects.all()) == []


def test_published_text_stays_as_it_is(alice: User) -> None:
    published = publishing.publish(draft=make_draft(), by=alice)
    client = client_of(alice)

    shown = client.get(f"{TEXTS}{published.ulid}/change/")
    changed = client.post(f"{TEXTS}{published.ulid}/change/", draft_fields(title="Other", seen="2"))
    deleted = client.post(f"{TEXTS}{published.ulid}/delete/", {"post": "yes"})
    again = client.post(TEXTS, {"action": "publish", "_selected_action": published.ulid}, follow=True)

    assert published.sha256 in shown.text
    assert (changed.status_code, deleted.status_code) == (403, 403)
    assert "is published" in again.text
    stored = WaiverText.objects.get(pk=published.ulid)
    assert (stored.title, stored.status) == ("Waiver", TextStatus.PUBLISHED)
    stored.title = "Other"
    with pytest.raises(publishing.NotADraft):
        stored.save()
    with pytest.raises(publishing.NotADraft):
        stored.delete()


def test_draft_is_removed(alice: User) -> None:
    draft = make_draft()

    answer = client_of(alice).post(f"{TEXTS}{draft.ulid}/delete/", {"post": "yes"})

    assert answer.status_code == 302
    assert list(WaiverText.objects.all()) == []
