"""Day closes: what is expected of each method beside what was counted, numbered and fixed once closed.

`payments.tills` says what a close takes. Closes follow each other by their numbers, and each expects that its own is
free: of two who close at once one does, and the other is told who did. Days do not go back: a day before the last one
that was closed is closed with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.utils import timezone
from ulid import ULID

from events import calendar
from payments import chain, tills
from payments.closing_lines import difference_words, lines_of, written
from payments.closing_rows import DayClose
from payments.refusals import Refused
from payments.tills import Till
from scc.chains import Fault
from scc.dynamo.errors import Conflict
from scc.dynamo.units import Unit
from scc.money import MOST_CENTS, display
from scc.staff import audit
from scc.staff.actors import By
from scc.text import BadText, clean_note

# An item holds 400 KB, a ulid with its space takes 27 bytes; beside them stand the lines and a note.
MOST_ENTRIES = 13_000
# Closes of one day that a page shows, and so reads. What comes later is in the close of the next day.
MOST_OF_A_DAY = 5
# The field of errors that are not of a method.
NOTE = "note"

HASHED = (
    *("number", "day", "begins_on", "currency", "closed_at", "closed_by", "closed_by_name", "note", "lines"),
    *("entry_ids", "carried_ids", "read_from", "read_until", "open_from", "audit_id", "key_digest", "prev_hash"),
)


class NotToBeClosed(Refused):
    """The day cannot be closed, or no more; says why."""


class FiguresChanged(Refused):
    """Entries came, or someone closed, since the figures were shown; says which."""


class SentBefore(Refused):
    """This very request closed the day before, with other figures."""

    def __init__(self, close: DayClose) -> None:
        self.close = close
        super().__init__(
            f"What you sent first was taken, as close {close.number}, and is below. What you sent now was not."
        )


class BadClose(ValueError):
    """Values that no close can have. `errors` holds texts by the method's code, or by `note`."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{field}: {' '.join(texts)}" for field, texts in errors.items()))


@dataclass(frozen=True)
class Standing:
    """How a day stands. closes: its own, the newest first. covered_by: of a day without any, the close that took its
    money. till: what a close would take now, None where the day cannot be closed; why_not says why.
    """

    day: date
    last: DayClose | None
    closes: list[DayClose]
    covered_by: DayClose | None = None
    till: Till | None = None
    why_not: str = ""


def read(day: date) -> Standing:
    """Return how `day` stands, a day at the operator's dock. Two Queries, and one more over the turn of a month."""
    if why_not := _why_not_yet(day):
        return Standing(day, None, [], why_not=why_not)
    return _standing(day, _latest())


def close(*, day: date, counted: Mapping[str, int], note: str, seen: str, by: By, key: str) -> DayClose:
    """Close `day` and return the close; sent again with the same key, the one that it made first.

    counted: method code to cents; needed of each method that counts as cash. It may be below zero: more went out than
    came in. seen: `Till.seen` of the figures that were shown. Two Queries (see `read`) and one TransactWriteItems.
    Raises NotToBeClosed, FiguresChanged, SentBefore, BadClose, StoreUnavailable (nothing was written) and
    OutcomeUnknown: it may be closed, and the same key may be sent again.
    """
    latest = _latest()
    if made := made_with(key, latest):
        return _unless_other(made, counted, note)
    till = _till_to_close(day, latest, seen)
    row = _row(till, counted, note, by=by, key=key, last=latest[0] if latest else None)
    try:
        _write(row, by=by)
    except Conflict as conflict:
        return _after(conflict, row, counted, note)
    return row


def miscounted(till: Till, counted: Mapping[str, int]) -> dict[str, list[str]]:
    """Return what is wrong with what was counted, by the method's code."""
    lines = till.lines(counted)
    unknown = counted.keys() - {line.method for line in lines}
    errors = {code: ["Is no method of this close."] for code in unknown}
    for line in lines:
        if line.counted_cents is None and line.is_cash:
            errors[line.method] = ["Count it: 0 when there is none."]
        elif abs(line.counted_cents or 0) > MOST_CENTS:
            errors[line.method] = [f"The most is {display(MOST_CENTS)}."]
    return errors


