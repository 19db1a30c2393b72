"""What people type on a waiver's page, cleaned one value at a time. Each raises ValidationError with words for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from scc.text import BadText, clean_line, is_visible
from waivers.coverage import printable

LONGEST_NAME = 120
LONGEST_PHONE = 40
# Of the characters that cannot be printed, so many are named.
MOST_SHOWN = 8


def name(text: str, *, enter: str | Promise) -> str:
    """Return a person's name. enter: what to say where there is none."""
    found = printed(cleaned(clean_line, text, LONGEST_NAME))
    if not _has_letter(found) or not is_visible(found):
        raise ValidationError(str(enter))
    return found


def phone(text: str) -> str:
    """Return a telephone number as it was written, or ""."""
    found = printed(cleaned(clean_line, text, LONGEST_PHONE))
    if found and not any(char.isdigit() for char in found):
        raise ValidationError(_("Enter a phone number with its digits, or leave it empty."))
    return found


def printed(text: str) -> str:
    """Return `text` if the copy can hold it. Refused at entry: never a box in the place of a letter."""
    unknown = printable(text)
    if unknown:
        words = _("Your copy cannot show %(letters)s. Write it in Latin letters, as in your passport.")
        raise ValidationError(words % {"letters": " ".join(unknown[:MOST_SHOWN])})
    return text


def cleaned(clean: Callable[..., str], text: str, limit: int) -> str:
    """Return what `clean` of scc.text makes of `text`."""
    try:
        return clean(text, limit=limit)
    except BadText as exc:
        raise ValidationError(str(exc)) from exc


def _has_letter(text: str) -> bool:
    # U+FFFD stands where bytes were no text.
    return any(unicodedata.category(char)[0] == "L" for char in text) and "\ufffd" not in text


def number(text: str) -> int:
    """Return up to four digits as a number. Raises ValueError."""
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise ValueError(text)
    return int(text)
