"""A line of a file of parties: what it says, checked as the manifest's own rules do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from events import drafts, gone, rows
from events.errors import BadValue
from events.importing.cells import Cells, key_of, number, price
from scc.imports.ids import ulid_of
from scc.imports.lines import BadLine, Line
from scc.imports.marks import mark_of
from scc.imports.runs import Run
from scc.money import decimal_text
from scc.text import clean_email, clean_line, clean_name, clean_note

COLUMNS = ("event", "name", "size", "email", "phone", "price", "head_price", "deposit", "note", "external_id")

# What a line says of a party, and so what is compared, and its words.
_COMPARED = {
    "name": "name",
    "size": "size",
    "email": "e-mail",
    "phone": "phone",
    "price_cents": "price",
    "head_price_cents": "price per head",
    "deposit_cents": "deposit",
    "note": "note",
}


@dataclass(frozen=True)
class Said:
    """A line, and the party that it says, which is stored where there is none yet."""

    line: Line
    party: rows.Patron

    @property
    def key(self) -> str:
        return str(self.party.import_key)

    @property
    def digest(self) -> str:
        return str(self.party.import_digest)

    @property
    def name_mark(self) -> str:
        return str(self.party.import_names)


def read(line: Line, event: rows.Event, run: Run) -> Said:
    """Return what a line of the departure `event` says. Raises BadLine with what is wrong with it."""
    cells = Cells(line)
    values: dict[str, Any] = {
        "name": cells.take("name", clean_name, otherwise="", is_needed=True),
        "size": cells.take("size", number, otherwise=1),
        "email": cells.take("email", clean_email, otherwise=""),
        "phone": cells.take("phone", lambda cell: clean_line(cell, limit=drafts.LONGEST_PHONE), otherwise=""),
        "price_cents": cells.take("price", price, otherwise=0),
        "head_price_cents": cells.take("head_price", price, otherwise=0),
        "deposit_cents": cells.take("deposit", price, otherwise=0),
        "note": cells.take("note", clean_note, otherwise=""),
    }
    external_id = cells.take("external_id", clean_line, otherwise="")
    cells.check()
    if values["price_cents"] == values["head_price_cents"] * values["size"]:
        # Both say the same; the one per head follows the party's size from now on.
        values["price_cents"] = 0
    return Said(line, _party(values, external_id, event, run))


def _party(values: dict[str, Any], external_id: str, event: rows.Event, run: Run) -> rows.Patron:
    try:
        party = drafts.new_party(event=event, **values)
    except BadValue as exc:
        raise BadLine(f"{exc.field.removesuffix('_cents')}: {exc}") from exc
    party.import_key = key_of("party", event.slug, external_id)
    party.import_digest = mark_of("party", event.slug, "said", *(getattr(party, name) for name in _COMPARED))
    party.import_names = gone.party_mark(event.slug, party.name)
    party.ulid = ulid_of(run.moment, run.id, "party", event.slug, party.import_key, party.import_digest)
    return party


def differences(here: rows.Patron, stored: rows.Patron, *, but: str = "") -> str:
    """Say where a line and what is stored differ: `"size 4 here, 6 stored"`, or "". but: an attribute left out."""
    named = (
        f"{word} {_shown(here, name)} here, {_shown(stored, name)} stored"
        for name, word in _COMPARED.items()
        if name != but and getattr(here, name) != getattr(stored, name)
    )
    return "; ".join(named)


def _shown(party: rows.Patron, name: str) -> str:
    value = getattr(party, name)
    return decimal_text(value) if name.endswith("_cents") else str(value or "nothing")
