"""What a close of a day takes: which entries, and what they add up to for each method.

A close takes what was paid up to its day and what no close took before. So an entry is in one close, ever:

- what was paid on the day itself;
- what was paid on a day that was closed before it was logged, shown apart as "after close";
- what was paid on days in between that were not closed, shown apart as "earlier days".

Closes begin with the day of the first one. What was paid before is in none, so that nobody counts a season's history;
nor is what is taken back of it, as a void has the day of what it voids. An imported entry counts like any other, by the
day on which it was paid. Where no close was made for four weeks, closes begin anew.

Credit that is carried over is in none: no money changes hands.

Entries are looked for by when they were logged. The index that gives them lags behind the table by milliseconds, and
clocks differ: each close begins to look an hour before the last one had looked, and knows what was taken by then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ulid import ULID

from events import calendar
from events.clock import day_bounds
from payments import methods
from payments.closing_lines import Line, Part, Share
from payments.closing_rows import DayClose
from payments.methods import CREDIT, Method
from payments.rows import Payment
from payments.totals import NOTHING, Moved, moved_by
from scc.dynamo.extracts import extracts

# How far behind the index and the clocks of those who log may be.
SLACK = timedelta(hours=1)
# How long a time one close looks through. It touches two months at most, and so two partitions.
REACH = timedelta(days=28)
DAY = timedelta(days=1)

_READ = (
    *("ulid", "event_id", "reference", "entry_kind", "undoes", "way", "amount_cents", "tip_cents", "method"),
    *("patron_name", "paid_at", "recorded_at"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a close has to know of an entry."""

    ulid: str
    event_id: str
    reference: str
    entry_kind: str
    undoes: str
    way: str
    amount_cents: int
    tip_cents: int
    method: str
    patron_name: str
    paid_at: datetime
    recorded_at: datetime
    # The day of `paid_at` at the operator's dock.
    paid_on: date

    @property
    def moved(self) -> Moved:
        return moved_by(self)

    @property
    def expected_cents(self) -> int:
        """What it adds to the drawer; below zero it takes out."""
        return self.moved.net_cents + self.moved.tips_cents


@dataclass(frozen=True)
class Window:
    """Where a close of a day looks, and what it takes of what it finds."""

    day: date
    # Entries logged from one moment to the other, both included.
    low: datetime
    high: datetime
    begins_on: date
    # The day of the last close, None where closes begin with this one.
    last_day: date | None

    def share_of(self, paid_on: date) -> Share | None:
        """Return why the close takes what was paid on that day, None where it does not."""
        if not self.begins_on <= paid_on <= self.day:
            return None
        if self.last_day is not None and paid_on <= self.last_day:
            return Share.AFTER
        return Share.DAY if paid_on == self.day else Share.EARLIER

    @property
    def next_low(self) -> datetime:
        """Where the next close begins to look: all that this one cannot have seen was logged from then on."""
        # What was paid on a later day was logged on a later day too. And it never goes back, whatever clocks say:
        # what was taken before is forgotten up to there.
        return max(self.low, min(_start_of(self.day + DAY), self.high) - SLACK)


def window_for(day: date, *, last: DayClose | None, now: datetime) -> Window:
    """Return where a close of `day` looks. last: the close before it."""
    if last is None or day > reach_of(last):
        low = _start_of(day)
        return Window(day, low, _reached(low, now), begins_on=day, last_day=None)
    low = last.open_from
    return Window(day, low, _reached(low, now), begins_on=last.begins_on, last_day=last.day)


def _reached(low: datetime, now: datetime) -> datetime:
    return max(low, min(now, low + REACH))


def reach_of(last: DayClose) -> date:
    """Return the latest day that the close after `last` can be of without beginning anew."""
    reached: datetime = last.open_from + REACH
    return reached.astimezone(calendar.zone()).date() - DAY


