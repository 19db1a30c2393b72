"""Shapes: how the rows of a kind were stored before, and how they become what they are now.

A kind that is to be stored otherwise gets one `Upgrade` more; its shape is how many it has, and one. Each item says in
`shape` of which it is (nothing: the first). Whoever reads an older item gets a row of the last shape, made in memory.
Whoever then writes an attribute that the upgrade sets writes all of them, and the shape: see `scc.dynamo.units`.
`scc.dynamo.migrations` does the same to those that nobody writes. See docs/adr/0021-row-migrations.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from scc.dynamo.rows import Row

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Upgrade:
    """How a row becomes one of the next shape. Without anything given, its index keys alone are stamped anew.

    reads: the attributes that it is made from; `gives` and `splits` are handed these and no others, so that a write can
    expect each to be as it was read. gives: what it sets, by name; None takes an attribute off. splits: the rows that
    come into being beside it. Both follow from the values alone: no clock, no chance, no table.
    """

    reads: Sequence[str] = ()
    gives: Callable[[Values], Values] = field(default=lambda _: {})
    splits: Callable[[Values], Sequence[Row]] | None = None

    def values(self, row: Row) -> dict[str, Any]:
        """Return of `row` what this is made from."""
        return {name: getattr(row, name) for name in self.reads}


@dataclass(frozen=True)
class Older:
    """What an item of an older shape was. changed: the attributes that are others now. parts: what is split off it."""

    shape: int
    changed: frozenset[str]
    parts: Sequence[Row]


R = TypeVar("R", bound="Row")


def upgraded(row: R) -> R:
    """Make `row`, as it was read, one of its kind's last shape, and return it."""
    shape = row.shape or 1
    upgrades = type(row).UPGRADES[shape - 1 :]
    if not upgrades or row.is_removed:
        return row
    before = dict(row.attribute_values)
    parts: list[Row] = []
    for upgrade in upgrades:
        values = upgrade.values(row)
        parts += upgrade.splits(values) if upgrade.splits else ()
        _set(row, upgrade.gives(values))
    row.stamp_indexes()
    row.shape = type(row).last_shape()
    for part in parts:
        part.stamp().split_from = row
    row.older = Older(shape, frozenset(_differing(before, row.attribute_values)), parts)
    return row


def rederived(row: Row) -> frozenset[str]:
    """Set in `row`, of the last shape, what follows from its other attributes. Returns what that is.

    What the upgrade made in place, or split, is nothing that follows: it stays.
    """
    if not row.UPGRADES:
        return frozenset()
    last = row.UPGRADES[-1]
    given = last.gives(last.values(row))
    if last.splits is not None or not given.keys().isdisjoint(last.reads):
        return frozenset()
    _set(row, given)
    return frozenset(given)


def part_of(row: Row, kind: type[R]) -> R | None:
    """Return the row of `kind` that is split off `row`, where the item still holds it; None where it has its own."""
    parts = row.older.parts if row.older else ()
    return next((part for part in parts if isinstance(part, kind)), None)


def completion(row: Row, set: Values) -> dict[str, Any]:
    """Return what an update of `row` that sets `set` has to set besides, so that the item is of one shape throughout.

    An older item that is changed elsewhere stays as sound as it was. One of a shape that this release does not know
    becomes one of ours again, so that the release that knows it upgrades it anew.
    """
    if row.older is None:
        return {"shape": type(row).last_shape()} if set and (row.shape or 1) > (type(row).last_shape() or 1) else {}
    if row.older.changed.isdisjoint(set):
        return {}
    return {name: getattr(row, name) for name in row.older.changed}


def _set(row: Row, values: Values) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _differing(before: Values, after: Values) -> list[str]:
    return [name for name in before.keys() | after.keys() if (before.get(name) or None) != (after.get(name) or None)]
