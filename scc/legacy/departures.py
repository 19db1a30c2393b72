"""The departure that a legacy item says, as a line of `importevents`.

What the item does not say is guessed, and said to be; where the departure is stored, it is what is stored, so that a
guess never contradicts what staff made of it since.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from events import calendar, rows
from scc.imports import amounts, clocks, times
from scc.imports.lines import BadLine, Line
from scc.legacy import values, words
from scc.legacy.items import KNOWN, Item
from scc.money import decimal_text
from scc.text import LONGEST_NAME, BadText, clean_line, is_visible

UNTITLED = "Charter"
# What an uninspected vessel may take (46 USC 2101), where nothing says how many.
FEW = 6

# Characters. What is longer is cut, not refused.
_ANY = 1_000_000


# A cell, and what was guessed of it.
Cell = tuple[str, list[str]]


@dataclass(frozen=True)
class Defaults:
    """What is taken where an item does not say it, settled once for a run. starts_at: HH:MM at the dock."""

    vessel: str
    starts_at: str
    capacity: int


@dataclass(frozen=True)
class Thing:
    """What one thing of an item becomes. fault: why it becomes no line. cents: what is counted of it then."""

    line: Line
    guessed: tuple[str, ...] = ()
    fault: str = ""
    cents: int = 0


def capacity_of(item: Item) -> int:
    """Return how many guests an item says that it takes, 0 where it does not."""
    value = item.attributes.get("capacity")
    if isinstance(value, str):
        found = re.search(r"(?<![0-9.,-])[0-9]{1,4}(?![0-9.,])", value)
        return int(found.group()) if found else 0
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 < value < 10_000 or value % 1:
        return 0
    return int(value)


def departure_of(
    item: Item, defaults: Defaults, *, today: date, stored: rows.Event | None = None, vessel_name: str = ""
) -> Thing:
    """Return the line of an item that has a day.

    today: departures before it have sailed. stored: the departure of its slug. vessel_name: what the vessel of `stored`
    is called now.
    """
    line = Line(item.number, item.own_raw, named=item.named())
    said, about_said = _said(item)
    guessed = [*_notices(item), *about_said]
    title, about_title = _title(item.attributes.get("title"))
    said |= {"title": title} if title else {}
    if stored is None:
        cells, more = _guessed(item, said, defaults, today)
        guessed += about_title + more
    else:
        cells = _stored(stored, vessel_name, item.day or stored.date)
    if stored is None or "starts_at" in said:
        cells["date"] = f"{item.day}"
    cells = {**cells, **said, "slug": item.slug}
    return Thing(Line(line.number, line.raw, cells, named=line.named), tuple(guessed))


def _said(item: Item) -> tuple[dict[str, str], list[str]]:
    """Return the cells that the item itself says, and what was guessed. No money waits for what the tool never had."""
    said: dict[str, str] = {}
    guessed: list[str] = []
    for name, read in _READ.items():
        try:
            said[name], more = read(item.attributes.get(name))
        except BadLine as exc:
            more = [f"{exc}; it is left out"]
        guessed += [f"{name}: {each}" for each in more]
    if item.at is not None and not said.get("starts_at"):
        said["starts_at"] = f"{item.at:%H:%M}"
    said["capacity"] = str(capacity_of(item) or "")
    return {name: cell for name, cell in said.items() if cell}, guessed


def _text(value: object) -> Cell:
    return values.text_of(value), []


def _status(value: object) -> Cell:
    return words.status_of(values.text_of(value))


def _price(value: object) -> Cell:
    text = values.amount_text(value)
    cents = amounts.read(text) if text else 0
    if cents < 0:
        raise BadLine(f"{text!r} is below zero")
    return decimal_text(cents) if text else "", []


def _clock(value: object) -> Cell:
    """Return the time of day that is said, by itself or behind a day."""
    text = values.text_of(value)
    if not text:
        return "", []
    with suppress(BadLine):
        return f"{clocks.read(text):%H:%M}", []
    try:
        read = times.read(text, calendar.zone())
    except BadLine as exc:
        raise BadLine(f"{text!r} is no time such as 18:15") from exc
    if not isinstance(read.value, datetime):
        raise BadLine(f"{text!r} says a day alone")
    local = read.value.astimezone(calendar.zone())
    return f"{local:%H:%M}", [f"of {text!r} the time is taken, {local:%H:%M}"]


_READ: Mapping[str, Callable[[object], Cell]] = {
    "vessel": _text,
    "departure_port": _text,
    "return_port": _text,
    "status": _status,
    "price": _price,
    "starts_at": _clock,
    "ends_at": _clock,
}


def _title(value: object) -> tuple[str, list[str]]:
    """Return what a departure is called, "" where that cannot be read, and what was guessed of it.

    No money waits for a title.
    """
    try:
        text = clean_line(values.text_of(value), limit=_ANY)
    except (BadLine, BadText):
        return "", ["its title cannot be read"]
    if not is_visible(text):
        return "", []
    cut = text[:LONGEST_NAME].rstrip()
    return cut, [] if cut == text else [f"its title is cut to {LONGEST_NAME} characters"]


def _notices(item: Item) -> list[str]:
    """Return what is to be said of an item, whether or not its departure is stored."""
    said = list(item.guessed)
    if item.id != item.slug:
        said.append(f"its address is {item.slug}")
    if values.is_empty(item.attributes.get("date")):
        said.append("the date is that of event_id")
    return said + values.left_out(item.attributes, KNOWN)


def _guessed(item: Item, said: Mapping[str, str], defaults: Defaults, today: date) -> tuple[dict[str, str], list[str]]:
    """Return cells for what the item does not say, and what they are in words."""
    has_sailed = item.day is not None and item.day < today
    cells = {
        "title": UNTITLED,
        "starts_at": defaults.starts_at,
        "vessel": defaults.vessel,
        "capacity": str(defaults.capacity),
        "status": (rows.Status.COMPLETED if has_sailed else rows.Status.SCHEDULED).value,
        "price": "0",
    }
    words = {"title": "title", "starts_at": "start", "vessel": "vessel", "capacity": "capacity", "status": "status"}
    guesses = [f"{word} {cells[name]}" for name, word in words.items() if name not in said]
    return cells, [f"taken for granted: {', '.join(guesses)}"] if guesses else []


def _stored(event: rows.Event, vessel_name: str, day: date) -> dict[str, str]:
    """Return what is stored as an item of `day` would say it: by the clocks by which lines are read."""
    start = event.starts_at.astimezone(calendar.zone())
    ends = None if event.ends_at is None else event.ends_at.astimezone(calendar.zone())
    return {
        # Where the departure keeps other clocks, its start may be on another day by ours.
        "date": f"{day + (start.date() - event.date)}",
        "title": event.title,
        "starts_at": f"{start:%H:%M}",
        "ends_at": "" if ends is None else f"{ends:%H:%M}",
        "vessel": vessel_name or event.vessel_name,
        "capacity": str(event.capacity),
        "status": event.status,
        "departure_port": event.departure_port or "",
        "return_port": event.return_port or "",
        "price": decimal_text(event.price_cents),
    }


def clock_text(text: str) -> str:
    """Return a time of day as `--starts-at` takes it. Raises ValueError."""
    return f"{time.fromisoformat(text):%H:%M}"
