"""The older tool's words for methods of payment, for the crew's roles and for where a departure stands, as ours."""

from __future__ import annotations

from events.importing import crew_lines
from events.rows import CrewRole, Status
from payments.importing.words import method_of
from payments.methods import SHIPPED
from scc.dynamo.folding import fold
from scc.imports.lines import BadLine

NO_ROLE = CrewRole.DECKHAND
NO_METHOD = "other"

_STATUSES = {
    **dict.fromkeys(("canceled", "called off"), Status.CANCELLED),
    **dict.fromkeys(("complete", "done", "finished", "sailed", "closed", "past"), Status.COMPLETED),
    **dict.fromkeys(("active", "confirmed", "open", "planned", "upcoming"), Status.SCHEDULED),
}


def is_method(text: str) -> bool:
    """Say whether a word means a method of payment that the operator has."""
    try:
        method_of(text)
    except BadLine:
        return False
    return True


def is_shipped(text: str) -> bool:
    """Say whether a word is the name of a method that every operator has."""
    return fold(text) in {fold(name) for method in SHIPPED for name in (method.code, method.label)}


def role_of(text: str) -> tuple[str, str]:
    """Return a role, and what was guessed, "" where nothing was."""
    if not text:
        return NO_ROLE.value, f"no role is said: {NO_ROLE.value}"
    try:
        return crew_lines.role_of(text), ""
    except BadLine:
        return NO_ROLE.value, f"role {text!r} is taken as {NO_ROLE.value}"


def status_of(text: str) -> tuple[str, list[str]]:
    """Return where a departure stands, "" where nothing says it, and what was guessed. Raises BadLine."""
    if not text:
        return "", []
    ours = {fold(word): status for status in Status for word in (status.value, status.label)}
    if found := ours.get(fold(text)):
        return found.value, []
    if found := _STATUSES.get(fold(text)):
        return found.value, [f"{text!r} is taken as {found.value}"]
    raise BadLine(f"{text!r} is none of {', '.join(Status.values)}")
