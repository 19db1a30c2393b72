"""One item of an older shape becomes one of the last, provided that it is as it was read.

The write expects the version, the shape, and each attribute that the new ones are made from. Where one is another by
then, the item is read again. So no writer is overtaken, and none is held up: `version` and `unit` stay as they are, an
open form saves, and a lost answer is still told from a conflict.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite
from ulid import ULID

from scc.dynamo import checks, raw
from scc.dynamo.answers import code_of, is_transient, reading
from scc.dynamo.errors import StoreError, StoreUnavailable
from scc.dynamo.indexes import INDEX_KEYS
from scc.dynamo.keys import Template
from scc.dynamo.raw import Unreadable
from scc.dynamo.rows import Row
from scc.dynamo.scans import FIRST_PAUSE, LONGEST_PAUSE, PATIENCE
from scc.dynamo.shapes import rederived
from scc.dynamo.tries import tries

Item = dict[str, Any]

_CONFLICTS = frozenset(
    {"ConditionalCheckFailedException", "TransactionCanceledException", "TransactionConflictException"}
)


class CannotMigrate(StoreError):
    """An item that stays as it is; says why."""


@dataclass(frozen=True)
class Change:
    """What is to be written of an item, as it was read. names: the attributes that are to be others."""

    row: Row
    item: Item
    names: tuple[str, ...]

    @property
    def parts(self) -> list[Row]:
        return list(self.row.older.parts) if self.row.older else []

    def condition(self) -> Condition:
        """Return what must hold of the stored item: that each attribute which this follows from is as it was read."""
        condition = Row.pk.exists()
        for name in sorted({"version", "shape", *_made_from(self.row), *self.names}):
            condition = condition & _as_read(self.row, name, self.item)
        return condition

    def actions(self) -> list[Action]:
        attributes = self.row.get_attributes()
        values = [(attributes[name], getattr(self.row, name)) for name in self.names]
        return [attribute.remove() if value in (None, "") else attribute.set(value) for attribute, value in values]


def kinds() -> list[type[Row]]:
    """Return every kind that has items of several shapes, by name."""
    return sorted((kind for kind in checks.kinds() if kind.UPGRADES), key=name_of)


def name_of(kind: type[Row]) -> str:
    """Return what the table calls a kind: `PATRON`."""
    return str(Row.kind.get_discriminator(kind))


def change_of(item: Item) -> Change | None:
    """Return what is to be written of `item`, None where it is as it should be.

    Raises CannotMigrate for an item that is no row, or of a shape that this release does not know.
    """
    row = raw.read(item)
    if isinstance(row, Unreadable):
        raise CannotMigrate(row.why)
    last = row.last_shape() or 1
    if (row.shape or 1) > last:
        raise CannotMigrate(f"is of shape {row.shape}; this release knows {last}")
    if row.is_removed or not row.UPGRADES:
        return None
    # A release that knew nothing of the shape may have written an item of the last one since.
    made = row.older.changed if row.older else rederived(row)
    wanted = row.stamp_indexes().serialize()
    names = {"shape", *INDEX_KEYS, *made}
    others = tuple(sorted(name for name in names if item.get(name) != wanted.get(name)))
    return Change(row, item, others) if others else None


def migrate(item: Item) -> tuple[bool, float]:
    """Bring `item`, as it was read, to the last shape. Returns whether it was written, and how many units it took.

    Raises CannotMigrate, and StoreUnavailable when the table does not answer for a minute.
    """
    for _ in tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        change = change_of(item)
        if change is None:
            return False, 0.0
        try:
            return True, _write(change)
        except PynamoDBException as exc:
            # An answer that was lost is told by reading: then there is nothing left to write.
            if code_of(exc) not in _CONFLICTS and not is_transient(exc):
                raise
        # In this order: whoever splits it meanwhile is not taken for a part that was there before.
        there = _stored(change.parts)
        again = _read(item)
        if again is None:
            return False, 0.0
        if there and change_of(again) is not None:
            raise CannotMigrate(f"{there[0].pk}/{there[0].sk} is split off it already; put one of them right by hand")
        item = again
    raise StoreUnavailable("the table did not answer")


def _write(change: Change) -> float:
    """Write, and return how many write units it took."""
    row, condition = change.row, change.condition()
    if change.parts:
        connection = Row._get_connection().connection
        with TransactWrite(connection=connection, client_request_token=str(ULID())) as transaction:
            transaction.update(row, change.actions(), condition=condition)
            for part in change.parts:
                transaction.save(part, condition=part.is_free())
        # A transaction takes twice what its writes would.
        return 2.0 * sum(_units_of(each.serialize()) for each in (row, *change.parts))
    answer = Row._get_connection().update_item(
        row.pk, row.sk, actions=change.actions(), condition=condition, return_consumed_capacity="TOTAL"
    )
    taken = answer.get("ConsumedCapacity", {}).get("CapacityUnits")
    return float(taken) if taken else _units_of(row.serialize())


def _stored(parts: Sequence[Row]) -> list[Row]:
    """Return those of `parts` that have an item of their own."""
    found = Row.fetch_many([(str(part.pk), str(part.sk)) for part in parts], only=()) if parts else {}
    return list(found.values())


def _units_of(item: Item) -> float:
    """Return how many write units an item takes, about: one a kilobyte, in the table and in each index."""
    kilobytes = -(-len(str(item)) // 1024)
    return float(kilobytes * (1 + sum(name in item for name in ("gsi1pk", "gsi2pk"))))


def _read(item: Item) -> Item | None:
    """Return the item as it is now. A table that does not answer is asked again when it is tried again."""
    try:
        with reading():
            data = Row._get_connection().get_item(item["pk"]["S"], range_key=item["sk"]["S"], consistent_read=True)
    except StoreUnavailable:
        return item
    return (data or {}).get("Item")


def _made_from(row: Row) -> Iterator[str]:
    for upgrade in row.UPGRADES:
        yield from upgrade.reads
    for name in INDEX_KEYS:
        yield from Template(row.KEYS.get(name, "")).fields


def _as_read(row: Row, name: str, item: Item) -> Condition:
    attribute: Any = row.get_attributes()[name]
    there = name in item
    same: Condition = (
        attribute == attribute.deserialize(attribute.get_value(item[name])) if there else ~attribute.exists()
    )
    return same
