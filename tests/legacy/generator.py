"""A legacy table that is made up: every irregularity that the older tool is known for, and what there is to be read.

The same seed makes the same table. `Season.seen` counts each irregularity by its name.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

FIRST = date(2020, 6, 1)
# One of so many places of a sort is irregular; ids are so in many ways.
ONE_OF = 4
ONE_ID_OF = 2

Make = Callable[[Random], Any]

FIRST_NAMES = ("Ana", "Bob", "Chloé", "Dmitri", "Élodie", "Fatima", "José", "山田 太郎", "Ŵilliam", "Zoë")
LAST_NAMES = ("López", "Reyes", "O'Neill", "van der Berg", "Ng", "Smith-Jones", "Åberg", "Šimić", "Yildiz", "Day")
METHODS = ("cash", "card", "check", "venmo", "zelle", "other")

# An amount as it is written, and what it is in cents; 0 for what none can be read in.
AMOUNTS: dict[str, Callable[[int], tuple[Any, int]]] = {
    "amount: whole number": lambda cents: (cents // 100, cents // 100 * 100),
    "amount: float": lambda cents: (cents / 100, cents),
    "amount: float with dust": lambda cents: (cents / 100 + 1e-10, cents),
    "amount: text": lambda cents: (f"{cents / 100:.2f}", cents),
    "amount: text with dust": lambda cents: (f"{cents // 100}.{cents % 100:02d}0000000000001", cents),
    "amount: with $": lambda cents: (f"${cents / 100:.2f}", cents),
    "amount: with $, commas and spaces": lambda cents: (f" $ {cents / 100 + 1000:,.2f} ", cents + 100_000),
    "amount: with a space for thousands": lambda cents: (f"1 {cents % 1000:03d}.50", 100_050 + cents % 1000 * 100),
    "amount: named currency": lambda cents: (f"{cents / 100:.2f} USD", cents),
    "amount: below zero": lambda cents: (-cents / 100, -cents),
    "amount: zero": lambda _: (0, 0),
    "amount: words": lambda _: ("forty dollars", 0),
    "amount: nothing": lambda _: (None, 0),
    "amount: blank": lambda _: ("  ", 0),
    "amount: three decimals": lambda _: (12.345, 0),
    "amount: truth": lambda _: (True, 0),
    "amount: no number": lambda _: (math.nan, 0),
    "amount: list": lambda _: ([125], 0),
    "amount: beyond the most": lambda _: ("$2,000,000.00", 200_000_000),
    "amount: foreign": lambda cents: (f"€{cents / 100:.2f}", 0),
}
PLAIN_AMOUNTS = ("amount: whole number", "amount: float", "amount: text")

TIMES: dict[str, Callable[[datetime], Any]] = {
    "time: UTC": lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}",
    "time: with an offset": lambda at: (at - timedelta(hours=7)).replace(tzinfo=None).isoformat() + "-07:00",
    "time: without zone": lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
    "time: with microseconds": lambda at: at.replace(microsecond=123456).isoformat(),
    "time: epoch seconds": lambda at: int(at.timestamp()),
    "time: epoch seconds as text": lambda at: str(int(at.timestamp())),
    "time: epoch seconds as float": lambda at: at.timestamp() + 0.25,
    "time: epoch milliseconds": lambda at: int(at.timestamp() * 1000),
    "time: day alone": lambda at: f"{at:%Y-%m-%d}",
    "time: as people write it": lambda at: f"{at:%b} {at.day}, {at.year} {at:%I:%M %p}",
    "time: words": lambda _: "last Tuesday",
    "time: nothing": lambda _: None,
    "time: to come": lambda _: "2999-01-01T00:00:00Z",
}
PLAIN_TIMES = ("time: UTC", "time: with an offset", "time: epoch seconds")

IDS: dict[str, Callable[[date, int], tuple[Any, Any]]] = {
    "id: date and suffix": lambda day, n: (f"{day}-sunset-{n}", f"{day}"),
    "id: date and words": lambda day, n: (f"{day}_Harbor Tour #{n}", f"{day}"),
    "id: other": lambda day, n: (f"charter-{n}", f"{day}"),
    "id: other script": lambda day, n: (f"クルーズ{n}", f"{day}"),
    "id: long": lambda day, n: (f"{day}-{'private-charter-' * 4}{n}", f"{day}"),
    "id: number": lambda day, n: (n, f"{day}"),
    "id: digits of a date": lambda day, _: (int(f"{day:%Y%m%d}"), None),
    "id: date inside": lambda day, n: (f"EVT-{day}-{n}", None),
    "id: date and time": lambda day, n: (f"{day}T18:{n % 60:02d}", f"{day}"),
    "id: missing": lambda day, n: (None, f"{day}T{n % 24:02d}:00:00Z"),
    "id: contradicts the date": lambda day, n: (f"{day}-c{n}", f"{day + timedelta(days=1)}"),
    "id: list": lambda day, n: ([n], f"{day}"),
    "date: missing": lambda day, n: (f"{day}-m{n}", None),
    "date: with a time": lambda day, n: (f"{day}-t{n}", f"{day}T18:30:00-07:00"),
    "date: as people write it": lambda day, n: (f"{day}-w{n}", f"{day:%B} {day.day}, {day.year}"),
    "date: midnight in UTC": lambda day, n: (f"{day}-z{n}", f"{day}T00:00:00.000Z"),
    "date: month and day or day and month": lambda day, n: (f"{day}-e{n}", f"{day.month}/{day.day}/{day.year}"),
    "date: words": lambda day, n: (f"{day}-s{n}", "soon"),
    "date: no day": lambda day, n: (f"trip-{n}", f"{day.year}-02-30"),
    "id and date: missing": lambda _, __: (None, None),
}
TITLES: dict[str, Make] = {
    "title: missing": lambda _: ...,
    "title: null": lambda _: None,
    "title: blank": lambda _: " ",
    "title: number": lambda chance: chance.randrange(100),
    "title: long": lambda _: "Sail " * 60,
    "title: object": lambda _: {"en": "Sail"},
}
CAPACITIES: dict[str, Make] = {
    "capacity: missing": lambda _: ...,
    "capacity: null": lambda _: None,
    "capacity: text": lambda _: "12",
    "capacity: words": lambda _: "12 guests",
    "capacity: float": lambda _: 12.0,
    "capacity: below zero": lambda _: -1,
}
NAMES: dict[str, Make] = {
    "name: missing": lambda _: ...,
    "name: null": lambda _: None,
    "name: blank": lambda _: "  ",
    "name: invisible": lambda _: "\u200b",
    "name: number": lambda chance: chance.randrange(1000),
    "name: object": lambda _: {"first": "Ana"},
    "name: half a character": lambda _: "Ana \ud83d",
    "name: long": lambda _: "Ana " * 80,
}
LISTS: dict[str, Callable[[list[Any]], tuple[Any, list[Any]]]] = {
    # What is written for a list, and what of it is to be read.
    "list: missing": lambda _: (..., []),
    "list: null": lambda _: (None, []),
    "list: empty": lambda _: ([], []),
    "list: single object": lambda things: (things[0], things[:1]) if things else ([], []),
    "list: object of objects": lambda things: ({f"no. {n}": each for n, each in enumerate(things)}, things),
    "list: text": lambda _: ("see the blue folder", ["see the blue folder"]),
    "list: holds nulls": lambda things: ([*things, None], [*things, None]),
    "list: holds text": lambda things: ([*things, "Bob"], [*things, "Bob"]),
}
LINES: dict[str, str] = {
    "line: no JSON": '{"event_id": "2026-05-23", "title": "Cut o',
    "line: no item": '"2026-05-23"',
    "line: a name twice": '{"event_id": "2026-05-23", "event_id": "2026-05-24"}',
}


@dataclass
class Season:
    """What was made: lines of JSON, and what is in them."""

    lines: list[str] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    cents: int = 0

    def write(self, path: Path) -> Path:
        """Write it as JSON lines, gzipped where the name says so."""
        text = "\n".join(self.lines) + "\n"
        path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
        return path


def make(events: int, *, seed: int, users: tuple[str, ...] = ("dana",)) -> Season:
    """Return a table of `events` items, in which each irregularity comes up once it has room to."""
    return _Maker(seed, users).make(events)


class _Maker:
    def __init__(self, seed: int, users: tuple[str, ...]) -> None:
        self.chance = Random(seed)  # noqa: S311  # it shall be the same again
        self.users = users
        self.season = Season()
        # Each irregularity comes up once before chance has it.
        self.due: dict[str, list[Any]] = {}
        self.rows: dict[str, list[bool]] = {}

    def make(self, events: int) -> Season:
        for number in range(events):
            self._add(number)
        return self.season

    def _add(self, number: int) -> None:
        season = self.season
        if number % 20 == 10:
            name = self._one("line", list(LINES))
            season.lines.append(LINES[name])
            season.read["events"] += 1
            return
        item = self._item(number)
        typed = self.chance.randrange(3)
        season.items.append(item)
        written = {"Item": typed_of(item)} if typed == 0 else typed_of(item) if typed == 1 else item
        season.seen[("typed and wrapped", "typed", "plain")[typed]] += 1
        season.lines.append(json.dumps(written, ensure_ascii=self.chance.random() < 0.5 or _has_halves(item)))
        if number % 40 == 25:
            season.seen["event: twice"] += 1
            self._again(item)

    def _again(self, item: dict[str, Any]) -> None:
        """Write an item a second time, with a payment that is new."""
        payment, cents = self._payment(date(2024, 1, 1))
        again = {**{name: value for name, value in item.items() if name not in ("crew", "payments", "waivers")}}
        again["payments"] = [payment]
        self.season.items.append(again)
        self.season.lines.append(json.dumps(again))
        self.season.read.update({"events": 1, "payments": 1})
        self.season.cents += cents

    def _item(self, number: int) -> dict[str, Any]:
        chance, day = self.chance, FIRST + timedelta(days=number)
        self.season.read["events"] += 1
        id, said = (day.isoformat(), day.isoformat())
        item: dict[str, Any] = {"event_id": id, "date": said, "title": "Sunset sail", "capacity": 12}
        if self._is_odd("id"):
            item["event_id"], item["date"] = IDS[self._one("id", list(IDS))](day, number)
        if self._is_odd("title"):
            item["title"] = TITLES[self._one("title", list(TITLES))](chance)
        if self._is_odd("capacity"):
            item["capacity"] = CAPACITIES[self._one("capacity", list(CAPACITIES))](chance)
        if self._is_odd("attribute"):
            self.season.seen["attribute: unknown"] += 1
            item["weather"] = {"wind": 12, "sky": ["clear"]}
        item["crew"] = self._listed("crew", [self._crew() for _ in range(chance.randrange(3))])
        item["payments"] = self._payments(day)
        item["waivers"] = self._listed("waivers", [self._waiver(day) for _ in range(chance.randrange(4))])
        return {name: value for name, value in item.items() if value is not ...}

    # Inside

    def _payments(self, day: date) -> Any:
        made = [self._payment(day) for _ in range(self.chance.randrange(5))]
        if made and self._is_odd("twice"):
            self.season.seen["payment: twice"] += 1
            made.append(made[0])
        # By their identity, as two that are equal are two.
        cents = {id(payment): amount for payment, amount in made}
        written, read = self._list([payment for payment, _ in made])
        self.season.read["payments"] += len(read)
        self.season.cents += sum(cents.get(id(payment), 0) for payment in read)
        return written

    def _payment(self, day: date) -> tuple[dict[str, Any], int]:
        chance = self.chance
        odd = self._is_odd("amount")
        name = self._one("amount", list(AMOUNTS)) if odd else chance.choice(PLAIN_AMOUNTS)
        amount, cents = AMOUNTS[name](chance.randrange(100, 90_000))
        payment = {
            "patron_name": self._name(),
            "amount": amount,
            "method": chance.choice(METHODS),
            "ts": self._time(day),
        }
        if self._is_odd("method"):
            word = self._one("method", ["Cash", "VENMO ", "credit card", "doubloons", "", None])
            payment["method"] = word
        if chance.random() < 0.5:
            payment["logged_by"] = self._one("logged_by", [*self.users, "the old captain"])
        if self._is_odd("device"):
            self.season.seen["attribute: unknown, of a payment"] += 1
            payment["device"] = "ipad"
        if amount is None and chance.random() < 0.5:
            del payment["amount"]
        return {name: value for name, value in payment.items() if value is not ...}, cents

    def _crew(self) -> Any:
        role = self._one("role", ["Captain", "first mate", "pirate", None]) if self._is_odd("role") else "deckhand"
        member = {"name": self._name(), "role": role, "phone": "619-555-0100"}
        if self._is_odd("phone"):
            self.season.seen["crew: no phone"] += 1
            del member["phone"]
        return {name: value for name, value in member.items() if value is not ...}

    def _waiver(self, day: date) -> dict[str, Any]:
        waiver = {"name": self._name(), "email": "ana@example.com", "signed_at": self._time(day), "ip": "203.0.113.7"}
        if self._is_odd("email"):
            waiver["email"] = self._one("email", ["nobody", "", None, ["ana@example.com"]])
        if self.chance.random() < 0.5:
            waiver["signature"] = self._one("signature", ["Ana López", "data:image/png;base64,iVBORw0KGgo="])
        return {name: value for name, value in waiver.items() if value is not ...}

    def _listed(self, sort: str, things: list[Any]) -> Any:
        written, read = self._list(things)
        self.season.read[sort] += len(read)
        return written

    def _list(self, things: list[Any]) -> tuple[Any, list[Any]]:
        if not self._is_odd("list"):
            return things, things
        return LISTS[self._one("list", list(LISTS))](things)

    def _name(self) -> Any:
        if self._is_odd("name"):
            return NAMES[self._one("name", list(NAMES))](self.chance)
        return f"{self.chance.choice(FIRST_NAMES)} {self.chance.choice(LAST_NAMES)} {self.chance.randrange(10_000)}"

    def _time(self, day: date) -> Any:
        at = datetime.combine(day, datetime.min.time(), UTC) + timedelta(minutes=self.chance.randrange(1440))
        name = self._one("time", list(TIMES)) if self._is_odd("time") else self.chance.choice(PLAIN_TIMES)
        return TIMES[name](at)

    def _is_odd(self, what: str) -> bool:
        """Say whether something of this sort is irregular now: one of a row of them is."""
        row = self.rows.setdefault(what, [])
        if not row:
            one_of = ONE_ID_OF if what == "id" else ONE_OF
            row += self.chance.sample([True, *[False] * (one_of - 1)], one_of)
        return row.pop()

    def _one(self, what: str, names: list[Any]) -> Any:
        """Return one of `names`: each in its turn before one comes again."""
        due = self.due.setdefault(what, [])
        if not due:
            due += self.chance.sample(names, len(names))
        name = due.pop()
        self.season.seen[name if isinstance(name, str) and ": " in name else f"{what}: {name!r}"] += 1
        return name


def typed_of(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item as DynamoDB's typed JSON."""
    return {name: _typed(value) for name, value in item.items()}


def _typed(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | float() | Decimal():
            return {"N": repr(value) if isinstance(value, float) else str(value)}
        case str():
            return {"S": value}
        case list():
            return {"L": [_typed(each) for each in value]}
    return {"M": typed_of(value)}


def _has_halves(item: dict[str, Any]) -> bool:
    return "\\ud83d" in json.dumps(item)
