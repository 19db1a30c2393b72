"""What a departure's entries come to, counted afresh, beside the figures that are stored.

Entries are read page by page, and little is kept of each: half a kilobyte, whatever their notes hold.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.conf import settings

from events.rows import Event, Patron
from payments.chain import faults_of
from payments.rows import Kind, Payment, Tally, Way
from payments.tallies import Place
from payments.totals import NOTHING, Moved, moved_by
from scc.chains import Link
from scc.dynamo.rows import Row
from scc.money import display
from scc.verifying import is_misfiled

# How many items one answer of the table brings: with all attributes they are some ten kilobytes each in memory.
PAGE_ITEMS = 500
# Without these an entry is none.
_NEEDED = (
    *("ulid", "sequence", "reference", "entry_kind", "patron_name", "amount_cents", "currency", "method"),
    *("paid_at", "recorded_at", "recorded_by", "hash"),
)


@dataclass(frozen=True, slots=True)
class Line(Link):
    """What is kept of an entry: its link, and what other entries hang on."""

    kind: str
    way: str
    undoes: str
    corrects: str
    amount_cents: int
    tip_cents: int
    currency: str
    # Of a transfer: its other end, and the audit entry that both ends were written with.
    other_event: str
    other_reference: str
    audit_id: str

    @classmethod
    def of(cls, entry: Payment) -> Line:
        shared = sys.intern
        is_transfer = entry.entry_kind == Kind.TRANSFER
        return cls(
            sequence=entry.sequence,
            reference=shared(entry.reference),
            prev_hash=shared(entry.prev_hash),
            hash=shared(entry.hash),
            faults=(*faults_of(entry), *_faults_of_row(entry)),
            kind=shared(entry.entry_kind),
            way=shared(entry.way),
            undoes=shared(entry.undoes),
            corrects=shared(entry.corrects),
            amount_cents=entry.amount_cents,
            tip_cents=entry.tip_cents,
            currency=shared(entry.currency),
            other_event=shared(entry.other_event),
            other_reference=entry.other_reference,
            audit_id=entry.audit_id if is_transfer else "",
        )

    @property
    def came_in(self) -> bool:
        """Whether money can be given back of it."""
        return self.kind == Kind.PAYMENT or (self.kind == Kind.TRANSFER and self.way == Way.IN)

    @property
    def takes(self) -> bool:
        """Whether it takes money of another entry."""
        return self.kind == Kind.REFUND or (self.kind == Kind.TRANSFER and self.way == Way.OUT)


@dataclass
class Counted:
    """What some entries moved, and how many they are."""

    moved: Moved = NOTHING
    entries: int = 0

    def add(self, moved: Moved) -> None:
        self.moved += moved
        self.entries += 1


@dataclass
class Reckoning:
    """A departure's ledger as it was read. event: None where the departure's own row is gone."""

    slug: str
    event: Event | None = None
    # In the order of the chain.
    lines: list[Line] = field(default_factory=list)
    # What cannot be counted: the entry's reference, and what is wrong.
    unread: list[tuple[str, str]] = field(default_factory=list)
    whole: Counted = field(default_factory=Counted)
    # By the party's ulid, and by the tally's place.
    by_party: dict[str, Counted] = field(default_factory=dict)
    by_place: dict[Place, Counted] = field(default_factory=dict)
    parties: dict[str, Patron] = field(default_factory=dict)
    tallies: dict[Place, Tally] = field(default_factory=dict)

    @property
    def head(self) -> str:
        """The hash at which the departure's row says that the chain ends."""
        return str(self.event.ledger_head) if self.event is not None else ""

    def take(self, rows: Iterable[Row]) -> list[Payment]:
        """Count rows of the departure's partition; return the entries among them that can be counted."""
        entries = []
        for row in rows:
            if isinstance(row, Event):
                self.event = row
            elif isinstance(row, Patron):
                self.parties[row.ulid] = row
            elif isinstance(row, Payment) and self._take_entry(row):
                entries.append(row)
        return entries

    def _take_entry(self, entry: Payment) -> bool:
        lacks = [name for name in _NEEDED if getattr(entry, name) is None]
        if lacks:
            self.unread.append((entry.reference or "", f"the entry {entry.sk} lacks {', '.join(lacks)}"))
            return False
        moved = moved_by(entry)
        self.lines.append(Line.of(entry))
        self.whole.add(moved)
        self.by_place.setdefault(Place.of(entry), Counted()).add(moved)
        if entry.patron_id:
            self.by_party.setdefault(entry.patron_id, Counted()).add(moved)
        return True


def reckon(slug: str, *, watch: Callable[[list[Payment]], None] | None = None) -> Reckoning:
    """Read and count the ledger of the departure `slug`. One Query for each page, and one for its tallies.

    watch: is given the entries of each page. Raises StoreUnavailable, and ValueError or TypeError for an item that
    cannot be read.
    """
    reckoning = Reckoning(slug)
    for page in Row.pages_of(Event.keys_for(slug=slug)[0], size=PAGE_ITEMS):
        entries = reckoning.take(page)
        if watch is not None:
            watch(entries)
    reckoning.lines.sort(key=lambda line: line.sequence)
    reckoning.tallies = {Place.of(tally): tally for tally in Tally.listing(known={"event_id": slug})}
    return reckoning


def figures_of(row: Event | Patron | Tally) -> Moved:
    """Return what a row says that moved."""
    return Moved(row.received_cents, row.refunded_cents, row.tips_cents)


def _faults_of_row(entry: Payment) -> Iterator[str]:
    """Give what is wrong with the item that the chain does not see: where it is filed, and for how long."""
    if is_misfiled(entry):
        yield "stands elsewhere in its lists than it should"
    if entry.expires_at is not None:
        yield "is marked to expire"


def money(cents: int) -> str:
    """Return an amount of the ledger for people: it has one currency."""
    return display(cents, settings.SCC_CURRENCY)
