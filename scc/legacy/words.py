"""The older tool's words for methods of payment and for the crew's roles, as ours."""

from __future__ import annotations

from events.rows import CrewRole
from payments.importing.words import method_of
from payments.methods import SHIPPED
from scc.dynamo.folding import fold
from scc.imports.lines import BadLine

NO_ROLE = CrewRole.DECKHAND
NO_METHOD = "other"

_ROLES = {
    "skipper": CrewRole.CAPTAIN,
    "master": CrewRole.CAPTAIN,
    "capt": CrewRole.CAPTAIN,
    "capt.": CrewRole.CAPTAIN,
    "first mate": CrewRole.MATE,
    "deck hand": CrewRole.DECKHAND,
    "deck": CrewRole.DECKHAND,
    "crew": CrewRole.DECKHAND,
    "cook": CrewRole.STEWARD,
    "stewardess": CrewRole.STEWARD,
    "host": CrewRole.STEWARD,
    "naturalist": CrewRole.GUIDE,
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
    said = " ".join(fold(text).split())
    known = {fold(word): role for role in CrewRole for word in (role.value, role.label)}
    found = known.get(said) or _ROLES.get(said)
    return (found.value, "") if found else (NO_ROLE.value, f"role {text!r} is taken as {NO_ROLE.value}")
