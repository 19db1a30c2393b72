"""What is to be erased today: found by a scan of keys and days in parallel segments, as only commands may."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import groupby

from scc.dynamo import scans
from scc.dynamo.scans import patiently
from scc.walks import in_threads
from waivers.erasing import ERASED
from waivers.rows import Method, State, Waiver

THREADS = 4
SEGMENTS = 16
AT_ONCE = 100
PREFIXES = ("EVENT#", "WAIVER#", "SIGNER#")
ATTRIBUTES = (
    *("sk", "state", "waiver_id", "method", "record_id", "retain_until", "care_until", "erasure_asked_at"),
    *("erased_at", "what", "line_id"),
)

OVER = "Its time is over"
ASKED = "An owner asked for it"
BEGUN = "Its erasure was begun"
# Nobody asked for these: what is held or restricted stays, and that is no fault.
BY_ITSELF = (OVER,)


@dataclass
class Due:
    """What a scan found."""

    # By their ulid, with the reason.
    waivers: dict[str, str] = field(default_factory=dict)
    # Boxes of care whose day has passed: departure and ulid.
    care: list[tuple[str, str]] = field(default_factory=list)
    # Places of signers whose line is erased, as where the key was gone before: digest and departure.
    places: list[tuple[str, str]] = field(default_factory=list)

    def add(self, other: Due) -> None:
        self.waivers |= other.waivers
        self.care += other.care
        self.places += other.places


def find(today: date) -> Due:
    """Return what is due on `today`, the operator's day. Raises StoreUnavailable, Stopped."""
    due = Due()
    look = partial(_segment, today=today.isoformat())
    for part in in_threads(look, range(SEGMENTS), threads=THREADS, doing="Looking for what is due"):
        due.add(part)
    due.care = [place for place in due.care if place[1] not in due.waivers]
    return due


def _segment(segment: int, *, today: str) -> Due:
    due = Due()
    places: list[dict[str, str]] = []
    items = scans.each(PREFIXES, segment=segment, segments=SEGMENTS, attributes=ATTRIBUTES)
    # The items of one partition come one after the other.
    for pk, group in groupby(items, key=lambda item: item["pk"]):
        kind, _, rest = pk.partition("#")
        if kind == "WAIVER":
            due.waivers |= dict(_of_record(rest, list(group), today))
        elif kind == "SIGNER":
            places += group
            if len(places) >= AT_ONCE:
                due.places += _of_nobody(places)
                places = []
        else:
            _take_lines(due, rest, (item for item in group if item["sk"].startswith("WAIVER#")), today)
    due.places += _of_nobody(places)
    return due


def _of_nobody(places: list[dict[str, str]]) -> list[tuple[str, str]]:
    """Return the digest and the departure of those `places` whose line is erased. A BatchGetItem or two."""
    at = [Waiver.keys_for(event_id=item["sk"], ulid=item.get("waiver_id", "none")) for item in places]
    lines = patiently(partial(Waiver.fetch_many, at, only=("state",)))
    erased = {place for place, line in lines.items() if line.state == State.ERASED}
    found = zip(places, at, strict=True)
    return [(item["pk"].partition("#")[2], item["sk"]) for item, place in found if place in erased]


def _of_record(ulid: str, items: list[dict[str, str]], today: str) -> Iterator[tuple[str, str]]:
    record = next((item for item in items if item["sk"] == "RECORD"), None)
    if record is None or "erased_at" in record:
        return
    if any(item.get("what") == ERASED and item.get("line_id", "").endswith(f".{ulid}") for item in items):
        yield ulid, BEGUN
    elif record.get("retain_until", today) < today:
        yield ulid, OVER


def _take_lines(due: Due, slug: str, lines: Iterable[dict[str, str]], today: str) -> None:
    for line in lines:
        if line.get("state") == State.ERASED:
            continue
        ulid = line["sk"].removeprefix("WAIVER#")
        if "erasure_asked_at" in line:
            due.waivers[line.get("record_id", ulid)] = ASKED
        elif line.get("method") == Method.PAPER and line.get("retain_until", today) < today:
            due.waivers[ulid] = OVER
        if line.get("care_until", today) < today:
            due.care.append((slug, ulid))
