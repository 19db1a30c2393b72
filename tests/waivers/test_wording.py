from __future__ import annotations

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from tests.waivers.test_texts import BODY, new_draft
from waivers import wording
from waivers.canonical import sha256
from waivers.languages import HEADINGS, LANGUAGES, counts_for
from waivers.rows import Validity


def test_parse_reads_headings_and_paragraphs() -> None:
    title, clauses = wording.parse(f"Waiver\n\n{BODY}\n")

    assert title == "Waiver"
    assert [(clause.key, clause.heading, clause.paragraphs) for clause in clauses] == [
        ("risks", "The risks", ("The sea is wet.",)),
        ("law", "The law", ("[operator] says so.",)),
    ]


def test_parse_reads_where_initials_are_asked() -> None:
    _, clauses = wording.parse("Waiver\n\n# A {a}\n\nOne.\n\n# You give up claims {release initials}\n\nTwo.")

    assert [(clause.key, clause.asks_initials) for clause in clauses] == [("a", False), ("release", True)]


def test_parse_keeps_lists() -> None:
    _, [clause] = wording.parse("Waiver\n\n# Bring {bring}\n\nThese:\n\n- a hat\n  - or two\n- shoes\n\nNo more.")

    assert clause.body == "These:\n\n- a hat\n  - or two\n- shoes\n\nNo more."
    assert "<ul>\n<li>a hat\n<ul>\n<li>or two</li>" in clause.html


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
        "# One {one initial}\n\nText.",
        "# One {one}\nText without a blank line.",
        "# One {one}\n\nText\n# Two {two}\n\nText.",
        *(f"# Mine {{{key}}}\n\nText." for key in wording.STATEMENTS),
    ],
)
def test_check_body_refuses_what_is_not_of_the_format(body: str) -> None:
    with pytest.raises(wording.BadText):
        wording.check_body(body)


def test_check_depth_refuses_lists_whose_words_would_be_lost() -> None:
    text = wording.compose(new_draft(body="# Deep {deep}\n\n" + "- " * 50 + "word"), number=1, consent_version=1)

    with pytest.raises(wording.BadText, match="Deep: Lists may stand 4 deep"):
        wording.check_depth(text)


def test_compose_writes_all_that_a_signer_reads() -> None:
    draft = new_draft(authority="I am\nher mother.", orientation="I was shown.", button="I sign")

    text = wording.compose(draft, number=3, consent_version=2)

    assert text.version == "waiver-en-3"
    assert text.source.splitlines()[:3] == [
        "Waiver",
        "",
        "Version waiver-en-3, consent 2. A signature counts for its departure.",
    ]
    assert (text.consent, text.adult, text.assent) == ("I consent.", "I am of age.", "I agree.")
    assert (text.authority, text.orientation, text.button) == ("I am her mother.", "I was shown.", "I sign")
    assert [clause.key for clause in text.clauses] == ["risks", "law"]
    assert text.asks_initials == []


@given(st.text(max_size=80), st.text(max_size=80))
def test_compose_keeps_what_is_ticked_word_by_word(consent: str, title: str) -> None:
    try:
        text = wording.compose(new_draft(consent=consent, title=title), number=1, consent_version=1)
    except wording.BadText:
        return

    assert text.title == " ".join(title.split())
    assert text.consent == " ".join(consent.split())
    assert [clause.key for clause in text.clauses] == ["risks", "law"]


def test_compose_leaves_out_what_the_text_does_not_ask() -> None:
    text = wording.compose(new_draft(), number=1, consent_version=1)

    assert (text.authority, text.orientation) == ("", "")
    assert "{authority}" not in text.source


@override_settings(SCC_OPERATOR="Bay Sail")
def test_compose_names_the_operator() -> None:
    text = wording.compose(new_draft(consent="[operator] may mail me."), number=1, consent_version=1)

    assert "Bay Sail says" in text.source
    assert text.consent == "Bay Sail may mail me."


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"document": "Waiver"}, "document"),
        ({"document": "a--b"}, "document"),
        ({"document": "x" * 41}, "document"),
        ({"title": " "}, "title"),
        ({"title": "# Waiver"}, "title"),
        ({"consent": ""}, "consent"),
        ({"button": " "}, "button"),
        ({"assent": "# I agree {assent}"}, "assent"),
        ({"validity": "for ever"}, "validity"),
        ({"validity": "season"}, "season_ends"),
        ({"validity": "season", "season_ends": "10-32"}, "season_ends"),
        ({"validity": "season", "season_ends": "1-1"}, "season_ends"),
        ({"validity": "season", "season_ends": "2026-10-31"}, "season_ends"),
        ({"body": "None."}, "body"),
    ],
)
def test_compose_refuses(changes: dict[str, str], field: str) -> None:
    with pytest.raises(wording.BadText) as refused:
        wording.compose(new_draft(**changes), number=1, consent_version=1)

    assert refused.value.field == field


def test_compose_keeps_a_season_for_a_season_s_text_alone() -> None:
    season = wording.compose(new_draft(validity="season", season_ends="10-31"), number=1, consent_version=1)
    event = wording.compose(new_draft(validity="event", season_ends="10-31"), number=1, consent_version=1)

    assert (season.season_ends, event.season_ends) == ("10-31", "")
    assert "to the end of the season, 31 October." in season.source


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("validity", Validity)
def test_every_language_says_how_long_a_signature_counts(language: str, validity: Validity) -> None:
    assert counts_for(language, validity, "02-29").endswith(".")
    assert set(HEADINGS[language]) == set(wording.STATEMENTS)


def test_is_intact_notices_a_flipped_letter_and_a_changed_attribute() -> None:
    text = wording.compose(new_draft(), number=1, consent_version=1)
    touched = {"text": text.source.replace("wet", "wit"), "number": 2, "validity": "year", "document": "other"}

    assert wording.is_intact(wording.snapshot_of(text))
    for name, value in touched.items():
        snapshot = wording.snapshot_of(text)
        setattr(snapshot, name, value)
        assert not wording.is_intact(snapshot), name


def test_is_intact_notices_words_whose_hash_was_made_to_fit() -> None:
    text = wording.compose(new_draft(), number=1, consent_version=1)
    snapshot = wording.snapshot_of(text)
    snapshot.text = text.source.replace("waiver-en-1", "waiver-en-9")
    snapshot.sha256 = sha256(snapshot.text)

    assert not wording.is_intact(snapshot)


def test_read_gives_back_what_was_stored() -> None:
    text = wording.compose(new_draft(validity="season", season_ends="10-31"), number=1, consent_version=1)

    assert wording.read(wording.snapshot_of(text)) == text