def made_with(key: str, closes: Iterable[DayClose]) -> DayClose | None:
    """Return the one of `closes` that was made with `key`, or None."""
    return next((close for close in closes if close.key_digest == _digest(key)), None)


def find(number: int) -> DayClose | None:
    """Return the close `number`, or None. One GetItem."""
    return DayClose.fetch(place=DayClose.place_of(number))


def entries_of(close: DayClose) -> list[tills.Entry]:
    """Return the entries that `close` took, as they were logged. One Query, or two over the turn of a month."""
    taken = set(close.entry_ids.split())
    found = tills.logged_between(close.read_from, close.read_until)
    return [entry for entry in found if entry.ulid in taken]


def hash_of(close: DayClose) -> str:
    """Return the hash that `close` must carry: over the attributes of `HASHED`, as `payments.chain` does it."""
    return chain.digest_of({name: getattr(close, name) for name in HASHED})


def verify(closes: Iterable[DayClose]) -> list[Fault]:
    """Return the faults of all closes together: of their chain, and entries that two of them took.

    closes: all of them, in the order of their numbers; little is kept of each.
    """
    faults: list[Fault] = []
    last_hash, taken = "", set[str]()
    for expected, each in enumerate(closes, start=1):
        entries = set(each.entry_ids.split())
        # What was logged a day before it began to look it can only have met by a fault of its own.
        floor = str(ULID.from_datetime(each.read_from - tills.DAY))[:10]
        taken = {ulid for ulid in taken if ulid >= floor}
        told = {
            "does not follow the one before it": each.number != expected or each.prev_hash != last_hash,
            "was changed": each.hash != hash_of(each),
            "took an entry that was taken before": not taken.isdisjoint(entries),
        }
        faults += [Fault(each.number, f"close {each.number}", text) for text, is_so in told.items() if is_so]
        last_hash = each.hash
        taken |= entries
    return faults


# What is read


def _latest() -> list[DayClose]:
    """Return the last closes, the newest first: as many as one day has at most."""
    return DayClose.listing(known={}, forward=False, limit=MOST_OF_A_DAY, ahead=False).rows


def _standing(day: date, latest: list[DayClose]) -> Standing:
    last = latest[0] if latest else None
    if last is not None and day < last.day:
        return _standing_before(day, last)
    closes = [close for close in latest if close.day == day]
    if len(closes) == MOST_OF_A_DAY:
        text = f"{_words(day)} was closed {MOST_OF_A_DAY} times. What came since is in the next day's close."
        return Standing(day, last, closes, why_not=text)
    till = tills.read(day, last=last, now=timezone.now())
    if closes and not till.entries:
        return Standing(day, last, closes, why_not="Nothing was logged for it since.")
    return Standing(day, last, closes, till=till)


def _standing_before(day: date, last: DayClose) -> Standing:
    """Return how a day stands that is before the last one that was closed. One Query, or two over New Year."""
    found: list[DayClose] = []
    # Closes of which one took what the other did not are no further apart.
    for year in dict.fromkeys(f"{each:%Y}" for each in (day, day + tills.REACH)):
        known = {"year": year}
        found += DayClose.listing(known=known, index="gsi1", low=day, limit=MOST_OF_A_DAY + 1, ahead=False).rows
        if found:
            break
    closes = [close for close in reversed(found) if close.day == day]
    following = next((close for close in [*found, last] if close.day > day), None)
    covered_by = following if following and following.begins_on <= day else None
    return Standing(day, last, closes, covered_by=None if closes else covered_by, why_not=_why_not_back(day, last))


def _why_not_yet(day: date) -> str:
    return f"{_words(day)} has not come yet." if day > calendar.today() else ""


