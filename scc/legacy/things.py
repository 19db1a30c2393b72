"""What is inside a legacy item, each thing as a line of the import of its kind: `importcrew`, `importpayments`,
`importwaivers`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from events import calendar
from payments.importing.lines import cents_of
from scc.imports import times
from scc.imports.lines import BadLine, Line
from scc.legacy import typed, values, words
from scc.legacy.departures import Thing
from scc.legacy.items import INSIDE, Item
from scc.staff.models import User
from scc.text import is_visible

# Who paid, where nothing says it: money in hand is money.
NAMELESS = "Name not given"

# The tool's names of what a thing says, to ours; and those of ours that it might have said as well.
FIELDS: Mapping[str, Mapping[str, str]] = {
    "crew": {"name": "name", "role": "role", "phone": "phone", "email": "email", "external_id": "external_id"},
    "payments": {
        "patron_name": "patron_name",
        "amount": "amount",
        "method": "method",
        "ts": "paid_at",
        "tip": "tip",
        "reference": "reference",
        "note": "note",
        "patron_email": "patron_email",
        "external_id": "external_id",
    },
    "waivers": {
        "name": "name",
        "email": "email",
        "signed_at": "signed_at",
        "ip": "address",
        "signature": "signature",
        "phone": "phone",
        "birth_date": "birth_date",
        "role": "role",
        "guardian": "guardian",
        "method": "method",
        "note": "note",
        "external_id": "external_id",
    },
}
_READ: Mapping[str, Callable[[object], str]] = {
    "amount": values.amount_text,
    "tip": values.amount_text,
    # What a waiver keeps sealed is kept as it was written, whatever it is: a signature may be points.
    **dict.fromkeys(("signature", "address"), values.any_text),
}
# What stands between names, and in none.
_SEVERAL = re.compile(r"[,;/&+\n]| and ")
# Where they stand among the numbers of an item: an item has room for so many of each.
_ROOM = 300_000


def things_of(item: Item, sort: str, *, users: Collection[str], where: str = "") -> list[Thing]:
    """Return what is in the list `sort` of an item.

    users: the names of those who may log in. where: see `Item.named`.
    """
    things = []
    for count, (place, value) in enumerate(values.listed(item.attributes.get(sort), FIELDS[sort])):
        number = item.number + 1 + INSIDE.index(sort) * _ROOM + min(count, _ROOM - 1)
        line = Line(number, typed.dumps(value), named=f"{item.named(where)} {sort}[{place}]")
        things.append(_thing(line, value, item.slug, sort, users))
    return things


def _thing(line: Line, value: object, slug: str, sort: str, users: Collection[str]) -> Thing:
    try:
        if sort == "crew" and isinstance(value, str):
            value = _named(value)
        if not isinstance(value, dict):
            raise BadLine(f"is no {_SINGULAR[sort]}, but {line.raw[:60]}")
        cells, guessed = _cells(value, sort)
        guessed += _FILLED[sort](cells, value, users)
    except BadLine as exc:
        return Thing(line, fault=str(exc), cents=_cents(line, value) if sort == "payments" else 0)
    line = Line(line.number, line.raw, {"event": slug, **cells}, named=line.named)
    return Thing(line, tuple(guessed), cents=cents_of(line) if sort == "payments" else 0)


def _named(text: str) -> dict[str, str]:
    if _SEVERAL.search(text):
        raise BadLine(f"{text[:60]!r} may name several: each is one of a list")
    return {"name": text}


def _cents(line: Line, value: object) -> int:
    """Return what a payment is counted with that is none of ours: its amount, where that can be read."""
    try:
        amount = values.amount_text(value.get("amount")) if isinstance(value, dict) else ""
    except BadLine:
        return 0
    return cents_of(Line(line.number, line.raw, {"amount": amount}))


def _cells(value: Mapping[str, Any], sort: str) -> tuple[dict[str, str], list[str]]:
    """Return what a thing says by our columns, and what of it is left out."""
    cells = {}
    for name, ours in FIELDS[sort].items():
        try:
            cells[ours] = _READ.get(ours, values.text_of)(value.get(name))
        except BadLine as exc:
            raise BadLine(f"{name}: {exc}") from exc
    known = frozenset(FIELDS[sort]) | ({"logged_by"} if sort == "payments" else set())
    return cells, values.left_out(value, known)


def _fill_crew(cells: dict[str, str], _: Mapping[str, Any], __: Collection[str]) -> list[str]:
    cells["role"], guessed = words.role_of(cells["role"])
    return [guessed] if guessed else []


def _fill_payment(cells: dict[str, str], value: Mapping[str, Any], users: Collection[str]) -> list[str]:
    guesses = []
    if not is_visible(cells["patron_name"]):
        cells["patron_name"] = NAMELESS
        guesses.append(f"no name is said: {NAMELESS}")
    said = cells["method"]
    notes = [cells["note"]]
    if said and not words.is_method(said):
        cells["method"] = words.NO_METHOD
        guesses.append(f"method {said!r} is taken as {words.NO_METHOD}")
    # A note is part of what a payment is known again by, so nothing in it follows from methods and users of today.
    notes.append(f"Method: {said}" if said and not words.is_shipped(said) else "")
    logged_by = " ".join(values.text_of(value.get("logged_by")).split())
    notes.append(f"Logged by {logged_by}" if logged_by else "")
    if User.normalize_username(logged_by) in users:
        cells["received_by"] = User.normalize_username(logged_by)
    cells["note"] = "\n".join(filter(None, notes))
    return guesses + _zone_guessed(cells["paid_at"])


def _zone_guessed(text: str) -> list[str]:
    """Return that no zone is said, which counts for a tool whose clock may have been set to UTC."""
    try:
        guessed = times.read(text, calendar.zone()).guessed
    except BadLine:
        return []
    return [f"ts: {each}" for each in guessed.split("; ") if each.startswith("no zone")]


def _fill_waiver(_: dict[str, str], __: Mapping[str, Any], ___: Collection[str]) -> list[str]:
    return []


_SINGULAR = {"crew": "one of a crew", "payments": "payment", "waivers": "waiver"}
_FILLED: Mapping[str, Callable[[dict[str, str], Mapping[str, Any], Collection[str]], list[str]]] = {
    "crew": _fill_crew,
    "payments": _fill_payment,
    "waivers": _fill_waiver,
}
