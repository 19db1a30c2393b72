"""Names that may be the same person's, or the same family's, as people write them on a dock.

Loose on purpose: what comes from here is suggested to staff, and never decides by itself.
"""

from __future__ import annotations

from difflib import SequenceMatcher

from scc.dynamo.folding import fold

# How alike two words must be, from 0 to 1: "jon" and "john" are 0.86, "ana" and "maria" 0.5.
_WORD = 0.7
_NAME = 0.82
# Initials and particles are shared by everyone.
_SHORTEST_SHARED = 3


def words_of(name: str) -> list[str]:
    """Return the words of `name` without case, accents and punctuation, in order of the alphabet."""
    folded = fold(name).replace("'", "").replace("\u2019", "")
    return sorted("".join(char if char.isalnum() else " " for char in folded).split())


def likeness(name: str, other: str) -> float:
    """Return how alike two names are, from 0 to 1; 0 where they are not.

    The order of the words does not matter, nor those that only the longer of the names has, unless one word is all
    that is left; a letter or two may differ.
    """
    shorter, longer = sorted((words_of(name), words_of(other)), key=lambda words: (len(words), words))
    if not shorter or (len(shorter) == 1 < len(longer)):
        return 0.0
    left = list(longer)
    found = 0.0
    for word in shorter:
        best = max(left, key=lambda each: _alike(word, each))
        if _alike(word, best) < _WORD:
            return 0.0
        found += _alike(word, best) * len(word)
        left.remove(best)
    average = found / sum(map(len, shorter))
    # The same words rank before a part of them.
    return average - 0.02 * len(left) if average >= _NAME else 0.0


def shared(name: str, other: str) -> str:
    """Return the longest word that two names have in common, as of a family; "" where there is none."""
    common = {word for word in words_of(name) if len(word) >= _SHORTEST_SHARED} & set(words_of(other))
    return max(common, key=len, default="")


def _alike(word: str, other: str) -> float:
    return 1.0 if word == other else SequenceMatcher(None, word, other, autojunk=False).ratio()
