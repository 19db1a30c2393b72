from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import override_settings
from ulid import ULID

from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.actors import Actor
from tests.builders import make_event, make_vessel
from tests.conftest import RequestsMade
from waivers import boards, choices, publishing, shipped_texts, texts
from waivers.canonical import sha256
from waivers.languages import LANGUAGES
from waivers.rows import CurrentText, Role, TextSnapshot, TextStatus, WaiverText

ALICE = Actor("alice", "Alice Archer")
BODY = "# The risks {risks}\n\nThe sea is wet.\n\n# The law {law}\n\n[operator] says\nso."


def new_draft(*, title: str = "Waiver", body: str = BODY, consent: str = "I consent.", **attributes: Any) -> WaiverText:
    """Return a draft that is not stored."""
    ordinary = {"adult": "I am of age.", "assent": "I agree."}
    return WaiverText(
        ulid=str(ULID()),
        created_at=datetime(2026, 5, 1, tzinfo=UTC),
        title=title,
        body=body,
        consent=consent,
        **(ordinary | attributes),
    )


def make_draft(**attributes: Any) -> WaiverText:
    """Return a stored draft."""
    draft = new_draft(**attributes)
    unit = Unit()
    unit.put(draft)
    unit.commit()
    return draft


@pytest.mark.parametrize(("language", "button"), [("en", "I agree and sign"), ("es", "Acepto y firmo")])
def test_shipped_text_is_whole(language: str, button: str) -> None:
    text = shipped_texts.text(language)

    assert text.version == f"waiver-{language}-1"
    assert {clause.key for clause in text.clauses} >= {"risks", "release", "safety", "law"}
    assert (text.button, text.orientation, text.asks_initials) == (button, "", [])
    assert text.authority
    assert "[operator]" not in text.source
    assert "Ship Captain Crew" in text.source
    assert text.sha256 == sha256(text.source)


def test_shipped_texts_say_the_same_in_every_language() -> None:
    parts = [
        [(clause.key, len(clause.paragraphs)) for clause in shipped_texts.text(language).clauses]
        for language in LANGUAGES
    ]

    assert all(each == parts[0] for each in parts)
    assert len({text.title for text in shipped_texts.every().values()}) == len(LANGUAGES)


@pytest.mark.usefixtures("table")
def test_current_is_the_shipped_text_until_one_is_published(requests_made: RequestsMade) -> None:
    with requests_made() as made:
        text = texts.current()
        texts.current()

    assert text == shipped_texts.text()
    assert made == {"Query": 1}


@pytest.mark.usefixtures("table")
def test_publish_makes_a_version_that_signers_are_shown() -> None:
    draft = make_draft()

    published = publishing.publish(draft=draft, by=ALICE)

    text = texts.current()
    assert (text.version, text.consent_version, text.title) == ("waiver-en-1", 1, "Waiver")
    assert text.statement("consent") == "I consent."
    assert "Ship Captain Crew says" in text.source
    stored = WaiverText.fetch(ulid=draft.ulid)
    assert stored is not None
    assert (stored.status, stored.number, stored.sha256) == (TextStatus.PUBLISHED, 1, text.sha256)
    assert (stored.published_by, stored.version) == ("Alice Archer", published.version)
    snapshot = TextSnapshot.fetch(sha256=text.sha256)
    assert snapshot is not None
    assert sha256(snapshot.text) == text.sha256
    assert [entry.action for entry in audit.history_of(stored)] == ["published"]


@pytest.mark.usefixtures("table")
def test_publish_counts_versions_and_versions_of_the_consent() -> None:
    publishing.publish_shipped()
    publishing.publish(draft=make_draft(), by=ALICE)
    publishing.publish(draft=make_draft(body="# Other {other}\n\nWords."), by=ALICE)

    text = texts.current()

    assert (text.number, text.consent_version) == (3, 2)


@pytest.mark.usefixtures("table")
def test_publish_refuses_a_published_version() -> None:
    published = publishing.publish(draft=make_draft(), by=ALICE)

    with pytest.raises(publishing.NotADraft):
        publishing.publish(draft=published, by=ALICE)


@pytest.mark.usefixtures("table")
def test_publish_refuses_a_draft_that_was_edited_meanwhile() -> None:
    draft = make_draft()
    stale = WaiverText.fetch(ulid=draft.ulid)
    assert stale is not None
    unit = Unit()
    unit.update(draft, set={"title": "Other", "version": 2})
    unit.commit()

    with pytest.raises(Conflict):
        publishing.publish(draft=stale, by=ALICE)

    assert CurrentText.fetch(document="waiver", language="en") is None


@pytest.mark.usefixtures("table")
def test_publish_numbers_each_version_once_however_many_publish() -> None:
    publishing.publish_shipped()
    drafts = [make_draft(body=f"# The risks {{risks}}\n\nWords {number}.") for number in range(6)]

    def publish(draft: WaiverText) -> int:
        try:
            return int(publishing.publish(draft=draft, by=ALICE).number)
        except Conflict:
            return 0

    with ThreadPoolExecutor(6) as pool:
        numbers = [number for number in pool.map(publish, drafts) if number]

    assert sorted(numbers) == list(range(2, 2 + len(numbers)))
    assert texts.current().number == max(numbers)


