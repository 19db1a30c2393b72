"""What differs between two texts: by clause, by paragraph, and by word.

What is compared is what was written, marks included, so that a word made strong is a change too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal

from waivers.wording import INITIALS, STATEMENTS, Text

State = Literal["same", "changed", "added", "removed"]

# Below this likeness word by word reads as confetti; then the whole paragraph is out and the new one in.
ALIKE = 0.35
# Of a paragraph that is compared word by word: ten thousand that repeat each other take some seconds.
MOST_WORDS = 2_000


@dataclass(frozen=True)
class Piece:
    """Some words of a paragraph."""

    state: State
    words: str


Paragraph = list[Piece]

# Where a paragraph, or an entry of a list, begins.
_ENTRY = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)])\s)")


@dataclass(frozen=True)
class Change:
    """A clause, or something else with a heading, in both texts or in one."""

    state: State
    heading: Paragraph
    paragraphs: list[Paragraph]


@dataclass(frozen=True)
class _Part:
    key: str
    heading: str
    paragraphs: tuple[str, ...]


def compare(before: Text, after: Text) -> list[Change]:
    """Return every part of both texts in the order of `after`; what was taken out stands where it was."""
    old, new = _parts(before), _parts(after)
    found: list[Change] = []
    keys = SequenceMatcher(None, [part.key for part in old], [part.key for part in new], autojunk=False)
    moved = {part.key: part for part in old}
    staying = {part.key for part in new}
    for _, old_from, old_to, new_from, new_to in keys.get_opcodes():
        found += [_one_sided("removed", part) for part in old[old_from:old_to] if part.key not in staying]
        for part in new[new_from:new_to]:
            other = moved.get(part.key)
            found.append(_changed(other, part) if other else _one_sided("added", part))
    return found


def _parts(text: Text) -> list[_Part]:
    parts = [_Part("", "Title", (text.title,))]
    for clause in text.clauses:
        heading = f"{clause.heading} ({INITIALS})" if clause.asks_initials else clause.heading
        parts.append(_Part(clause.key, heading, tuple(" ".join(each.split()) for each in _ENTRY.split(clause.body))))
    ticked = [(key, text.statement(key)) for key in STATEMENTS]
    parts += [_Part(key, _WORDS[key], (words,)) for key, words in ticked if words]
    return [*parts, _Part("counts", "How long a signature counts", (text.counts_for,))]


# The staff's pages are in English, whatever the text's language.
_WORDS = {
    "consent": "Ticked: consent to sign electronically",
    "adult": "Ticked: of age",
    "authority": "Ticked: right to sign for a child",
    "assent": "Ticked: agreement",
    "orientation": "Ticked: safety orientation",
    "button": "The button",
}


def _one_sided(state: State, part: _Part) -> Change:
    return Change(state, [Piece(state, part.heading)], [[Piece(state, words)] for words in part.paragraphs])


def _changed(before: _Part, after: _Part) -> Change:
    if (before.heading, before.paragraphs) == (after.heading, after.paragraphs):
        return Change("same", [Piece("same", after.heading)], [[Piece("same", words)] for words in after.paragraphs])
    heading = list(_words(before.heading, after.heading))
    return Change("changed", heading, list(_paragraphs(before.paragraphs, after.paragraphs)))


def _paragraphs(before: Sequence[str], after: Sequence[str]) -> Iterator[Paragraph]:
    for verb, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if verb == "equal":
            yield from ([Piece("same", words)] for words in after[new_from:new_to])
            continue
        for old, new in zip_longest(before[old_from:old_to], after[new_from:new_to], fillvalue=""):
            yield list(_words(old, new))


def _words(before: str, after: str) -> Iterator[Piece]:
    old, new = before.split(), after.split()
    matcher = SequenceMatcher(None, old, new)
    if max(len(old), len(new)) > MOST_WORDS or matcher.ratio() < ALIKE:
        yield from _swapped(before, after)
        return
    for verb, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if verb == "equal":
            yield Piece("same", " ".join(new[new_from:new_to]))
        else:
            yield from _swapped(" ".join(old[old_from:old_to]), " ".join(new[new_from:new_to]))


def _swapped(before: str, after: str) -> Iterator[Piece]:
    if before:
        yield Piece("removed", before)
    if after:
        yield Piece("added", after)
