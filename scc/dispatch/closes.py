"""Day closes as the staff's pages show them: what a close would be, what closes are, and the entries behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.forms import BoundField

from events import calendar
from payments import methods, tills
from payments.closing import Standing
from payments.closing_lines import Line, Part, difference_words, lines_of
from payments.closing_rows import DayClose
from payments.rows import Kind
from payments.tills import Entry, Till
from scc.dispatch.close_forms import CloseForm
from scc.dispatch.departures import day_words, moment_words
from scc.money import display

# Entries of other days that the page lists; all of them are on the page of its entries.
MOST_LATE = 30


@dataclass(frozen=True)
class ShownLine:
    """A line of the table. count: the field in which it is counted, None where it is closed."""

    line: Line
    currency: str
    count: BoundField | None = None

    @property
    def difference(self) -> str:
        return difference_words(self.line, self.currency)

    @property
    def shade(self) -> str:
        return "warn" if self.line.difference_cents else "good"

    @property
    def is_plain(self) -> bool:
        """Whether what is expected is what was received, so that one of the two says it."""
        return self.line.expected_cents == self.line.day.received_cents

    @property
    def has_figures(self) -> bool:
        """Whether anything moved or was counted, or must be."""
        return bool(self.line.is_cash or self.line.entries or self.line.counted_cents is not None)


@dataclass(frozen=True)
class Table:
    """The lines of one close."""

    lines: list[ShownLine]
    currency: str

    @property
    def main(self) -> list[ShownLine]:
        return [line for line in self.lines if line.has_figures or _was_typed(line)]

    @property
    def rest(self) -> list[ShownLine]:
        """Methods by which nothing moved. They can be counted all the same."""
        return [line for line in self.lines if line not in self.main]

    @property
    def has_day(self) -> bool:
        """Whether anything is of the day itself; a day that is closed again has what came after alone."""
        return any(each.line.day.entries for each in self.lines)

    @property
    def has_after(self) -> bool:
        return any(each.line.after.entries for each in self.lines)

    @property
    def has_earlier(self) -> bool:
        return any(each.line.earlier.entries for each in self.lines)

    @property
    def has_tips(self) -> bool:
        return any(each.line.day.tips_cents for each in self.lines)

    @property
    def has_refunds(self) -> bool:
        return any(each.line.day.refunded_cents for each in self.lines)

    @property
    def total(self) -> ShownLine:
        """All lines together; counted only where every one with a figure is."""
        lines = [each.line for each in self.lines]
        counts = [line.counted_cents for line in lines if line.counted_cents is not None or line.expected_cents]
        known = [count for count in counts if count is not None]
        total = Line(
            method="",
            label="All",
            is_cash=False,
            day=_sum(line.day for line in lines),
            after=_sum(line.after for line in lines),
            earlier=_sum(line.earlier for line in lines),
            counted_cents=sum(known) if len(known) == len(counts) else None,
        )
        return ShownLine(total, self.currency)


@dataclass(frozen=True)
class ShownEntry:
    """An entry behind a close."""

    entry: Entry
    today: date

    @property
    def words(self) -> str:
        """Payment, Cash with $20.00 tip, Sun 22 Nov, 21:07, on 2026-11-22."""
        tip = f" with {display(self.entry.tip_cents, settings.SCC_CURRENCY)} tip" if self.entry.tip_cents else ""
        what, method = what_of(self.entry), methods.label(self.entry.method)
        return f"{what}, {method}{tip}, {self._when()}, on {self.entry.event_id}"

    def _when(self) -> str:
        # Of one that was logged on a later day, both.
        logged_at = _local(self.entry.recorded_at)
        logged = moment_words(logged_at, self.today)
        if logged_at.date() == self.entry.paid_on:
            return logged
        return f"paid {day_words(self.entry.paid_on, self.today)}, logged {logged}"

    @property
    def amount(self) -> str:
        return display(self.entry.expected_cents, settings.SCC_CURRENCY)


@dataclass(frozen=True)
class Open:
    """What a close would be now."""

    till: Till
    form: CloseForm
    today: date

    @property
    def table(self) -> Table:
        lines = [ShownLine(line, settings.SCC_CURRENCY, self.form.count_of(line)) for line in self.till.lines()]
        return Table(lines, settings.SCC_CURRENCY)

    @property
    def late(self) -> list[ShownEntry]:
        return [ShownEntry(entry, self.today) for entry in self.till.late[:MOST_LATE]]

    @property
    def late_more(self) -> int:
        return max(len(self.till.late) - MOST_LATE, 0)

    @property
    def entries(self) -> int:
        return len(self.till.entries)

    @property
    def begins(self) -> bool:
        """Whether closes begin with this day."""
        return self.till.window.last_day is None

    @property
    def begins_on(self) -> str:
        return day_words(self.till.window.begins_on, self.today)


@dataclass(frozen=True)
class Slip:
    """A close that was made, as it is stored."""

    close: DayClose
    today: date

    @property
    def table(self) -> Table:
        return Table([ShownLine(line, self.close.currency) for line in lines_of(self.close)], self.close.currency)

    @property
    def entries(self) -> int:
        return len(self.close.entry_ids.split())

    @property
    def day(self) -> str:
        return day_words(self.close.day, self.today)

    @property
    def closed(self) -> str:
        return moment_words(_local(self.close.closed_at), self.today)


@dataclass(frozen=True)
class Page:
    """A day's page."""

    standing: Standing
    today: date
    slips: list[Slip]
    open: Open | None

    @property
    def day(self) -> date:
        return self.standing.day

    @property
    def words(self) -> str:
        return day_words(self.day, self.today)

    @property
    def previous(self) -> date:
        return self.day - timedelta(days=1)

    @property
    def following(self) -> date | None:
        """The day after, None where it has not come yet."""
        return self.day + timedelta(days=1) if self.day < self.today else None

    @property
    def last(self) -> str:
        """The last day that was closed, "" before the first close."""
        return day_words(self.standing.last.day, self.today) if self.standing.last else ""

    @property
    def covered_on(self) -> str:
        return day_words(self.standing.covered_by.day, self.today) if self.standing.covered_by else ""

    @property
    def reach(self) -> date | None:
        """The latest day that can be closed without leaving days out, None where none are."""
        last = self.standing.last
        return tills.reach_of(last) if last is not None and self.open is not None and self.open.begins else None