@pytest.mark.usefixtures("table")
def test_publish_shipped_publishes_once() -> None:
    assert publishing.publish_shipped() is True
    assert publishing.publish_shipped() is False

    assert texts.current() == shipped_texts.text()
    assert [row.number for row in WaiverText.listing(index="gsi1", known={})] == [1, 1]


@pytest.mark.usefixtures("table")
def test_of_finds_what_is_published_and_nothing_else(requests_made: RequestsMade) -> None:
    publishing.publish_shipped()
    first = texts.current()
    publishing.publish(draft=make_draft(), by=ALICE)
    texts.forget()

    assert texts.of(first.sha256) == first
    assert texts.of("0" * 64) is None
    with requests_made() as made:
        assert texts.of(first.sha256) == first
        assert texts.of("no hash") is None
    assert made == {}


@pytest.mark.usefixtures("table")
def test_of_does_not_take_the_shipped_text_once_another_is_published() -> None:
    publishing.publish(draft=make_draft(), by=ALICE)

    assert texts.of(shipped_texts.text().sha256) is None


# What is shown


def choose(board: boards.Board, choices_made: dict[tuple[str, str], str]) -> None:
    choices.choose(board=board, choices=choices_made, by=ALICE)


@pytest.mark.usefixtures("table")
def test_shown_is_the_shipped_document_in_every_language(requests_made: RequestsMade) -> None:
    event = make_event()

    with requests_made() as made:
        shown = texts.shown(event)
        texts.shown(event)

    assert made == {"Query": 1}
    assert {role: list(by_language) for role, by_language in shown.items()} == {
        Role.GUEST: ["en", "es"],
        Role.CREW: ["en", "es"],
    }
    assert shown[Role.GUEST]["es"] == shipped_texts.text("es")


@pytest.mark.usefixtures("table")
def test_shown_of_a_cold_process_costs_one_query_and_one_batch(requests_made: RequestsMade) -> None:
    event = make_event()
    publishing.publish_shipped()
    publishing.publish(draft=make_draft(), by=ALICE)
    publishing.publish(draft=make_draft(document="crew-agreement"), by=ALICE)
    choose(boards.read(), {("default", "crew"): "crew-agreement"})
    texts.forget()

    with requests_made() as made:
        shown = texts.shown(event)

    assert made == {"Query": 1, "BatchGetItem": 1}
    assert {role: [text.version for text in by_language.values()] for role, by_language in shown.items()} == {
        Role.GUEST: ["waiver-en-2", "waiver-es-1"],
        Role.CREW: ["crew-agreement-en-1"],
    }


@pytest.mark.usefixtures("table")
def test_shown_prefers_the_departure_s_choice_then_the_vessel_s_then_the_default() -> None:
    publishing.publish_shipped()
    for document in ("a", "b", "c"):
        publishing.publish(draft=make_draft(document=document), by=ALICE)
    choose(boards.read(), {("default", "guest"): "a", ("vessel:gull", "guest"): "b"})
    own = make_event(slug="2026-05-23-own", vessel=make_vessel(name="Gull", slug="gull"), guest_text="c")
    board = boards.read()

    assert board.document_for(own, Role.GUEST) == "c"
    own.guest_text = ""
    assert board.document_for(own, Role.GUEST) == "b"
    own.vessel_id = "dart"
    assert board.document_for(own, Role.GUEST) == "a"
    assert board.document_for(own, Role.CREW) == "waiver"


@pytest.mark.usefixtures("table")
def test_shown_passes_over_a_document_that_was_never_published() -> None:
    event = make_event(guest_text="ballast")

    assert texts.shown(event)[Role.GUEST]["en"].document == "waiver"


@pytest.mark.usefixtures("table")
def test_shown_has_no_shipped_words_beside_others_in_another_language() -> None:
    publishing.publish(draft=make_draft(), by=ALICE)

    assert list(texts.shown(make_event())[Role.GUEST]) == ["en"]
    assert publishing.publish_shipped() is False


@pytest.mark.usefixtures("table")
def test_shown_reads_again_after_a_minute() -> None:
    event = make_event()
    texts.shown(event)
    stale = [*boards._memory]
    publishing.publish_shipped()
    publishing.publish(draft=make_draft(), by=ALICE)

    boards._memory[:] = stale
    before = texts.shown(event)[Role.GUEST]["en"]
    boards._memory[:] = [(stale[0][0] - boards.SECONDS, stale[0][1])]
    after = texts.shown(event)[Role.GUEST]["en"]

    assert (before.number, after.number) == (1, 2)


# What may be signed


