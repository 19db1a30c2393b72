"""What is said within a sentence, and of methods beside their buttons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from payments import methods
from payments.methods import Method

# Common nouns. Any other label is a name, Venmo, or a word of the operator's own, and keeps its letters.
_NOUNS = frozenset({"cash", "card", "check", "credit", "other"})


@dataclass(frozen=True)
class Choice:
    """A method to choose, and what it is called in a sentence."""

    method: Method
    word: str


def choices(offered: Iterable[Method]) -> list[Choice]:
    return [Choice(method, _word(method.label)) for method in offered]


def method_word(code: str) -> str:
    """Return what people call the method `code` in the middle of a sentence: cash, Venmo."""
    return _word(methods.label(code))


def _word(label: str) -> str:
    return label.lower() if label.lower() in _NOUNS else label
