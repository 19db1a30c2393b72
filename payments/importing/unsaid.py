"""Imported entries that no line of the file names: among them is what a line without `external_id` may say.

They are looked up by what a line must have in common with its entry, as there may be thousands of both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

from payments.drafts import Draft
from payments.importing import differences
from payments.rows import Payment

_ANY = "any"


class Unsaid:
    """Entries, each of which one line may be."""

    def __init__(self, entries: Iterable[Payment]) -> None:
        self._by: dict[Hashable, dict[str, Payment]] = defaultdict(dict)
        for entry in entries:
            for key in _keys_of(entry):
                self._by[key][entry.ulid] = entry

    def take_same(self, draft: Draft) -> Payment | None:
        """Return the entry that says what `draft` does, in all, and let no other line have it."""
        found = self._by.get(_by_name_and_money(draft), {}).values()
        return self._taken(next((each for each in found if differences.is_same(draft, each)), None))

    def take_edited(self, draft: Draft, *, says_when: bool) -> Payment | None:
        """Return the entry that is `draft` before it was edited, and let no other line have it."""
        found = (each for key in _keys_to(draft, says_when) for each in self._by.get(key, {}).values())
        same = (each for each in found if differences.is_edited(draft, each, says_when=says_when))
        return self._taken(next(same, None))

    def _taken(self, entry: Payment | None) -> Payment | None:
        if entry is not None:
            for key in _keys_of(entry):
                del self._by[key][entry.ulid]
        return entry


def _keys_of(entry: Payment) -> Iterator[Hashable]:
    yield _by_name_and_money(entry)
    yield _by_name_and_method(entry)
    for when in (_ANY, entry.paid_at, *(("recorded",) if entry.paid_at == entry.recorded_at else ())):
        yield _by_money_and_method(entry, when)
        yield _by_all_but_rest(entry, when)


def _keys_to(draft: Draft, says_when: bool) -> Iterator[Hashable]:
    """Give what it has in common with each entry that differs in one thing.

    Two of name, money and method, and all the rest; where the name differs, the time must not. Or these three and the
    time.
    """
    yield _by_name_and_money(draft)
    yield _by_name_and_method(draft)
    # The ledger takes no later moment than its own.
    for when in (draft.paid_at, "recorded") if says_when else (_ANY,):
        yield _by_money_and_method(draft, when)
        yield _by_all_but_rest(draft, when)


def _by_name_and_money(said: Draft | Payment) -> Hashable:
    return "name and money", said.patron_name, said.amount_cents, said.tip_cents, *_rest(said)


def _by_name_and_method(said: Draft | Payment) -> Hashable:
    return "name and method", said.patron_name, said.method, *_rest(said)


def _by_money_and_method(said: Draft | Payment, when: Hashable) -> Hashable:
    return "money and method", said.amount_cents, said.tip_cents, said.method, when, *_rest(said)


def _by_all_but_rest(said: Draft | Payment, when: Hashable) -> Hashable:
    return "all but the rest", said.patron_name, said.amount_cents, said.tip_cents, said.method, when


def _rest(said: Draft | Payment) -> tuple[str, ...]:
    return said.external_reference or "", said.note or "", said.patron_email or ""