@dataclass(frozen=True)
class Till:
    """What a close of the day would be now, but for what is counted."""

    number: int
    window: Window
    entries: list[Entry]
    # Found where the close looks, and paid before closes began.
    left_out: list[Entry]
    # What earlier closes took of what the next one meets again.
    carried: list[str]

    @property
    def day(self) -> date:
        return self.window.day

    @property
    def seen(self) -> str:
        """The number, and a digest of what the close takes: the same while nothing came and nobody closed."""
        ids = " ".join(sorted(entry.ulid for entry in self.entries))
        return f"{self.number}-{hashlib.sha256(ids.encode()).hexdigest()[:32]}"

    def share_of(self, entry: Entry) -> Share:
        """Return why the close takes `entry`, one of its own."""
        share = self.window.share_of(entry.paid_on)
        if share is None:
            raise ValueError(f"{entry.ulid} is not in this close")
        return share

    @property
    def late(self) -> list[Entry]:
        """The entries of other days, in the order in which they were logged."""
        return [entry for entry in self.entries if self.share_of(entry) != Share.DAY]

    def lines(self, counted: Mapping[str, int] | None = None) -> list[Line]:
        """Return a line for each method that is offered or has entries, in their order."""
        grouped: dict[tuple[str, Share], list[Entry]] = {}
        for entry in self.entries:
            grouped.setdefault((entry.method, self.share_of(entry)), []).append(entry)
        used = {code for code, _ in grouped}
        return [
            Line(
                method=method.code,
                label=method.label,
                is_cash=method.is_cash,
                counted_cents=(counted or {}).get(method.code),
                **{share.value: _part(grouped.get((method.code, share), [])) for share in Share},
            )
            for method in _methods(used)
        ]


def _part(entries: list[Entry]) -> Part:
    moved = sum((entry.moved for entry in entries), NOTHING)
    return Part(moved.received_cents, moved.tips_cents, moved.refunded_cents, len(entries))


def _methods(used: set[str]) -> list[Method]:
    known = [method for method in methods.every() if method.is_offered or method.code in used]
    return known + [methods.get(code) for code in sorted(used - {method.code for method in known})]


def read(day: date, *, last: DayClose | None, now: datetime) -> Till:
    """Return what a close of `day` would take now. One Query, two where the time it looks through has two months.

    last: the close before it, as the table has it now.
    """
    window = window_for(day, last=last, now=now)
    taken = set() if last is None else {*last.entry_ids.split(), *last.carried_ids.split()}
    entries, left_out, met = [], [], {}
    for entry in logged_between(window.low, window.high):
        if entry.ulid in taken:
            met[entry.ulid] = entry.recorded_at
        elif window.share_of(entry.paid_on):
            entries.append(entry)
        elif entry.paid_on < window.begins_on:
            left_out.append(entry)
    return Till(
        number=last.number + 1 if last else 1,
        window=window,
        entries=entries,
        left_out=left_out,
        carried=list(_carried(taken, met, window.next_low)),
    )


def _carried(taken: Iterable[str], met: Mapping[str, datetime], next_low: datetime) -> Iterator[str]:
    # What the index does not show, for once, is judged by the moment in its ulid.
    first = str(ULID.from_datetime(next_low))[:10]
    for ulid in sorted(taken):
        if met[ulid] >= next_low if ulid in met else ulid[:10] >= first:
            yield ulid


def logged_between(low: datetime, high: datetime) -> Iterator[Entry]:
    """Give what was logged from `low` to `high`, but for credit carried over. One Query for each month touched."""
    zone = calendar.zone()
    for month in dict.fromkeys(f"{moment.astimezone(zone):%Y-%m}" for moment in (low, high)):
        for facts in extracts(Payment, _READ, index="gsi1", known={"month": month}, low=low, high=high):
            if facts["method"] != CREDIT:
                yield Entry(**facts, paid_on=facts["paid_at"].astimezone(zone).date())


def _start_of(day: date) -> datetime:
    return day_bounds(day, day, calendar.zone())[0]
