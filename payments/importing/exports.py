"""What the exports of other systems have in common."""

from __future__ import annotations

import re

from events.slugs import BadSlug, parse
from scc.imports import amounts
from scc.imports.lines import BadLine
from scc.money import decimal_text

_SLUG = re.compile(r"(?<![0-9A-Za-z-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?:-[a-z0-9]+)*(?![0-9A-Za-z-])")


def event_in(*texts: str) -> str:
    """Return the departure that one of `texts` names by its slug, "" where none does, or several do."""
    found = {slug for text in texts for slug in _SLUG.findall(text) if _is_slug(slug)}
    return found.pop() if len(found) == 1 else ""


def _is_slug(text: str) -> bool:
    try:
        parse(text)
    except BadSlug:
        return False
    return True


def cents_of(cell: str, column: str) -> int:
    """Return an amount in cents, 0 where the cell is blank. Raises BadLine, which names the column."""
    try:
        return amounts.read(cell) if cell else 0
    except BadLine as exc:
        raise BadLine(f"{column}: {exc}") from exc


def written(cents: int) -> str:
    """Return an amount as our own column has it; "" where it is nothing."""
    return decimal_text(cents) if cents else ""
