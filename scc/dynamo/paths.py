"""How a query is answered: by keys, or not at all.

The equality conditions of a query are filled into the key templates of the row. Both keys full is a GetItem; a full
partition key is a Query, of the table or of an index, with the sort template's known beginning as its range; what no
key takes becomes a FilterExpression. Nothing scans: a query that fits no key is refused with an error that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import NotSupportedError
from pynamodb.expressions.condition import Condition

from scc.dynamo.indexes import Index
from scc.dynamo.keys import Template
from scc.dynamo.rows import Row

EQUAL = "exact"
RANGES = frozenset({"gte", "lte", "gt", "lt", "startswith"})
LOOKUPS = RANGES | {EQUAL, "in", "isnull"}


@dataclass(frozen=True)
class Wanted:
    """One condition of a query, on a row's attribute."""

    attribute: str
    lookup: str
    value: Any

    def __str__(self) -> str:
        return f"{self.attribute}__{self.lookup}={self.value!r}"

    def as_filter(self, row_class: type[Row]) -> Condition:
        """Return the condition as DynamoDB's FilterExpression takes it."""
        attribute = row_class.get_attributes()[self.attribute]
        if self.value is None or self.value == "":
            return attribute.does_not_exist()
        if self.lookup == "in":
            return attribute.is_in(*self.value)
        if self.lookup == "isnull":
            return attribute.does_not_exist() if self.value else attribute.exists()
        if self.lookup == "startswith":
            return attribute.startswith(self.value)
        comparisons: dict[str, Callable[[Any], Condition]] = {
            EQUAL: attribute.__eq__,
            "gte": attribute.__ge__,
            "lte": attribute.__le__,
            "gt": attribute.__gt__,
            "lt": attribute.__lt__,
        }
        return comparisons[self.lookup](self.value)


@dataclass
class KeyPath:
    """A Query of one partition: of the table (index None), by date (gsi1) or by name (gsi2)."""

    index: Index | None
    known: dict[str, Any]
    open_attribute: str | None
    low: Any = None
    high: Any = None
    prefix: str | None = None
    filters: list[Wanted] = field(default_factory=list)

    @property
    def strength(self) -> tuple[bool, bool]:
        """How well the keys answer: a range that a key takes counts first, the consistent table second."""
        return (self.low is not None or self.high is not None or self.prefix is not None, self.index is None)


def key_path(row_class: type[Row], wanted: Sequence[Wanted], order: str | None) -> KeyPath:
    """Return the best path that answers `wanted`, in the order of attribute `order` when one is given.

    Raises NotSupportedError, naming the question, when no key answers it.
    """
    indexes: tuple[Index | None, ...] = (None, "gsi1", "gsi2")
    paths = [path for index in indexes if (path := _path_by(row_class, wanted, index))]
    fitting = [path for path in paths if order is None or path.open_attribute in (None, order)]
    if not fitting:
        question = ", ".join(str(want) for want in wanted) or "everything"
        by = f" in the order of {order}" if order else ""
        raise NotSupportedError(f"No key of {row_class.__name__} answers {question}{by}; refusing to scan.")
    return max(fitting, key=lambda path: path.strength)


def _path_by(row_class: type[Row], wanted: Sequence[Wanted], index: Index | None) -> KeyPath | None:
    hash_template = row_class.KEYS.get(f"{index}pk" if index else "pk")
    sort_template = row_class.KEYS.get(f"{index}sk" if index else "sk")
    if hash_template is None or sort_template is None:
        return None
    equal = {want.attribute: want.value for want in wanted if want.lookup == EQUAL}
    in_hash = Template(hash_template).fields
    if not all(name in equal for name in in_hash):
        return None
    _, open_attribute = Template(sort_template).prefix(equal)
    in_sort = Template(sort_template).fields
    in_sort = in_sort[: in_sort.index(open_attribute)] if open_attribute else in_sort
    path = KeyPath(index, {name: equal[name] for name in (*in_hash, *in_sort)}, open_attribute)
    for want in wanted:
        if want.lookup == EQUAL and want.attribute in path.known:
            continue
        if want.attribute == open_attribute and want.lookup in RANGES:
            _narrow(path, want)
        else:
            path.filters.append(want)
    return path


def _narrow(path: KeyPath, want: Wanted) -> None:
    if want.lookup == "startswith":
        path.prefix = want.value
    elif want.lookup in {"gte", "gt"}:
        path.low = want.value
    else:
        path.high = want.value
    # A key's range includes its ends.
    if want.lookup in {"gt", "lt"}:
        path.filters.append(want)
