"""The pages of the texts in the admin."""

from __future__ import annotations

import pytest
from django.test import Client

from events.rows import Event
from scc.staff import audit
from scc.staff.models import User
from tests.builders import make_event, make_vessel
from tests.conftest import RequestsMade
from tests.people import client_of
from tests.waivers.builders import sign
from tests.waivers.test_texts import BODY, make_draft
from waivers import boards, publishing, shipped_texts, texts
from waivers.models import WaiverText
from waivers.rows import CurrentText, Role, TextStatus

TEXTS = "/admin/waivers/waivertext/"
SHOWN = f"{TEXTS}shown/"


def page_of(ulid: str, page: str) -> str:
    return f"{TEXTS}{ulid}/{page}/"


def publish_form(client: Client, ulid: str) -> dict[str, str]:
    """Return what the page of publishing would send, without the choice."""
    form = client.get(page_of(ulid, "publish")).context["form"]
    return {"seen": str(form["seen"].value()), "after": str(form["after"].value())}


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
    published = publish(client, draft.pk)

    assert (added.status_code, edited.status_code) == (302, 302)
    assert "is what signers are shown" in published.text  # type: ignore[attr-defined]  # a response
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


def test_draft_with_lists_too_deep_is_an_error_of_the_form(alice: User) -> None:
    answer = client_of(alice).post(f"{TEXTS}add/", draft_fields(body="# Deep {deep}\n\n" + "- " * 50 + "word"))

    assert "Lists may stand 4 deep" in answer.text


def test_published_text_stays_as_it_is(alice: User) -> None:
    published = publishing.publish(draft=make_draft(), by=alice)
    client = client_of(alice)

    shown = client.get(f"{TEXTS}{published.ulid}/change/")
    changed = client.post(f"{TEXTS}{published.ulid}/change/", draft_fields(title="Other", seen="2"))
    deleted = client.post(f"{TEXTS}{published.ulid}/delete/", {"post": "yes"})

    assert published.sha256 in shown.text
    assert (changed.status_code, deleted.status_code) == (403, 403)
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


def publish(client: Client, ulid: str, **said: str) -> object:
    return client.post(page_of(ulid, "publish"), publish_form(client, ulid) | said, follow=True)


def test_publish_page_says_what_would_happen(alice: User) -> None:
    publishing.publish_shipped()
    sign(event=make_event())
    draft = make_draft()

    page = client_of(alice).get(page_of(draft.ulid, "publish"))

    assert page.status_code == 200
    for said in ("waiver-en-2", "waiver-en-1: 1 signed", "Español stays at waiver-es-1", "Everyone must sign again"):
        assert said in page.text
    assert "<del>" in page.text
    assert "<ins>" in page.text


def test_publish_asks_what_becomes_of_earlier_signatures(alice: User) -> None:
    publishing.publish_shipped()
    draft = make_draft()
    client = client_of(alice)

    answer = publish(client, draft.ulid)

    assert "Choose what becomes of the signatures" in answer.text  # type: ignore[attr-defined]  # a response
    assert texts.current().number == 1


@pytest.mark.parametrize(("earlier", "counts"), [("count", True), ("again", False)])
def test_publish_keeps_earlier_signatures_or_not(alice: User, earlier: str, counts: bool) -> None:
    publishing.publish_shipped()
    draft = make_draft()

    publish(client_of(alice), draft.ulid, earlier=earlier)

    assert texts.current().version == "waiver-en-2"
    assert texts.still_counts("waiver-en-1") is counts
    assert texts.still_counts("waiver-es-1")
    [entry] = audit.history_of(draft)
    assert entry.summary.startswith("Published as waiver-en-2.")


def test_publish_refuses_a_draft_that_was_edited_after_the_page_was_opened(alice: User) -> None:
    draft = make_draft()
    client = client_of(alice)
    opened = publish_form(client, draft.ulid)
    obj = WaiverText.objects.get(pk=draft.ulid)
    obj.title = "Another"
    obj.save()

    answer = client.post(page_of(draft.ulid, "publish"), opened)

    assert "was changed after you opened this page" in answer.text
    assert CurrentText.fetch(document="waiver", language="en") is None


def test_publish_page_of_a_published_version_is_nobody_s(alice: User) -> None:
    published = publishing.publish(draft=make_draft(), by=alice)

    assert client_of(alice).get(page_of(published.ulid, "publish")).status_code == 403


def test_preview_is_the_signer_s_page_with_the_draft_s_words(alice: User) -> None:
    draft = make_draft(body="# The risks {risks initials}\n\nThe **sea** is wet.")

    page = client_of(alice).get(page_of(draft.ulid, "preview"))

    assert page.status_code == 200
    assert "The <strong>sea</strong> is wet." in page.text
    assert 'id="sign"' in page.text
    assert "Nothing that is entered here is sent" in page.text
    assert "sandbox allow-scripts allow-same-origin" in page.headers["Content-Security-Policy"]
    assert "allow-forms" not in page.headers["Content-Security-Policy"]


