"""Items as they lie in the table, for commands that verify: one that cannot be read is told, and hides no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scc.dynamo.answers import reading
from scc.dynamo.rows import Row


@dataclass(frozen=True)
class Unreadable:
    """An item that is of no kind that we know, or whose attributes are not of their types."""

    pk: str
    sk: str
    why: str


def each(pk: str, prefix: str = "") -> Iterator[Row | Unreadable]:
    """Give every item of one partition, removed ones too, read consistently, a megabyte in memory at most.

    prefix: of `sk`. One Query for each megabyte. Raises StoreUnavailable.
    """
    condition = Row.sk.startswith(prefix) if prefix else None
    start: dict[str, Any] | None = None
    while True:
        with reading():
            data = Row._get_connection().query(
                pk, range_key_condition=condition, consistent_read=True, exclusive_start_key=start
            )
        yield from map(read, data["Items"])
        start = data.get("LastEvaluatedKey")
        if not start:
            return


def fetch(pk: str, sk: str) -> Row | Unreadable | None:
    """Return the item at `pk` and `sk`, read consistently; None where there is none, or one that was removed.

    One GetItem. Raises StoreUnavailable.
    """
    with reading():
        data = Row._get_connection().get_item(pk, range_key=sk, consistent_read=True)
    item = (data or {}).get("Item")
    row = read(item) if item else None
    return None if isinstance(row, Row) and row.is_removed else row


def read(item: dict[str, Any]) -> Row | Unreadable:
    """Return the row that `item` is."""
    try:
        return Row.from_raw_data(item)
    except (ValueError, TypeError) as exc:
        return Unreadable(item["pk"]["S"], item["sk"]["S"], f"{type(exc).__name__}: {exc}"[:200])
