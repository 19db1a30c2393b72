"""Every departure that has a ledger, found by a scan of the table's keys in parallel segments, and taken in threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from payments.companions import orphans
from scc.dynamo import scans
from scc.walks import in_threads

THREADS = 4
# More than threads, so that the bar moves.
SEGMENTS = 16
# Departures with more entries than this are taken one by one, so that not many of them are in memory.
LARGE = 20_000
PREFIXES = ("EVENT#", "TALLY#", "KEY#")

T = TypeVar("T")


@dataclass
class Ledgers:
    """What a scan found."""

    # The number of its entries, by each departure's slug.
    entries: dict[str, int] = field(default_factory=dict)
    keys: int = 0
    # The partition of each key whose entry is gone, and that entry's id.
    orphans: list[tuple[str, str]] = field(default_factory=list)

    def add(self, other: Ledgers) -> None:
        for slug, entries in other.entries.items():
            self.entries[slug] = self.entries.get(slug, 0) + entries
        self.keys += other.keys
        self.orphans += other.orphans


def find(*, with_keys: bool) -> Ledgers:
    """Return all ledgers. with_keys: look for the entry of each request's key too. Raises StoreUnavailable, Stopped."""
    found = Ledgers()
    look = partial(_segment, with_keys=with_keys)
    for part in in_threads(look, range(SEGMENTS), threads=THREADS, doing="Looking for ledgers"):
        found.add(part)
    return found


def each(act: Callable[[str], T], ledgers: Ledgers, *, doing: str) -> Iterator[T]:
    """Give what `act` returns of each departure, as they are done. Raises Stopped, and what `act` raises."""
    small = sorted(slug for slug, entries in ledgers.entries.items() if entries <= LARGE)
    yield from in_threads(act, small, threads=THREADS, doing=doing)
    large = sorted(ledgers.entries.keys() - set(small))
    if large:
        yield from in_threads(act, large, threads=1, doing=f"{doing}, large ones")


def _segment(segment: int, *, with_keys: bool) -> Ledgers:
    found = Ledgers()
    prefixes = PREFIXES if with_keys else PREFIXES[:2]
    items = scans.each(prefixes, segment=segment, segments=SEGMENTS, attributes=("sk", "entry_id"))
    found.orphans = list(orphans(_counted(items, found)))
    return found


def _counted(items: Iterable[dict[str, str]], found: Ledgers) -> Iterator[tuple[str, str]]:
    """Count `items` into `found`, and give the keys among them."""
    for item in items:
        kind, _, slug = item["pk"].partition("#")
        if kind == "KEY":
            found.keys += 1
            yield item["pk"], item.get("entry_id", "")
        else:
            found.entries[slug] = found.entries.get(slug, 0) + item["sk"].startswith("PAYMENT#")