def test_preview_s_address_takes_no_signature(as_charlie: Client) -> None:
    assert as_charlie.get("/g/preview/waiver").status_code == 404
    assert as_charlie.post("/g/preview/waiver", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 404


def test_compare_shows_words_that_changed(alice: User) -> None:
    first = publishing.publish(draft=make_draft(), by=alice)
    second = make_draft(body=BODY.replace("wet", "cold"))

    page = client_of(alice).get(page_of(second.ulid, "compare"))

    assert '<del><span class="visually-hidden">taken out: </span>wet.</del>' in page.text
    assert '<ins><span class="visually-hidden">added: </span>cold.</ins>' in page.text
    assert f"From {first.text_version} to waiver-en-2, this draft" in page.text


def test_compare_of_a_published_version_is_with_the_one_before(alice: User) -> None:
    publishing.publish(draft=make_draft(), by=alice)
    second = publishing.publish(draft=make_draft(body=BODY.replace("wet", "cold")), by=alice)
    publishing.publish(draft=make_draft(body=BODY.replace("wet", "warm")), by=alice)

    page = client_of(alice).get(page_of(second.ulid, "compare"))

    assert "From waiver-en-1 to waiver-en-2" in page.text
    assert "warm" not in page.text


def test_list_compares_two(alice: User) -> None:
    drafts = [make_draft(), make_draft(body=BODY.replace("wet", "cold"))]
    client = client_of(alice)

    chosen = {"action": "compare", "_selected_action": [draft.ulid for draft in drafts]}
    answer = client.post(TEXTS, chosen, follow=True)
    one = client.post(TEXTS, {"action": "compare", "_selected_action": drafts[0].ulid}, follow=True)

    assert "<del>" in answer.text
    assert "Choose two versions" in one.text


def test_list_counts_signatures(alice: User, requests_made: RequestsMade) -> None:
    publishing.publish_shipped()
    event = make_event()
    sign(event=event, name="Ana")
    sign(event=event, name="Bea")
    client = client_of(alice)

    with requests_made() as made:
        page = client.get(TEXTS)

    assert '<td data-label="Signatures" class="field-signatures">2</td>' in page.text
    assert made == {"GetItem": 2, "Query": 2}


@pytest.mark.parametrize("path", [SHOWN, f"{TEXTS}add/"])
def test_pages_are_the_owner_s(dana: User, path: str) -> None:
    assert client_of(dana).get(path).status_code == 403


def crew_agreement(by: User) -> str:
    """Return a second document, published."""
    return publishing.publish(draft=make_draft(title="Crew agreement", document="crew-agreement"), by=by).document


def stored(slug: str) -> Event:
    event = Event.fetch(slug=slug)
    assert event is not None
    return event


def test_shown_chooses_by_default_and_for_a_vessel(alice: User) -> None:
    publishing.publish_shipped()
    document, client = crew_agreement(alice), client_of(alice)
    vessel, event = make_vessel(), make_event()
    make_vessel(name="Dart", slug="dart")

    page = client.get(SHOWN)
    saved = client.post(SHOWN, {"default-crew": document, f"vessel:{vessel.slug}-guest": document})

    assert "Queen of San Diego" in page.text
    assert saved.status_code == 302
    board = boards.read()
    assert board.document_for(event, Role.GUEST) == board.document_for(event, Role.CREW) == document
    elsewhere = make_event(slug="2026-05-24", vessel=make_vessel(name="Gull", slug="gull"))
    assert board.document_for(elsewhere, Role.GUEST) == "waiver"
    assert board.document_for(elsewhere, Role.CREW) == document
    assert len([row for row in board.choices.values() if audit.history_of(row)]) == 2


def test_shown_goes_back_to_what_is_usual(alice: User) -> None:
    publishing.publish_shipped()
    document, client, event = crew_agreement(alice), client_of(alice), make_event()
    client.post(SHOWN, {"default-crew": document})

    client.post(SHOWN, {"default-crew": ""})

    assert boards.read().document_for(event, Role.CREW) == "waiver"


def test_shown_refuses_a_document_that_is_not_published(alice: User) -> None:
    publishing.publish_shipped()

    answer = client_of(alice).post(SHOWN, {"default-crew": "ballast"})

    assert answer.status_code == 200
    assert "Nothing is saved yet" in answer.text


def test_departure_has_a_choice_of_its_own(alice: User, dana: User) -> None:
    publishing.publish_shipped()
    document, event = crew_agreement(alice), make_event()
    client = client_of(dana)

    page = client.get(f"{SHOWN}{event.slug}/")
    saved = client.post(f"{SHOWN}{event.slug}/", {"guest": "", "crew": document}, follow=True)

    assert "As usual: Waiver, release" in page.text
    assert saved.status_code == 200
    assert (stored(event.slug).guest_text, stored(event.slug).crew_text) == ("", document)
    assert [entry.summary for entry in audit.history_of(event)] == ["Changed crew text"]


def test_departure_s_choice_is_not_the_crew_s(bob: User) -> None:
    event = make_event()

    assert client_of(bob).get(f"{SHOWN}{event.slug}/").status_code == 403


def test_departure_that_is_not_there_is_not_found(dana: User) -> None:
    client = client_of(dana)

    assert [client.get(f"{SHOWN}{slug}/").status_code for slug in ("2026-05-23", "nonsense")] == [404, 404]


def test_language_is_withdrawn_and_shown_again(alice: User) -> None:
    publishing.publish_shipped()
    client, event = client_of(alice), make_event()
    spanish = {"document": "waiver", "language": "es"}

    client.post(f"{SHOWN}languages/", spanish | {"state": "withdrawn"})
    without = list(texts.shown(event)[Role.GUEST])
    client.post(f"{SHOWN}languages/", spanish | {"state": "shown"})

    assert without == ["en"]
    assert set(texts.shown(event)[Role.GUEST]) == {"en", "es"}


def test_last_language_stays(alice: User) -> None:
    publishing.publish(draft=make_draft(), by=alice)

    answer = client_of(alice).post(
        f"{SHOWN}languages/", {"document": "waiver", "language": "en", "state": "withdrawn"}, follow=True
    )

    assert "in no other language" in answer.text
    assert texts.current().language == "en"
