"""One legacy item: which departure it is of, and what is inside it.

Its `event_id` becomes the slug where it is one. Where it says a day, or the item does (`dates`), the slug is that day
and what else the id says: `2026-05-23_Sunset Sail` is `2026-05-23-sunset-sail`, `harbor-7` of that day
`2026-05-23-harbor-7`, `EVT-2026-05-23` `2026-05-23-evt`, `2026-05-23T18:15` `2026-05-23-1815`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.utils.text import slugify

from events import slugs
from events.season import COLUMNS
from scc.imports.ids import digest_of
from scc.imports.lines import BadLine, Line
from scc.legacy import names, typed
from scc.legacy.dates import When, when_of
from scc.legacy.values import text_of

# What is inside, in the order in which it is carried.
INSIDE = ("crew", "payments", "waivers")
# What the tool says of an event. An object without any of it is something else.
NAMES = frozenset({"event_id", "date", "title", "capacity", *INSIDE})
# And what it might have said as well.
KNOWN = (NAMES | frozenset(COLUMNS)) - {"slug"}
# What lists are called beside.
_LISTS = {"payment": "payments", "waiver": "waivers"}
# Between the numbers of two items there is room for what is inside one.
STEP = 1_000_000

# Of an id that is no suffix: so much of it, and so much of its digest, so that no other becomes the same.
_KEPT, _DIGEST = 31, 8


@dataclass(frozen=True)
class Item:
    """What stands at one place of a source. fault: why it is no departure; what is inside it is read all the same."""

    number: int
    place: str
    raw: str
    id: str = ""
    slug: str = ""
    # The day that it says, and the time, where it says one.
    day: date | None = None
    at: datetime | None = None
    # By the names that are known, and but for its lists by those that it has.
    attributes: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)
    guessed: tuple[str, ...] = ()
    fault: str = ""

    def named(self, where: str = "") -> str:
        """Return what its place is called: by its id. where: what is said to tell it from another of that id."""
        return f"{self.id} {where}".strip() if self.id else self.place

    @property
    def own_raw(self) -> str:
        """What it says but for its lists, of which each thing is told by itself."""
        if not self.attributes:
            return self.raw
        return typed.dumps(self.own)


def read(line: Line) -> Item:
    """Return the item that stands in `line`, with the reason where it is none."""
    place = line.place
    try:
        found = typed.plain(typed.loads(line.raw))
    except BadLine as exc:
        return Item(line.number * STEP, place, line.raw, fault=str(exc))
    if not isinstance(found, dict):
        return Item(line.number * STEP, place, line.raw, fault="is no item, but a value by itself")
    item = _item(line, found)
    found = item.attributes
    if not found.keys() & NAMES:
        return replace(item, fault=f"is no event, but an object of {', '.join(found)[:60] or 'nothing'}")
    try:
        item = replace(item, id=" ".join(text_of(found.get("event_id")).split()))
    except BadLine as exc:
        return replace(item, fault=f"event_id: {exc}")
    try:
        when = when_of(item.id, found.get("date"))
    except BadLine as exc:
        return replace(item, fault=str(exc))
    return replace(item, slug=_slug(item.id, when), day=when.day, at=when.at, guessed=(*item.guessed, *when.guessed))


def _item(line: Line, said: Mapping[str, Any]) -> Item:
    attributes, guessed = names.by_known(said, KNOWN, lists=_LISTS)
    own = {name: value for name, value in said.items() if names.ours_of(name, value, KNOWN, _LISTS) not in INSIDE}
    return Item(line.number * STEP, line.place, line.raw, attributes=attributes, own=own, guessed=tuple(guessed))


def slug_of(line: Line) -> str:
    """Return the slug of the departure of a line, "" where it has none: what a spool groups by."""
    return read(line).slug


def _slug(id: str, when: When) -> str:
    """Return the slug of the departure `id`."""
    if not when.rest:
        return when.day.isoformat()
    suffix = re.sub(r"-+", "-", slugify(when.rest).replace("_", "-")).strip("-")
    if not suffix or len(suffix) > slugs.LONGEST_SUFFIX:
        suffix = f"{suffix[:_KEPT].rstrip('-')}-{digest_of(id)[:_DIGEST]}".strip("-")
    return str(slugs.Slug(when.day, suffix))
