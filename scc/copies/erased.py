"""Who was erased: by number, so that nobody is named, and so that no restore brings them back.

A list has a line for each: `waiver 01JV...` or `party 2026-05-23.01KR...`. It lies in each export and is written by
`listerased`. A restore brings back neither keys nor files of its waivers, and erases what the table holds of all on it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from events import bookings, gone
from events.rows import Event, Patron
from scc.copies.kinds import kind_of
from scc.dynamo.items import Item
from scc.sealing import keys
from scc.staff.actors import SYSTEM
from waivers import documents, erasing, printed
from waivers.erasing import Held
from waivers.rows import State

WHY = "It was erased before this table was restored."
WAIVER, PARTY = "waiver", "party"


class BadList(Exception):
    """The list of who was erased cannot be read; says where."""


@dataclass
class Erased:
    """Who was erased. waivers: ids of records. parties: ids of rows."""

    waivers: set[str] = field(default_factory=set)
    parties: set[str] = field(default_factory=set)

    def take(self, item: Item) -> None:
        """Note who an item says was erased."""
        kind, text = kind_of(item), {name: value.get("S", "") for name, value in item.items()}
        if kind == "WAIVER" and text.get("state") == State.ERASED and text["ulid"] == text["record_id"]:
            self.waivers.add(text["ulid"])
        if kind == "PATRON" and text.get("name") == gone.ERASED and not {"email", "phone", "note"} & text.keys():
            self.parties.add(f"{text['event_id']}.{text['ulid']}")

    def join(self, other: Erased) -> None:
        self.waivers |= other.waivers
        self.parties |= other.parties

    def holds(self, item: Item) -> bool:
        """Say whether an item stays away: the place that tells which person signed, and what is due of them."""
        names = {"SIGNER": ("waiver_id", "record_id"), "PDFDUE": ("ulid",)}.get(kind_of(item), ())
        return any(item[name]["S"] in self.waivers for name in names)

    def holds_object(self, name: str) -> bool:
        """Say whether an object of the bucket belongs to one of the waivers: a key, or the PDF."""
        folder, _, rest = name.removeprefix(keys.FOLDER).partition("/")
        return folder == documents.FOLDER and rest.partition("/")[0].removesuffix(".pdf") in self.waivers

    def lines(self) -> list[str]:
        return [f"{WAIVER} {id}\n" for id in sorted(self.waivers)] + [f"{PARTY} {id}\n" for id in sorted(self.parties)]


def read(lines: Iterable[str]) -> Erased:
    """Return the list that `Erased.lines` gave, or that someone wrote by hand; # begins a comment. Raises BadList."""
    erased = Erased()
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) != 2 or words[0] not in {WAIVER, PARTY}:
            raise BadList(f'Line {number} is neither "{WAIVER} ID" nor "{PARTY} ID".')
        (erased.waivers if words[0] == WAIVER else erased.parties).add(words[1])
    return erased


def erase_waiver(ulid: str) -> str:
    """Erase what a restored table holds of a waiver. Returns what became of it: erased, unchanged, or why it stays.

    Raises what `erasing.erase` raises, but LookupError and Held.
    """
    whole = erasing.find(ulid)
    if whole is None or (whole.is_erased and not erasing.letters_of(whole)):
        return "unchanged"
    try:
        erasing.erase(ulid, why=WHY, by=SYSTEM)
    except Held as exc:
        return f"{exc}, and stays"
    # Should the bucket hold a PDF of it that no record names.
    printed.remove(ulid)
    return "erased"


def erase_party(id: str) -> str:
    """Erase who a party of a restored table is. Returns and raises as `erase_waiver`."""
    slug, _, ulid = id.rpartition(".")
    event, party = (Event.fetch(slug=slug), Patron.fetch(event_id=slug, ulid=ulid)) if slug else (None, None)
    if event is None or party is None or gone.is_erased(party):
        return "unchanged"
    bookings.erase_party(event=event, party=party, by=SYSTEM)
    return "erased"
