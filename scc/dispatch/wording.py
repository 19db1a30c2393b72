"""What is said within a sentence."""

from __future__ import annotations

from payments import methods

# Common nouns. Any other label is a name, Venmo, or a word of the operator's own, and keeps its letters.
_NOUNS = frozenset({"cash", "card", "check", "credit", "other"})


def method_word(code: str) -> str:
    """Return what people call the method `code` in the middle of a sentence: cash, Venmo."""
    label = methods.label(code)
    return label.lower() if label.lower() in _NOUNS else label
