from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waivers.test_texts import new_draft
from waivers import diffs, wording
from waivers.diffs import Change, Paragraph


def make_text(*clauses: str, **attributes: str) -> wording.Text:
    return wording.compose(new_draft(body="\n\n".join(clauses), **attributes), number=1, consent_version=1)


def said(paragraph: Paragraph) -> str:
    """Return a paragraph with what is new in [+...] and what is taken out in [-...]."""
    marks = {"same": "{}", "added": "[+{}]", "removed": "[-{}]"}
    return " ".join(marks[piece.state].format(piece.words) for piece in paragraph)


def changed(before: wording.Text, after: wording.Text) -> list[Change]:
    return [change for change in diffs.compare(before, after) if change.state != "same"]


RISKS = "# The risks {risks}\n\nThe sea is wet and cold in May."
LAW = "# The law {law}\n\nIt holds."


def test_compare_of_the_same_finds_nothing() -> None:
    assert changed(make_text(RISKS, LAW), make_text(RISKS, LAW)) == []


def test_compare_finds_words() -> None:
    [change] = changed(make_text(RISKS, LAW), make_text(RISKS.replace("and cold", "or warm"), LAW))

    assert change.state == "changed"
    assert said(change.heading) == "The risks"
    assert [said(paragraph) for paragraph in change.paragraphs] == ["The sea is wet [-and cold] [+or warm] in May."]


def test_compare_swaps_a_paragraph_that_is_another() -> None:
    [change] = changed(make_text(LAW), make_text("# The law {law}\n\nNothing of this stays."))

    assert said(change.paragraphs[0]) == "[-It holds.] [+Nothing of this stays.]"


def test_compare_finds_clauses_that_came_and_went() -> None:
    found = changed(make_text(RISKS, LAW), make_text(LAW, "# New {new}\n\nWords."))

    assert [(change.state, said(change.heading)) for change in found] == [
        ("removed", "[-The risks]"),
        ("added", "[+New]"),
    ]


def test_compare_takes_a_moved_clause_for_the_same() -> None:
    found = diffs.compare(make_text(RISKS, LAW), make_text(LAW, RISKS))

    assert [said(change.heading) for change in found[1:3]] == ["The law", "The risks"]
    assert {change.state for change in found} == {"same"}


def test_compare_tells_when_initials_are_asked() -> None:
    [change] = changed(make_text(RISKS), make_text(RISKS.replace("{risks}", "{risks initials}")))

    assert said(change.heading) == "The risks [+(initials)]"


def test_compare_takes_a_list_line_by_line() -> None:
    before = make_text("# Bring {bring}\n\nThese:\n- a hat\n- shoes")

    [change] = changed(before, make_text("# Bring {bring}\n\nThese:\n- a hat\n- a coat\n- shoes"))

    assert [said(line) for line in change.paragraphs] == ["These:", "- a hat", "[+- a coat]", "- shoes"]


@pytest.mark.parametrize(
    ("changes", "heading"),
    [
        ({"title": "Release"}, "Title"),
        ({"consent": "I consent to all."}, "Ticked: consent to sign electronically"),
        ({"orientation": "I was shown."}, "[+Ticked: safety orientation]"),
        ({"button": "Go"}, "The button"),
        ({"validity": "year"}, "How long a signature counts"),
    ],
)
def test_compare_tells_of_all_that_a_signer_reads(changes: dict[str, str], heading: str) -> None:
    [change] = changed(make_text(RISKS), make_text(RISKS, **changes))

    assert said(change.heading) == heading


WORDS = st.lists(st.sampled_from(["sea", "wet", "cold", "captain", "law"]), min_size=1, max_size=40).map(" ".join)


@given(WORDS, WORDS)
def test_compare_shows_all_of_both(old: str, new: str) -> None:
    before, after = make_text(f"# A {{a}}\n\n{old}"), make_text(f"# A {{a}}\n\n{new}")

    [paragraph] = diffs.compare(before, after)[1].paragraphs

    assert " ".join(piece.words for piece in paragraph if piece.state != "added") == old
    assert " ".join(piece.words for piece in paragraph if piece.state != "removed") == new


def test_compare_of_the_longest_texts_ends_soon() -> None:
    words = [f"w{place % 97} the" for place in range(9_000)]
    paragraphs = [" ".join(words[place : place + 900]) for place in range(0, len(words), 900)]
    before = make_text("# A {a}\n\n" + "\n\n".join(paragraphs))
    after = make_text(
        "# A {a}\n\n" + "\n\n".join(" ".join(each.split()[::-1]) for each in paragraphs),
        "# B {b}\n\n" + " ".join(words),
    )
    began = perf_counter()

    diffs.compare(before, after)

    assert perf_counter() - began < 5