def _why_not_back(day: date, last: DayClose) -> str:
    if day < last.begins_on:
        return f"Closes begin with {_words(last.begins_on)}. What is logged now for this day is in none."
    return f"{_words(last.day)} is closed, and days do not go back. What is logged now for this day is in the next."


def _words(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


# What is written


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _unless_other(made: DayClose, counted: Mapping[str, int], note: str) -> DayClose:
    first = {line.method: line.counted_cents for line in lines_of(made) if line.counted_cents is not None}
    if first != dict(counted) or made.note != _checked_note(note, {}):
        raise SentBefore(made)
    return made


def _till_to_close(day: date, latest: list[DayClose], seen: str) -> Till:
    if why_not := _why_not_yet(day):
        raise NotToBeClosed(why_not)
    standing = _standing(day, latest)
    if standing.till is None:
        raise NotToBeClosed(standing.why_not)
    if standing.till.seen == seen:
        return standing.till
    if latest and not seen.startswith(f"{standing.till.number}-"):
        raise FiguresChanged(said_of(latest[0]))
    raise FiguresChanged("Entries were logged since you opened the page. Look at the new figures, then close.")


def said_of(close: DayClose) -> str:
    """Return who closed what and when, for who was about to."""
    at = close.closed_at.astimezone(calendar.zone())
    day = _words(close.day)
    return f"{close.closed_by_name} closed {day} on {at:%-d %b} at {at:%H:%M}, as close {close.number}."


def _row(till: Till, counted: Mapping[str, int], note: str, *, by: By, key: str, last: DayClose | None) -> DayClose:
    if len(till.entries) + len(till.carried) > MOST_ENTRIES:
        raise NotToBeClosed(f"More than {MOST_ENTRIES:,} entries are to be closed; close an earlier day first.")
    errors = miscounted(till, counted)
    text = _checked_note(note, errors)
    if errors:
        raise BadClose(errors)
    now = timezone.now()
    place = DayClose.place_of(till.number)
    row = DayClose(
        number=till.number,
        place=place,
        day=till.day,
        year=f"{till.day:%Y}",
        begins_on=till.window.begins_on,
        currency=settings.SCC_CURRENCY,
        closed_at=now.replace(microsecond=now.microsecond // 1000 * 1000),
        closed_by=by.username,
        closed_by_name=by.name,
        note=text,
        lines=written(till.lines(counted)),
        entry_ids=" ".join(entry.ulid for entry in till.entries),
        carried_ids=" ".join(till.carried),
        read_from=till.window.low,
        read_until=till.window.high,
        open_from=till.window.next_low,
        audit_id=f"{audit.subject_of(DayClose(place=place))}.{ULID()}",
        key_digest=_digest(key),
        prev_hash=last.hash if last else "",
    )
    row.hash = hash_of(row)
    return row


def _checked_note(note: str, errors: dict[str, list[str]]) -> str:
    try:
        return clean_note(note)
    except BadText as exc:
        errors[NOTE] = [str(exc)]
        return ""


def _write(row: DayClose, *, by: By) -> None:
    unit = Unit()
    unit.put(row)
    audit.record(unit, by=by, action="closed", of=row, summary=_summary(row), ulid=row.audit_id.rpartition(".")[2])
    unit.commit()


def _after(conflict: Conflict, row: DayClose, counted: Mapping[str, int], note: str) -> DayClose:
    """Return the close that stands in the way, if this very request made it. Raises FiguresChanged, SentBefore."""
    failure = conflict.failure_of(row)
    if failure is None or not isinstance(failure.stored, DayClose):
        raise conflict
    if failure.stored.key_digest == row.key_digest:
        return _unless_other(failure.stored, counted, note)
    raise FiguresChanged(said_of(failure.stored)) from conflict


def _summary(row: DayClose) -> str:
    lines = lines_of(row)
    expected = sum(line.expected_cents for line in lines)
    found = [f"{line.label} {difference_words(line, row.currency)}" for line in lines if line.difference_cents]
    return (
        f"Closed {_words(row.day)}, {display(expected, row.currency)} expected, {', '.join(found) or 'no difference'}"
    )
