from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ulid import ULID

from scc.dynamo.errors import Conflict
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.actors import Actor
from tests.conftest import RequestsMade
from waivers import publishing, shipped_texts, texts, wording
from waivers.canonical import sha256
from waivers.rows import CurrentText, TextSnapshot, TextStatus, WaiverText

ALICE = Actor("alice", "Alice Archer")
BODY = "# The risks {risks}\n\nThe sea is wet.\n\n# The law {law}\n\n[operator] says\nso."


def make_draft(*, body: str = BODY, consent: str = "I consent.", **attributes: Any) -> WaiverText:
    draft = WaiverText(
        ulid=str(ULID()),
        created_at=datetime(2026, 5, 1, tzinfo=UTC),
        title="Waiver",
        body=body,
        consent=consent,
        adult="I am of age.",
        assent="I agree.",
        **attributes,
    )
    unit = Unit()
    unit.put(draft)
    unit.commit()
    return draft


def test_parse_reads_headings_and_paragraphs() -> None:
    title, clauses = wording.parse(f"Waiver\n\n{BODY}\n")

    assert title == "Waiver"
    assert [(clause.key, clause.heading, clause.paragraphs) for clause in clauses] == [
        ("risks", "The risks", ("The sea is wet.",)),
        ("law", "The law", ("[operator] says so.",)),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Nothing but a paragraph.",
        "Before.\n\n# Late {late}\n\nAfter.",
        "# No key\n\nText.",
        "# Bad key {Bad Key}\n\nText.",
        "# Empty {empty}",
        "# Empty {empty}\n\n# Next {next}\n\nText.",
        "# One {one}\n\nText.\n\n# Two {one}\n\nText.",
        "# Mine {consent}\n\nText.",
    ],
)
def test_check_body_refuses_what_is_not_of_the_format(body: str) -> None:
    with pytest.raises(wording.BadText):
        wording.check_body(body)


def test_shipped_text_is_whole() -> None:
    text = shipped_texts.text()

    assert text.version == "waiver-en-1"
    assert {clause.key for clause in text.clauses} >= {"risks", "release", "safety", "law"}
    assert text.button == "I agree and sign"
    assert "[operator]" not in text.source
    assert "Ship Captain Crew" in text.source
    assert text.sha256 == sha256(text.source)


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
