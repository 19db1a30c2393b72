"""References of the other side that came before: the same check or the same transfer, about to be logged again."""

from __future__ import annotations

from payments import books
from payments.books import Book
from payments.rows import Kind, Payment, Reference
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


def standing(method: str, text: str) -> list[Payment]:
    """Return the payments that have this reference, by this method, and are not void.

    One Query, and one for each departure where there is an entry with it.
    """
    ledgers = [books.read(slug) for slug in sorted({row.event_id for row in seen(method, text)})]
    return [entry for book in ledgers for entry in book.entries if _stands(entry, book, method, text)]


def _stands(entry: Payment, book: Book, method: str, text: str) -> bool:
    is_same = entry.method == method and Reference.digest_of(entry.external_reference) == Reference.digest_of(text)
    return is_same and entry.entry_kind == Kind.PAYMENT and entry.reference not in book.voided


def where(row: Reference) -> str:
    """Return where it stands: K7MXQ4 of 2026-05-23."""
    return f"{row.reference} of {row.event_id}"
