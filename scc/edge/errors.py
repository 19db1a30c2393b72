"""What goes wrong between here and AWS, with the next step in the message."""

from __future__ import annotations

_RAISED = "Traceback (most recent call last):"
_LAST_LINES = 20


class EdgeError(Exception):
    """Something of a deployment is not as it must be. The message is for the operator, and names no secret's value."""


def last_words(said: str) -> str:
    """Return the end of what a program said; of one that raised, the error alone."""
    lines = said.strip().splitlines()
    return "\n".join(lines[-1 if _RAISED in lines else -_LAST_LINES :])
