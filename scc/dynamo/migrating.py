"""A migration of rows: the whole table, in segments at once, each of which keeps its place.

A run that was begun and not ended is gone on with from the places that it kept; what was done behind them is found
done. The table stays in use: see `scc.dynamo.migrations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial, reduce
from operator import or_
from threading import Event, Lock
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from pynamodb.expressions.condition import Condition

from scc.dynamo.answers import reading
from scc.dynamo.errors import StoreUnavailable
from scc.dynamo.migration_rows import MigrationPlace
from scc.dynamo.migration_runs import SEGMENTS
from scc.dynamo.migrations import CannotMigrate, Item, change_of, migrate
from scc.dynamo.paces import Pace
from scc.dynamo.rows import Row
from scc.dynamo.scans import patiently

# Items that are read, and done, before a segment keeps its place again.
PAGE = 200
# What a new table that is billed on demand takes at once: 4,000 write units a second, and three times as many read
# units. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
ON_DEMAND = 4000
READS_A_WRITE = 3

T = TypeVar("T")

COUNTS = ("read", "migrated", "unchanged", "reported")


@dataclass(frozen=True)
class Found:
    """An item that is not as it should be: where it is, and why. It names no one."""

    pk: str
    sk: str
    why: str

    def __str__(self) -> str:
        return f"{self.pk}/{self.sk} {self.why}"


class Tally:
    """What became of what was read, told by several threads."""

    def __init__(self) -> None:
        self.counts = dict.fromkeys(COUNTS, 0)
        self.found: list[Found] = []
        self._lock = Lock()

    def take(self, counts: dict[str, int], found: Sequence[Found] = ()) -> None:
        with self._lock:
            for name in COUNTS:
                self.counts[name] += counts[name]
            self.found += found


@dataclass
class Doing:
    """How a run goes: which kinds, how fast, whom it tells, and whether it is to stop."""

    kinds: Sequence[type[Row]]
    rate: float
    advance: Callable[[int], object] = lambda _: None
    stopped: Callable[[], object] = lambda: False

    def __post_init__(self) -> None:
        self.writes = Pace(self.rate, stopped=self.is_over)
        self.reads = Pace(self.rate * READS_A_WRITE, stopped=self.is_over)
        self.failed = Event()

    def is_over(self) -> bool:
        """Say whether to begin nothing more: someone asked to stop, or a segment failed."""
        return self.failed.is_set() or bool(self.stopped())


def carry_out(places: Sequence[MigrationPlace], doing: Doing, tally: Tally) -> bool:
    """Migrate what is behind each of `places`. Returns whether all is done; not, when it was asked to stop.

    Raises StoreError; the places that were kept stay.
    """
    _in_threads([partial(_carry_out, place, len(places), doing, tally) for place in places], doing)
    return all(place.ended_at is not None for place in places)


def look(doing: Doing, tally: Tally, *, segments: int = SEGMENTS, strictly: bool = False) -> bool:
    """Read the whole table and write nothing: what is to be migrated is counted so.

    strictly: as a verification. What is to be migrated is a fault then, and is reported; it is read consistently.
    Returns whether all was read.
    """
    done = _in_threads([partial(_look, number, segments, doing, tally, strictly) for number in range(segments)], doing)
    return all(done)


def size_of_table() -> int:
    """Return how many items there are, about: DynamoDB counts every six hours."""
    return int(_description().get("ItemCount", 0))


def rate_of(share: float) -> float:
    """Return the write units a second that are this share (0.1) of what the table takes."""
    provisioned = _description().get("ProvisionedThroughput", {}).get("WriteCapacityUnits", 0)
    return share * float(provisioned or ON_DEMAND)


def _description() -> dict[str, Any]:
    # PynamoDB's own client of the same process; its type says less than it is.
    client: Any = Row._get_connection().connection.client
    try:
        table: dict[str, Any] = client.describe_table(TableName=settings.SCC_TABLE)["Table"]
    except (BotoCoreError, ClientError) as exc:
        raise StoreUnavailable("the table did not say how large it is") from exc
    return table


# One segment


def _carry_out(place: MigrationPlace, segments: int, doing: Doing, tally: Tally) -> None:
    tally.take({name: getattr(place, name) for name in COUNTS})
    doing.advance(place.scanned)
    if place.ended_at is not None:
        return
    start = {"pk": {"S": place.after_pk}, "sk": {"S": place.after_sk}} if place.after_pk else None
    for page in _pages(doing, int(place.segment), segments, start):
        counts, found = _migrated(page.items, doing)
        tally.take(counts, found)
        doing.advance(page.scanned)
        if counts["read"] < len(page.items):
            # Asked to stop within the page: its place stays before it.
            return
        _keep(place, page, counts, doing)


def _migrated(items: Sequence[Item], doing: Doing) -> tuple[dict[str, int], list[Found]]:
    counts, found = dict.fromkeys(COUNTS, 0), list[Found]()
    for item in items:
        if doing.is_over():
            break
        counts["read"] += 1
        try:
            written, units = migrate(item)
        except CannotMigrate as exc:
            counts["reported"] += 1
            found.append(_found(item, str(exc)))
        else:
            counts["migrated" if written else "unchanged"] += 1
            doing.writes.spend(units)
    return counts, found


def _keep(place: MigrationPlace, page: _Page, counts: dict[str, int], doing: Doing) -> None:
    """Store up to where the segment is done."""
    place.after_pk, place.after_sk = page.last
    place.ended_at = None if page.last[0] else datetime.now(UTC)
    place.scanned += page.scanned
    for name in COUNTS:
        setattr(place, name, getattr(place, name) + counts[name])
    patiently(partial(_store, place))
    doing.writes.spend(1)


def _store(place: MigrationPlace) -> None:
    # Expects nothing: whoever stores another place of this run has done as much, or does it again.
    with reading():
        place.stamp().save()


def _look(segment: int, segments: int, doing: Doing, tally: Tally, strictly: bool) -> bool:
    for page in _pages(doing, segment, segments, None, consistent=strictly):
        counts, found = dict.fromkeys(COUNTS, 0), list[Found]()
        for item in page.items:
            counts["read"] += 1
            what, why = _judged(item, strictly)
            counts[what] += 1
            found += [_found(item, why)] if why else []
        tally.take(counts, found)
        doing.advance(page.scanned)
        if doing.is_over():
            return False
    return True


def _judged(item: Item, strictly: bool) -> tuple[str, str]:
    """Return what an item counts as, and why it is reported, if it is."""
    try:
        change = change_of(item)
    except CannotMigrate as exc:
        return "reported", str(exc)
    if change is None:
        return "unchanged", ""
    if not strictly:
        return "migrated", ""
    older = change.row.older
    return (
        "reported",
        f"is of shape {older.shape}" if older else f"has another {', '.join(change.names)} than it should",
    )


def _found(item: Item, why: str) -> Found:
    return Found(item["pk"]["S"], item["sk"]["S"], why)


# The table


@dataclass(frozen=True)
class _Page:
    items: list[Item]
    scanned: int
    # The keys of the last item, "" at the end.
    last: tuple[str, str]


def _pages(
    doing: Doing, segment: int, segments: int, start: dict[str, Any] | None, *, consistent: bool = False
) -> Iterator[_Page]:
    wanted = reduce(or_, (Row.kind == kind for kind in doing.kinds))
    while not doing.is_over():
        data = patiently(partial(_scan, wanted, segment, segments, start, consistent))
        start = data.get("LastEvaluatedKey")
        last = (start["pk"]["S"], start["sk"]["S"]) if start else ("", "")
        yield _Page(data["Items"], data["ScannedCount"], last)
        if not start:
            return
        # A unit is 4 KB read consistently, and twice that otherwise; an item of ours has one or two.
        doing.reads.spend(data["ScannedCount"] * (0.5 if consistent else 0.25))


def _scan(wanted: Condition, segment: int, segments: int, start: Any, consistent: bool) -> dict[str, Any]:
    with reading():
        data: dict[str, Any] = Row._get_connection().scan(
            filter_condition=wanted,
            limit=PAGE,
            segment=segment,
            total_segments=segments,
            exclusive_start_key=start,
            consistent_read=consistent,
        )
        return data


def _in_threads(acts: Sequence[Callable[[], T]], doing: Doing) -> list[T]:
    """Return what each of `acts` returns. When one fails the others end early, and its error is raised."""

    def watched(act: Callable[[], T]) -> T:
        done = False
        try:
            result = act()
            done = True
        finally:
            if not done:
                doing.failed.set()
        return result

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(watched, acts))
