"""The ledger for spreadsheets and bookkeepers: the payments of a month, and its journal.

Both have a line an entry, and end with the totals that the list shows. They are made while they are read: of the
payments a megabyte is held, of the journal one departure. An amount counts below zero where money went out, and a void
as the opposite of what it voids, so that the column adds up.

The journal goes departure by departure, each in the order of its chain, with the hashes beside it, and marks what was
voided since, in whatever month that was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from events import calendar
from payments import books, methods
from payments.rows import Payment
from payments.spreadsheets import Cell, Cells
from payments.sums import Sums
from payments.totals import Moved, moved_by
from scc.money import decimal_text

UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Line:
    """An entry, and what is said beside it. zone: that of local times."""

    number: int
    entry: Payment
    zone: ZoneInfo
    # Of the journal: the departure's date, and the reference of the void.
    sails_on: date | str = ""
    voided_by: str = ""


PAYMENTS: dict[str, Callable[[Line], Cell]] = {
    "departure": lambda line: line.entry.event_id,
    "reference": lambda line: line.entry.reference,
    "kind": lambda line: line.entry.entry_kind,
    "corrects": lambda line: line.entry.corrects,
    "patron": lambda line: line.entry.patron_name,
    "method": lambda line: methods.label(line.entry.method),
    "amount": lambda line: _decimal(moved_by(line.entry).net_cents),
    "tip": lambda line: _decimal(moved_by(line.entry).tips_cents),
    "currency": lambda line: line.entry.currency,
    "paid_at": lambda line: _seconds(line.entry.paid_at, line.zone),
    "paid_at_utc": lambda line: _seconds(line.entry.paid_at, UTC),
    "logged_at": lambda line: _seconds(line.entry.recorded_at, line.zone),
    "logged_by": lambda line: line.entry.recorded_by,
    "received_by": lambda line: line.entry.received_by,
    "note": lambda line: line.entry.note,
    "reason": lambda line: line.entry.reason,
    "their_reference": lambda line: line.entry.external_reference,
    "other_departure": lambda line: line.entry.other_event,
}

JOURNAL: dict[str, Callable[[Line], Cell]] = {
    "number": lambda line: line.number,
    "departure": PAYMENTS["departure"],
    "date": lambda line: line.sails_on,
    "reference": PAYMENTS["reference"],
    "kind": PAYMENTS["kind"],
    "corrects": PAYMENTS["corrects"],
    "voided_by": lambda line: line.voided_by,
    **{name: fact for name, fact in PAYMENTS.items() if name not in {"departure", "reference", "kind", "corrects"}},
    "sequence": lambda line: line.entry.sequence,
    "prev_hash": lambda line: line.entry.prev_hash,
    "hash": lambda line: line.entry.hash,
}


def payments(entries: Iterable[Payment], *, sums: Sums | None = None) -> Iterator[Cells]:
    """Give the lines of `entries`, in their order. Local times are those of the operator's dock.

    sums: what they add up to, once all lines are given.
    """
    zone = calendar.zone()
    return _lines(PAYMENTS, (Line(number, entry, zone) for number, entry in enumerate(entries, 1)), sums)


def journal(slugs: Iterable[str], *, holds: Callable[[Payment], bool], sums: Sums | None = None) -> Iterator[Cells]:
    """Give the lines of the entries of some departures of which `holds` is true. Local times are the departure's.

    sums: what they add up to, once all lines are given. One Query for each departure, when its lines are asked for.
    """
    return _lines(JOURNAL, _placed(slugs, holds), sums)


def _placed(slugs: Iterable[str], holds: Callable[[Payment], bool]) -> Iterator[Line]:
    number = 0
    for slug in slugs:
        book = books.read(slug)
        for entry in filter(holds, book.entries):
            number += 1
            void = book.voided.get(entry.reference)
            yield Line(number, entry, book.event.zone, book.event.date, void.reference if void else "")


def _lines(columns: dict[str, Callable[[Line], Cell]], lines: Iterable[Line], sums: Sums | None) -> Iterator[Cells]:
    """Give the names of the columns, a line an entry, a blank one, and the totals."""
    sums = Sums() if sums is None else sums
    yield list(columns)
    for line in lines:
        sums.count(line.entry)
        yield [fact(line) for fact in columns.values()]
    yield []
    yield from _totals(sums)


def _totals(sums: Sums) -> Iterator[Cells]:
    yield ["totals", "received", "refunded", "net", "tips"]
    for method, moved in sums.methods:
        yield [method.label, *_figures(moved)]
    yield ["All methods", *_figures(sums.money)]
    if sums.has_credit:
        yield ["Credit carried over", *_figures(sums.credit)]


def _figures(moved: Moved) -> Cells:
    cents = (moved.received_cents, moved.refunded_cents, moved.net_cents, moved.tips_cents)
    return [_decimal(each) for each in cents]


def _decimal(cents: int) -> Decimal:
    return Decimal(decimal_text(cents))


def _seconds(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(microsecond=0)
