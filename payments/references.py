"""References of the other side that came before: the same check or the same transfer, about to be logged again."""

from __future__ import annotations

from payments.rows import Reference
from scc.text import BadText, clean_line

# More than these say nothing more.
MOST = 5


def seen(method: str, text: str) -> list[Reference]:
    """Return entries that have this reference, by this method, MOST at most. One Query; none for what is no reference.

    Spaces and case make no other reference. Entries that are void are among them: the slip may be in the new one.
    """
    try:
        reference = clean_line(text)
    except BadText:
        return []
    if not reference or not method:
        return []
    known = {"method": method, "digest": Reference.digest_of(reference)}
    return Reference.listing(known=known, limit=MOST).rows


def where(row: Reference) -> str:
    """Return where it stands: K7MXQ4 of 2026-05-23."""
    return f"{row.reference} of {row.event_id}"
