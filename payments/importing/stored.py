"""What is stored of a departure, as the lines of a file are looked for in it."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from events.rows import Patron
from payments.books import Book
from payments.drafts import Draft
from payments.rows import Kind, Payment, Reference
from scc.dynamo.folding import fold


class Stored:
    """A departure's entries as lines are looked for among them."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.by_key = {entry.import_key: entry for entry in book.entries if entry.import_key}

    @cached_property
    def parties(self) -> dict[str, list[Patron]]:
        found: dict[str, list[Patron]] = defaultdict(list)
        for party in self.book.parties.values():
            found[party.folded_name].append(party)
        return found

    @cached_property
    def by_reference(self) -> dict[tuple[str, str], list[Payment]]:
        """Payments by their method and their reference's digest."""
        found: dict[tuple[str, str], list[Payment]] = defaultdict(list)
        for entry in self.book.entries:
            if entry.entry_kind == Kind.PAYMENT and entry.external_reference:
                found[entry.method, Reference.digest_of(entry.external_reference)].append(entry)
        return found

    @cached_property
    def _correcting(self) -> dict[str, Payment]:
        corrects = (entry for entry in self.book.entries if entry.entry_kind == Kind.PAYMENT)
        return {entry.corrects: entry for entry in corrects if entry.corrects}

    def versions(self, entry: Payment) -> list[Payment]:
        """Return the entry, and what staff made of it since."""
        found = [entry]
        while after := self._correcting.get(found[-1].reference):
            found.append(after)
        return found

    @cached_property
    def _by_hand(self) -> dict[tuple[str, int, str], list[Payment]]:
        """Payments that staff logged, as they are now, by name, amount and method."""
        found: dict[tuple[str, int, str], list[Payment]] = defaultdict(list)
        for entry in self.book.entries:
            is_by_hand = entry.entry_kind == Kind.PAYMENT and not entry.import_key and not entry.corrects
            last = self.versions(entry)[-1] if is_by_hand else None
            if last is not None and last.reference not in self.book.voided:
                found[last.folded_name, last.amount_cents, last.method].append(last)
        return found

    def take_look_alike(self, draft: Draft) -> Payment | None:
        """Return a payment that was logged by hand and may be the draft's, once; None where there is none.

        Two with references of their own are two.
        """
        alike = self._by_hand.get((fold(draft.patron_name), draft.amount_cents, draft.method), [])
        own = draft.external_reference
        entry = next((each for each in alike if not (own and each.external_reference)), None)
        if entry is not None:
            alike.remove(entry)
        return entry

    def with_reference(self, method: str, text: str) -> list[Payment]:
        return self.by_reference.get((method, Reference.digest_of(text)), []) if text else []