def page_of(standing: Standing, form: CloseForm | None = None) -> Page:
    """Return the page of a day. form: what was sent, to be shown again."""
    today = calendar.today()
    return Page(standing, today, [Slip(close, today) for close in standing.closes], _open(standing, form, today))


def _open(standing: Standing, sent: CloseForm | None, today: date) -> Open | None:
    till = standing.till
    if till is None:
        return None
    codes = [line.method for line in till.lines()]
    if sent is None:
        return Open(till, CloseForm(codes=codes, seen=till.seen), today)
    # What was typed stays, and what it is held against is what is shown now.
    form = CloseForm({name: sent.data[name] for name in sent.data} | {"seen": till.seen}, codes=codes)
    return Open(till, form, today)


@dataclass(frozen=True)
class Group:
    """The entries of one method."""

    label: str
    entries: list[ShownEntry]

    @property
    def total(self) -> str:
        return display(sum(each.entry.expected_cents for each in self.entries), settings.SCC_CURRENCY)


def groups_of(entries: Iterable[Entry]) -> list[Group]:
    """Return `entries` by method, methods in their order, entries as they were logged."""
    today = calendar.today()
    by_method: dict[str, list[ShownEntry]] = {method.code: [] for method in methods.every()}
    for entry in entries:
        by_method.setdefault(entry.method, []).append(ShownEntry(entry, today))
    return [Group(methods.label(code), listed) for code, listed in by_method.items() if listed]


def _was_typed(line: ShownLine) -> bool:
    return line.count is not None and bool(line.count.value())


def _sum(parts: Iterable[Part]) -> Part:
    total = Part()
    for part in parts:
        total = replace(
            total,
            received_cents=total.received_cents + part.received_cents,
            tips_cents=total.tips_cents + part.tips_cents,
            refunded_cents=total.refunded_cents + part.refunded_cents,
            entries=total.entries + part.entries,
        )
    return total


def _local(moment: datetime) -> datetime:
    return moment.astimezone(calendar.zone())


def what_of(entry: Entry) -> str:
    """Return Payment, Refund, Void of a refund."""
    if entry.entry_kind == Kind.VOID:
        return f"Void of a {entry.undoes or Kind.PAYMENT.value}"
    return Kind(entry.entry_kind).label
