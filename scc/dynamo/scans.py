"""Scans: the whole table read by its keys, in parallel segments. For commands alone, as no page may."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from operator import or_
from typing import Any, TypeVar

from pynamodb.expressions.condition import Condition

from scc.dynamo.answers import reading
from scc.dynamo.errors import StoreUnavailable
from scc.dynamo.rows import Row
from scc.dynamo.tries import tries

# A command has time: a busy table is asked again for this many seconds.
PATIENCE = 60.0
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0

T = TypeVar("T")


def each(
    prefixes: Sequence[str], *, segment: int = 0, segments: int = 1, attributes: Sequence[str] = ()
) -> Iterator[dict[str, str]]:
    """Give the items of one segment whose partition begins with one of `prefixes`: `pk`, and the texts of `attributes`.

    The items of one partition come one after the other, in one segment. Reads are eventually consistent, and each costs
    what the whole item costs. Raises StoreUnavailable when the table does not answer for a minute.
    """
    wanted = reduce(or_, (Row.pk.startswith(prefix) for prefix in prefixes))
    start: dict[str, Any] | None = None
    while True:
        data = patiently(partial(_page, wanted, ["pk", *attributes], segment, segments, start))
        for item in data["Items"]:
            yield {name: value["S"] for name, value in item.items() if "S" in value}
        start = data.get("LastEvaluatedKey")
        if not start:
            return


def patiently(read: Callable[[], T]) -> T:
    """Return what `read` gives; a table that does not answer is asked again for a minute. Raises StoreUnavailable."""
    error = StoreUnavailable("the table did not answer")
    for _ in tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        try:
            return read()
        except StoreUnavailable as exc:
            error = exc
    raise error


def _page(wanted: Condition, attributes: list[str], segment: int, segments: int, start: Any) -> dict[str, Any]:
    with reading():
        data: dict[str, Any] = Row._get_connection().scan(
            filter_condition=wanted,
            attributes_to_get=attributes,
            segment=segment,
            total_segments=segments,
            exclusive_start_key=start,
        )
        return data
