"""Text that people typed: names and single lines, notes of several, e-mail addresses.

Stored in NFC, so that the same name is the same bytes. What cannot be seen is taken out, or a name could be blank
and not look it, or look like another. What would break a letter's header or a terminal is refused.
"""

from __future__ import annotations

import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

LONGEST_NAME = 200
LONGEST_NOTE = 2000

_JOINERS = "\u200c\u200d"
# From here on scripts begin in which a joiner inside a word changes how the word is written: Arabic and the Indic ones.
_JOINED_SCRIPTS = "\u0600"
# Letters by their category, blank by their looks.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")


class BadText(ValueError):
    """Text that cannot be taken; says why, for whoever typed it."""


def clean_name(text: str, *, limit: int = LONGEST_NAME) -> str:
    """Return a name, or any single line that must say something. Raises BadText, also when nothing is visible."""
    line = clean_line(text, limit=limit)
    if not is_visible(line):
        raise BadText(_("Must not be blank."))
    return line


def is_visible(text: str) -> bool:
    """Say whether anything of `text` is to be seen."""
    return any(_is_visible(char) for char in text)


def clean_line(text: str, *, limit: int = LONGEST_NAME) -> str:
    """Return `text` on one line, with single spaces; it may be empty. Raises BadText."""
    return _measured(" ".join(_visible(text).split()), limit)


def clean_note(text: str, *, limit: int = LONGEST_NOTE) -> str:
    """Return `text` with its line breaks as "\\n"; it may be empty. Raises BadText."""
    lines = [_visible(line).rstrip() for line in text.splitlines()]
    return _measured("\n".join(lines).strip(), limit)


def clean_email(text: str) -> str:
    """Return one bare address, or "" when there is none. Raises BadText."""
    address = clean_line(text, limit=254)
    if not address:
        return ""
    try:
        validate_email(address)
    except ValidationError as exc:
        raise BadText("Must be an e-mail address such as ana@example.com.") from exc
    return address


def _measured(text: str, limit: int) -> str:
    if len(text) > limit:
        raise BadText(
            _("Must be at most %(limit)s characters; it has %(length)s.") % {"limit": limit, "length": len(text)}
        )
    return text


def _visible(text: str) -> str:
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise BadText(_("Holds a character that is not text."))
    normal = unicodedata.normalize("NFC", text)
    kept = (char for place, char in enumerate(normal) if char.isspace() or not _is_hidden(normal, place))
    return "".join(kept)


def _is_hidden(text: str, place: int) -> bool:
    char = text[place]
    if char in _JOINERS:
        return not (place and text[place - 1] >= _JOINED_SCRIPTS)
    return unicodedata.category(char) in {"Cc", "Cf", "Co", "Cn"}


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNPS" and char not in _BLANK_LETTERS
