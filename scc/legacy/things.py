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
from scc.legacy import names, typed, values, words
from scc.legacy.departures import Thing
from scc.legacy.items import INSIDE, Item
from scc.staff.models import User
from scc.text import LONGEST_NAME, LONGEST_NOTE, BadText, clean_email, clean_line, clean_note, is_visible

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
        "logged_by": "logged_by",
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
    # What a waiver keeps sealed is kept as it was written, whatever it is: a signature may be points. A method that is
    # no word is another one.
    **dict.fromkeys(("signature", "address", "method"), values.any_text),
}
# What of a payment is left out where it cannot be read. No money waits for it.
_NOTED: Mapping[str, Callable[[str], str]] = {
    "reference": clean_line,
    "note": lambda text: clean_note(text, limit=_ANY),
    "patron_email": clean_email,
    "external_id": clean_line,
    "logged_by": clean_line,
    "method": str,
}
# Names of who paid that are taken where patron_name is missing.
_PATRONS = dict.fromkeys(("name", "patron", "customer", "guest"), "patron_name")
_ANY = 1_000_000
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
        value, taken = names.by_known(value, FIELDS[sort], instead=_PATRONS if sort == "payments" else None)
        cells, left_out = _cells(value, sort)
        guessed = [*taken, *left_out, *_FILLED[sort](cells, users)]
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
    guesses = values.left_out(value, frozenset(FIELDS[sort]))
    for name, ours in FIELDS[sort].items():
        try:
            cells[ours] = _cell(value.get(name), ours, sort)
        except (BadLine, BadText) as exc:
            if not (sort == "payments" and ours in _NOTED):
                raise BadLine(f"{name}: {exc}") from exc
            cells[ours] = ""
            guesses.append(f"{name}: {f'{exc}'.rstrip('.')}; it is left out")
    return cells, guesses


def _cell(value: object, ours: str, sort: str) -> str:
    text = _READ.get(ours, values.text_of)(value)
    return _NOTED[ours](text) if sort == "payments" and ours in _NOTED else text


def _fill_crew(cells: dict[str, str], _: Collection[str]) -> list[str]:
    cells["role"], guessed = words.role_of(cells["role"])
    return [guessed] if guessed else []


def _fill_payment(cells: dict[str, str], users: Collection[str]) -> list[str]:
    guesses = []
    if not is_visible(cells["patron_name"]):
        cells["patron_name"] = NAMELESS
        guesses.append(f"no name is said: {NAMELESS}")
    said = cells["method"]
    if said and not words.is_method(said):
        cells["method"] = words.NO_METHOD
        guesses.append(f"method {said[:60]!r} is taken as {words.NO_METHOD}")
    # A note is part of what a payment is known again by, so nothing in it follows from methods and users of today.
    logged_by = cells.pop("logged_by")
    notes = [f"Method: {said[:LONGEST_NAME]}" if said and not words.is_shipped(said) else ""]
    notes.append(f"Logged by {logged_by}" if logged_by else "")
    if User.normalize_username(logged_by) in users:
        cells["received_by"] = User.normalize_username(logged_by)
    cells["note"], cut = _note(cells["note"], "\n".join(filter(None, notes)))
    return guesses + cut + _zone_guessed(cells["paid_at"])


def _note(text: str, more: str) -> tuple[str, list[str]]:
    """Return a note with `more` behind it, and that it is cut, where it is."""
    room = LONGEST_NOTE - len(more) - 1
    cut = text[:room].rstrip()
    return "\n".join(filter(None, (cut, more))), [] if cut == text else [f"note: is cut to {len(cut)} characters"]


def _zone_guessed(text: str) -> list[str]:
    """Return that no zone is said, which counts for a tool whose clock may have been set to UTC."""
    try:
        guessed = times.read(text, calendar.zone()).guessed
    except BadLine:
        return []
    return [f"ts: {each}" for each in guessed.split("; ") if each.startswith("no zone")]


def _fill_waiver(_: dict[str, str], __: Collection[str]) -> list[str]:
    return []


_SINGULAR = {"crew": "one of a crew", "payments": "payment", "waivers": "waiver"}
_FILLED: Mapping[str, Callable[[dict[str, str], Collection[str]], list[str]]] = {
    "crew": _fill_crew,
    "payments": _fill_payment,
    "waivers": _fill_waiver,
}
