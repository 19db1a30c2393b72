"""Cells of files that people open in a spreadsheet."""

from __future__ import annotations

# What begins so is taken for a formula, and run; the wide ones too, where people write Chinese or Japanese.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULAS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def plain(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: as it is, or behind an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULAS) else text
