"""What became of a letter, for people."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from scc.mail.rows import Letter, State
from scc.mail.transports import LABELS


def outcome(letter: Letter) -> list[str]:
    """Return what each provider answered on the last try, and what came of it: a sentence each."""
    return [line for line in (*letter.error.splitlines(), _end(letter)) if line]


def _end(letter: Letter) -> str:
    match letter.state:
        case State.SENT:
            return _taken(letter)
        case State.SENDING:
            return "It is being sent."
        case State.QUEUED:
            return f"It is tried by itself, {_time(letter.due_at)}."
        case State.FAILED:
            tries = f"{letter.attempts} tries" if letter.attempts != 1 else "1 try"
            return f"It failed for good, {_time(letter.due_at)}, after {tries}."
        case State.REPLACED:
            return "A copy went to another address."
        case State.ERASED:
            return "It was erased before it was sent."
    return ""


def _taken(letter: Letter) -> str:
    number = f", as {letter.message_id}" if letter.message_id else ""
    return f"{LABELS.get(letter.provider, letter.provider)} took it, {_time(letter.sent_at)}{number}."


def _time(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%a %-d %b %Y, %H:%M}"
