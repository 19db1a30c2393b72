"""Lists: rows of one kind that share a partition, as a Query asks for them and gives them back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pynamodb.expressions.condition import Condition

from scc.dynamo.answers import reading
from scc.dynamo.indexes import Index, names_of
from scc.dynamo.keys import key_text, may_be_key, template

if TYPE_CHECKING:
    from scc.dynamo.rows import Row

R = TypeVar("R", bound="Row")


@dataclass(frozen=True)
class Page(Generic[R]):
    """Some rows of a longer list, and whether there are more behind them."""

    rows: list[R]
    more: bool

    def __iter__(self) -> Iterator[R]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Asked(Generic[R]):
    """What a Query asks for. within: a condition on the sort key."""

    kind: type[R]
    index: Index | None
    partition: str
    within: Condition | None

    def pages(
        self, *, forward: bool, where: Condition | None, size: int | None = None, after: Row | None = None
    ) -> Iterator[list[R]]:
        """Give the rows as they are read. size: how many items a page has. after: the row behind which they begin."""
        start = None if after is None else _position(after, self.index)
        while True:
            with reading():
                data = self.kind._get_connection().query(
                    self.partition,
                    range_key_condition=self.within,
                    filter_condition=where,
                    consistent_read=self.index is None,
                    index_name=self.index,
                    limit=size,
                    scan_index_forward=forward,
                    exclusive_start_key=start,
                )
            yield self.kind.present(data["Items"])
            start = data.get("LastEvaluatedKey")
            if not start:
                return


def asked(
    kind: type[R], known: Mapping[str, object], index: Index | None, low: object, high: object, prefix: str | None
) -> Asked[R] | None:
    """Return what a Query asks for, as `Row.listing` has it; None where there can be nothing."""
    names = names_of(index)
    hash_key = template(kind.KEYS[names[0]]).fill(known.get)
    if hash_key is None:
        raise ValueError(f"{kind.__name__}.{names[0]} needs every attribute of {kind.KEYS[names[0]]}")
    lead, open_field = template(kind.KEYS[names[1]]).prefix(known)
    sort_key = kind.get_attributes()[names[1]]
    within: Condition | None = None
    if low is not None or high is not None:
        # A bound may not be empty; no key begins below the space.
        bottom = lead + (key_text(low) if low is not None else "") or " "
        # The last code point, so that every longer key with this bound as its beginning is within.
        top = lead + (key_text(high) if high is not None else "") + "\U0010ffff"
        within = sort_key.between(bottom, top)
    elif open_field is None and not prefix:
        within = sort_key == lead
    elif lead or prefix:
        within = sort_key.startswith(lead + (prefix or ""))
    return Asked(kind, index, hash_key, within) if may_be_key(hash_key, lead + (prefix or "")) else None


def _position(row: Row, index: Index | None) -> dict[str, Any]:
    return {name: {"S": getattr(row, name)} for name in ("pk", "sk", *names_of(index))}
