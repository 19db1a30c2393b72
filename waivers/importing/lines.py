"""What a line of a file says of a waiver, and the key by which it is known again.

What is kept sealed is taken as it comes, a malformed e-mail address too: nobody is written to, and a mistake of the
source is part of what it said. What rules follow from (name, times, date of birth, role) is read, or the line is
reported.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

from scc.dynamo.attributes import instant_text
from scc.imports import times
from scc.imports.lines import BadLine, Line
from scc.text import BadText, clean_name
from waivers import imported, validity
from waivers.rows import Role

COLUMNS = (
    *("event", "name", "signed_at", "email", "phone", "birth_date", "role", "guardian", "method", "address"),
    *("signature", "note", "external_id"),
)
OPTIONAL = frozenset(COLUMNS) - {"event", "name"}
# Bytes. A picture of a signature has 5 to 60 KB; an item of the table holds 400 KB.
LARGEST_SIGNATURE = 200_000
LARGEST_REST = 20_000
LARGEST_LINE = 60_000
# From so many characters on a signature is taken out of the line that is kept as it is written.
LONG = 100
LONGEST_ID = 200
# How far the clock of who signed may have been ahead of ours.
SKEW = timedelta(days=1)
# What is kept as the source wrote it.
_AS_WRITTEN = ("email", "phone", "method", "address", "signature", "note")

_HALVES = re.compile("[\ud800-\udfff]")

T = TypeVar("T")


@dataclass(frozen=True)
class Claim:
    """What a line says. signed_at, born_on: None where it says nothing. role: "" likewise."""

    line: Line
    slug: str
    name: str
    signed_at: datetime | None = None
    born_on: date | None = None
    role: str = ""
    guardian: str = ""
    external_id: str = ""
    guesses: tuple[str, ...] = ()

    def cell(self, name: str) -> str:
        """Return what stands in a column, as it was written."""
        return self.line.cells.get(name, "")

    @cached_property
    def said(self) -> dict[str, str]:
        """All that it says of the waiver, each in one writing, without the number that the source gave it."""
        return {
            "name": self.name,
            "signed_at": instant_text(self.signed_at) if self.signed_at else "",
            "birth_date": self.born_on.isoformat() if self.born_on else "",
            "role": self.role,
            "guardian": self.guardian,
            **{name: self.cell(name) for name in _AS_WRITTEN},
        }

    @property
    def content_key(self) -> tuple[str, ...]:
        return ("said", *(f"{name}={value}" for name, value in self.said.items()))

    @property
    def key(self) -> tuple[str, ...]:
        """By what it is known again: its `external_id`, or else all that it says."""
        return ("id", self.external_id) if self.external_id else self.content_key

    @cached_property
    def ulid(self) -> str:
        """The number of the waiver. Raises StoreUnavailable."""
        return imported.id_of(self.slug, self.key)

    @cached_property
    def content_ulid(self) -> str:
        """The number that it has where it was imported before its source gave it a number. Raises StoreUnavailable."""
        return imported.id_of(self.slug, self.content_key)

    def is_minor_on(self, day: date) -> bool:
        """Say whether the signer is known to be under 18 on `day`."""
        return self.born_on is not None and validity.age_on(self.born_on, day) < validity.ADULT_AT

    @property
    def is_said_adult(self) -> bool:
        """Whether the line says in words that who signed is an adult, and names no guardian."""
        return _word(self.cell("role")) == _ADULT and not self.guardian

    @cached_property
    def raw(self) -> str:
        """The line as it is written, but for a long signature, which is kept once."""
        return raw_of(self.line)

    @property
    def size(self) -> int:
        """About how many bytes its waiver has, all but the signature twice."""
        return len(self.cell("signature").encode()) + 2 * len(self.raw.encode()) + 3_000


def raw_of(line: Line) -> str:
    """Return a line as it is written, but for a long signature."""
    signature, raw = line.cells.get("signature", ""), line.raw
    # As it stands in a CSV, where quotes are doubled, and in JSON.
    for written in (signature, signature.replace('"', '""'), json.dumps(signature)[1:-1]):
        if len(signature) >= LONG:
            raw = raw.replace(written, "(the signature)", 1)
    # What is no text cannot be hashed; JSON can hold halves of a character.
    return raw.encode("utf-8", "backslashreplace").decode()


def read(line: Line, slug: str, zone: ZoneInfo, *, now: datetime, day: date) -> Claim:
    """Return what `line` says of a waiver for the departure `slug`. Raises BadLine with every reason.

    zone: of the departure. now: when it is imported. day: of the departure, in its zone.
    """
    if line.fault:
        raise BadLine(line.fault)
    faults: list[str] = []
    guesses: list[str] = []
    cells = _Cells(line.cells, faults)
    name = cells.take("name", clean_name, needed=True) or ""
    signed_at = cells.take("signed_at", lambda text: _signed_at(text, zone, now, guesses))
    born_on = cells.take("birth_date", lambda text: _born_on(text, signed_at, day))
    role = cells.take("role", _role) or ""
    guardian = cells.take("guardian", clean_name) or ""
    external_id = cells.take("external_id", _id) or ""
    if guardian and role == Role.CREW:
        faults.append("guardian: crew sign for themselves")
    faults += _unfit(line)
    if faults:
        raise BadLine("; ".join(faults))
    if signed_at is None:
        guesses.append("no signed_at: taken as the start of the departure")
    return Claim(line, slug, name, signed_at, born_on, role, guardian, external_id, tuple(guesses))


class _Cells:
    """The cells of a line, which collects what is wrong with them."""

    def __init__(self, cells: Mapping[str, str], faults: list[str]) -> None:
        self._cells, self._faults = cells, faults

    def take(self, name: str, read: Callable[[str], T], *, needed: bool = False) -> T | None:
        """Return what `read` makes of a cell, None where it is empty or cannot be read."""
        text = self._cells.get(name, "").strip()
        if not text:
            if needed:
                self._faults.append(f"{name} is missing")
            return None
        try:
            return read(text)
        except (BadLine, BadText) as exc:
            self._faults.append(f"{name}: {exc}")
            return None


def _signed_at(text: str, zone: ZoneInfo, now: datetime, guesses: list[str]) -> datetime:
    moment = times.read(text, zone)
    if moment.guessed:
        guesses.append(f"signed_at: {moment.guessed}")
    found = moment.value
    if not isinstance(found, datetime):
        guesses.append("signed_at: no time is given: the beginning of that day is taken")
        # A midnight that the clocks skip gives the moment of the change.
        found = datetime(found.year, found.month, found.day, tzinfo=zone).astimezone(UTC)
    if found > now + SKEW:
        raise BadLine(f"{text!r} is in the future")
    return found


def _born_on(text: str, signed_at: datetime | None, day: date) -> date:
    found = times.read_birthday(text)
    if found > day or (signed_at is not None and found > (signed_at + SKEW).date()):
        raise BadLine(f"{text!r} is after the departure, or after the signing")
    return found


def _role(text: str) -> str:
    """Return which role a word means. What other systems call guests is a guest."""
    word = _word(text)
    if word in _GUESTS:
        return Role.GUEST.value
    if word in _CREW:
        return Role.CREW.value
    raise BadLine(f"{text[:40]!r} is neither guest nor crew")


def _word(text: str) -> str:
    return " ".join(text.casefold().split())


_ADULT = "adult"
_GUESTS = {"guest", "patron", "passenger", "customer", "participant", _ADULT, "minor", "child"}
_CREW = {"crew", "captain", "mate", "deckhand", "staff"}


def _id(text: str) -> str:
    if len(text) > LONGEST_ID:
        raise BadLine(f"has {len(text)} characters, and may have {LONGEST_ID}")
    return text


def _unfit(line: Line) -> Iterator[str]:
    """Give why a line cannot be kept as it is."""
    if any(_HALVES.search(cell) for cell in line.cells.values()):
        yield "holds a character that is not text"
        return
    signature = len(line.cells.get("signature", "").encode())
    rest = sum(len(cell.encode()) for cell in line.cells.values()) - signature
    raw = len(raw_of(line).encode())
    sizes = (("signature: has", signature, LARGEST_SIGNATURE), ("has", rest, LARGEST_REST), ("has", raw, LARGEST_LINE))
    for words, size, largest in sizes:
        if size > largest:
            yield f"{words} {size:,} bytes, and may have {largest:,}"
            return