@pytest.mark.usefixtures("table")
def test_accepted_takes_what_is_shown_and_no_other_document() -> None:
    publishing.publish_shipped()
    other = publishing.publish(draft=make_draft(document="crew-agreement"), by=ALICE)
    event = make_event(crew_text="crew-agreement")
    guests = shipped_texts.text()

    assert texts.accepted(event, Role.GUEST, guests.sha256) == guests
    assert texts.accepted(event, Role.GUEST, other.sha256) is None
    assert texts.accepted(event, Role.CREW, guests.sha256) is None
    assert texts.accepted(event, Role.CREW, "0" * 64) is None
    assert texts.accepted(event, Role.CREW, "nonsense") is None


@pytest.mark.usefixtures("table")
def test_accepted_takes_an_earlier_version_until_everyone_must_sign_again() -> None:
    publishing.publish_shipped()
    event, first = make_event(), shipped_texts.text()

    publishing.publish(draft=make_draft(), by=ALICE)
    kept = texts.accepted(event, Role.GUEST, first.sha256)
    publishing.publish(draft=make_draft(body="# Other {other}\n\nWords."), must_sign_again=True, by=ALICE)

    assert kept == first
    assert texts.accepted(event, Role.GUEST, first.sha256) is None
    assert texts.accepted(event, Role.GUEST, texts.current().sha256) == texts.current()


@pytest.mark.usefixtures("table")
def test_accepted_takes_a_ticket_after_another_document_was_chosen() -> None:
    publishing.publish_shipped()
    publishing.publish(draft=make_draft(document="charter"), by=ALICE)
    event, first = make_event(), shipped_texts.text()
    ticket = texts.ticket(event, Role.GUEST, first)
    for_all = texts.ticket(event, "", first)
    event.guest_text = event.crew_text = "charter"
    other = make_event(slug="2026-05-24", guest_text="charter")

    assert texts.accepted(event, Role.GUEST, first.sha256) is None
    assert texts.accepted(event, Role.GUEST, ticket) == first
    assert texts.accepted(event, Role.CREW, ticket) is None
    assert texts.accepted(event, Role.CREW, for_all) == first
    assert texts.accepted(other, Role.GUEST, ticket) is None
    assert texts.accepted(event, Role.GUEST, ticket[:-1] + ("0" if ticket[-1] != "0" else "1")) is None
    assert texts.accepted(event, Role.GUEST, f"{first.sha256}.") is None


@pytest.mark.usefixtures("table")
def test_accepted_takes_what_another_process_published_and_chose_a_moment_ago() -> None:
    publishing.publish_shipped()
    event = make_event()
    texts.shown(event)
    stale = [*boards._memory]
    published = publishing.publish(draft=make_draft(document="charter"), by=ALICE)
    choose(boards.read(), {("default", "guest"): "charter"})
    ticket = texts.ticket(event, "", texts.current(document="charter"))

    boards._memory[:] = stale
    text = texts.accepted(event, Role.GUEST, ticket)

    assert text is not None
    assert text.sha256 == published.sha256


@pytest.mark.usefixtures("table")
def test_must_sign_again_holds_for_one_language_and_lasts() -> None:
    publishing.publish_shipped()
    publishing.publish(draft=make_draft(), must_sign_again=True, by=ALICE)
    publishing.publish(draft=make_draft(body="# Other {other}\n\nWords."), by=ALICE)

    versions = ("waiver-en-1", "waiver-en-2", "waiver-en-3", "waiver-es-1", "other-en-1")
    assert [texts.still_counts(version) for version in versions] == [False, True, True, True, False]


@pytest.mark.usefixtures("table")
def test_add_missing_publishes_every_language_with_the_first_signature() -> None:
    text = texts.shown(make_event())[Role.GUEST]["es"]
    unit = Unit()

    texts.add_missing(unit, text)
    unit.commit()
    texts.remember(text)

    assert {row.language for row in boards.read().current.values()} == {"en", "es"}
    assert not boards.read().is_unpublished
    again = Unit()
    texts.add_missing(again, text)
    assert len(again) == 0


@pytest.mark.usefixtures("table")
def test_count_is_summed_over_departures() -> None:
    publishing.publish_shipped()
    text = texts.current()
    for day in range(1, 29):
        unit = Unit()
        event = make_event(slug=f"2026-06-{day:02}")
        texts.count(unit, text, event)
        texts.count(unit, text, event)
        unit.commit()

    assert publishing.signed_counts() == {"waiver-en-1": 56}
    assert 1 < len(Row.collection("WAIVERTEXT#COUNT")) <= texts.SHARDS


@pytest.mark.usefixtures("table")
def test_publish_keeps_the_consent_s_version_when_the_operator_is_renamed() -> None:
    draft = {"consent": "[operator] may mail me."}
    publishing.publish(draft=make_draft(**draft), by=ALICE)

    with override_settings(SCC_OPERATOR="Bay Sail"):
        published = publishing.publish(draft=make_draft(**draft), by=ALICE)

    assert (published.number, published.consent_version) == (2, 1)
