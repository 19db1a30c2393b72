"""Where a line and its entry differ, in both versions of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from payments.drafts import Draft
from payments.rows import Payment
from scc.money import decimal_text


def of_all(draft: Draft, entry: Payment, *, says_when: bool, names: Collection[str] = ()) -> list[str]:
    """Return every difference, such as `amount 50.00 here, 60.00 stored`.

    says_when: whether the line says when. names: what the other system calls the payment; where the reference is one
    of them, here or there, it is another name of the same.
    """
    return [
        *_of_name(draft, entry),
        *of_money(draft, entry),
        *_of_time(draft, entry, says_when),
        *_of_reference(draft, entry, names),
        *_of_rest(draft, entry),
    ]


def of_money(draft: Draft, entry: Payment) -> list[str]:
    """Return what differs of the money that moved, and how it did."""
    return [*_of_amount(draft, entry), *_differing("method", draft.method, entry.method)]


def of_refund(draft: Draft, entry: Payment) -> list[str]:
    """Return what differs of money that was given back, and of when it was."""
    return [*of_money(draft, entry), *_of_time(draft, entry, says_when=True)]


def is_same(draft: Draft, entry: Payment) -> bool:
    """Say whether a line without `external_id` says what the entry does, in all."""
    return _changes(draft, entry) == 0 and not of_all(draft, entry, says_when=True)


def is_edited(draft: Draft, entry: Payment, *, says_when: bool) -> bool:
    """Say whether a line may be the entry's, changed in no more than one thing. Two references are of two payments."""
    if has_other_reference(draft, entry):
        return False
    changes = _changes(draft, entry)
    if changes > 1:
        return False
    rest = [*_of_time(draft, entry, says_when), *_of_reference(draft, entry), *_of_rest(draft, entry)]
    return changes + len(rest) <= 1


def has_other_reference(draft: Draft, other: Draft | Payment) -> bool:
    """Say whether both have a reference, and not the same."""
    here, there = draft.external_reference, other.external_reference
    return bool(here and there) and here != there


def _changes(draft: Draft, entry: Payment) -> int:
    # Asked of each line and each entry.
    money = (draft.amount_cents, draft.tip_cents) != (entry.amount_cents, entry.tip_cents)
    return money + (draft.patron_name != entry.patron_name) + (draft.method != entry.method)


def _of_name(draft: Draft, entry: Payment) -> Iterator[str]:
    yield from _differing("patron_name", draft.patron_name, entry.patron_name)


def _of_amount(draft: Draft, entry: Payment) -> Iterator[str]:
    for name, here, there in (
        ("amount", draft.amount_cents, entry.amount_cents),
        ("tip", draft.tip_cents, entry.tip_cents),
    ):
        if here != there:
            yield f"{name} {decimal_text(here)} here, {decimal_text(there)} stored"


def _of_time(draft: Draft, entry: Payment, says_when: bool) -> Iterator[str]:
    # The ledger takes no later moment than its own.
    if says_when and min(draft.paid_at, entry.recorded_at) != entry.paid_at:
        yield f"paid_at {_written(draft.paid_at)} here, {_written(entry.paid_at)} stored"


def _of_reference(draft: Draft, entry: Payment, names: Collection[str] = ()) -> Iterator[str]:
    here, there = draft.external_reference, entry.external_reference
    if here not in names and there not in names:
        yield from _differing("reference", here, there)


def _of_rest(draft: Draft, entry: Payment) -> Iterator[str]:
    yield from _differing("note", draft.note, entry.note)
    yield from _differing("patron_email", draft.patron_email, entry.patron_email)


def _differing(name: str, here: str, there: str) -> Iterator[str]:
    if here != there:
        yield f"{name} {here or 'none'} here, {there or 'none'} stored"


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
