"""Every departure that has waivers, and what should belong to one, found by a scan of keys in parallel segments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, islice
from typing import NamedTuple, TypeVar

from scc.dynamo import scans
from scc.dynamo.rows import Row
from scc.dynamo.scans import patiently
from scc.verifying import Fault
from scc.walks import in_threads
from waivers.request_keys import reference_of
from waivers.rows import State, Waiver

# Each waiver is some requests of which each waits, most of them for the bucket.
THREADS = 8
SEGMENTS = 16
AT_ONCE = 100
# Departures with more waivers than this are taken one by one.
LARGE = 5_000
PREFIXES = ("EVENT#", "WAIVER#", "SIGNER#", "TEXT#", "WAIVERTEXT#")
ATTRIBUTES = ("sk", "event_id", "waiver_id", "line_id")
# Partitions that are no single version's.
_SHARED = ("WAIVERTEXT#CURRENT", "WAIVERTEXT#COUNT")

T = TypeVar("T")
Place = tuple[str, str]


class _Belonging(NamedTuple):
    """What should belong to a line: the fault if it does not, and where that line is, if it names one."""

    fault: Fault
    line: Place | None
    # Where it is itself, if it may have been removed.
    removable: Place | None = None


@dataclass
class Found:
    """What a scan found."""

    # The number of its lines, by each departure's slug.
    lines: dict[str, int] = field(default_factory=dict)
    # The SHA-256 of each text, and the ulid of each version.
    texts: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    places: int = 0
    # What belongs to no line.
    strays: list[Fault] = field(default_factory=list)

    def add(self, other: Found) -> None:
        for slug, lines in other.lines.items():
            self.lines[slug] = self.lines.get(slug, 0) + lines
        self.texts += other.texts
        self.versions += other.versions
        self.places += other.places
        self.strays += other.strays


def find() -> Found:
    """Return all that there is, and name what belongs to nothing. Raises StoreUnavailable, Stopped."""
    found = Found()
    for part in in_threads(_segment, range(SEGMENTS), threads=THREADS, doing="Looking for waivers"):
        found.add(part)
    return found


def each(act: Callable[[str], T], found: Found, *, doing: str) -> Iterator[T]:
    """Give what `act` returns of each departure, as they are done. Raises Stopped, and what `act` raises."""
    small = sorted(slug for slug, lines in found.lines.items() if lines <= LARGE)
    yield from in_threads(act, small, threads=THREADS, doing=doing)
    large = sorted(found.lines.keys() - set(small))
    if large:
        yield from in_threads(act, large, threads=1, doing=f"{doing}, large ones")


def _segment(segment: int) -> Found:
    found = Found()
    items = scans.each(PREFIXES, segment=segment, segments=SEGMENTS, attributes=ATTRIBUTES)
    found.strays = list(_strays(_belonging(items, found)))
    return found


def _belonging(items: Iterable[dict[str, str]], found: Found) -> Iterator[_Belonging]:
    """Count `items` into `found`, and give what should belong to a line."""
    # The items of one partition come one after the other.
    for pk, group in groupby(items, key=lambda item: item["pk"]):
        kind, _, rest = pk.partition("#")
        if kind == "EVENT":
            lines = sum(item["sk"].startswith("WAIVER#") for item in group)
            found.lines[rest] = found.lines.get(rest, 0) + lines
        elif kind == "WAIVER":
            yield _of_partition(rest, list(group))
        elif kind == "SIGNER":
            for item in group:
                found.places += 1
                yield _of_place(item)
        elif kind == "TEXT":
            found.texts.append(rest)
        elif pk not in _SHARED:
            found.versions.append(rest)


def _of_partition(ulid: str, items: list[dict[str, str]]) -> _Belonging:
    record = next((item for item in items if item["sk"] == "RECORD"), None)
    slug = record.get("event_id", "") if record is not None else _told_by_life(ulid, items)
    fault = Fault(slug or "nowhere", reference_of(ulid), "its line is missing, and what belongs to it is there")
    return _Belonging(fault, Waiver.keys_for(event_id=slug, ulid=ulid) if slug else None)


def _told_by_life(ulid: str, items: list[dict[str, str]]) -> str:
    """Return the departure of a signature on paper, which has no record; "" where nothing tells."""
    lines = (item.get("line_id", "") for item in items)
    return next((line.removesuffix(f".{ulid}") for line in lines if line.endswith(f".{ulid}")), "")


def _of_place(item: dict[str, str]) -> _Belonging:
    ulid, digest = item.get("waiver_id", ""), item["pk"].removeprefix("SIGNER#")
    text = f"the signer's place {digest[:12]} has no line, or an erased one"
    fault = Fault(item["sk"], reference_of(ulid), text)
    line = Waiver.keys_for(event_id=item["sk"], ulid=ulid) if ulid else None
    return _Belonging(fault, line, (item["pk"], item["sk"]))


def _strays(belonging: Iterable[_Belonging]) -> Iterator[Fault]:
    """Give the faults of those whose line is not there. One BatchGetItem a hundred. Raises StoreUnavailable."""
    belonging = iter(belonging)
    while batch := list(islice(belonging, AT_ONCE)):
        lines = _fetched({each.line for each in batch if each.line is not None}, "state")
        lost = [each for each in batch if each.line is None or _is_lost(each, lines.get(each.line))]
        # A place that was removed stays in the table for days.
        there = _fetched({each.removable for each in lost if each.removable is not None})
        yield from (each.fault for each in lost if each.removable is None or each.removable in there)


def _is_lost(each: _Belonging, line: Row | None) -> bool:
    is_erased = isinstance(line, Waiver) and line.state == State.ERASED
    return line is None or (each.removable is not None and is_erased)


def _fetched(places: set[Place], *attributes: str) -> dict[Place, Row]:
    return patiently(partial(Row.fetch_many, places, only=attributes))
