"""The two indexes of the table, and the names of all its keys."""

from __future__ import annotations

from typing import Any, Literal

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

INDEX_KEYS = ("gsi1pk", "gsi1sk", "gsi2pk", "gsi2sk")
KEY_NAMES = ("pk", "sk", *INDEX_KEYS)

Index = Literal["gsi1", "gsi2"]


class ByDate(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB's __init_subclass__
    class Meta:
        index_name = "gsi1"
        projection = AllProjection()

    gsi1pk = UnicodeAttribute(hash_key=True)
    gsi1sk = UnicodeAttribute(range_key=True)


class ByName(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]  # PynamoDB's __init_subclass__
    class Meta:
        index_name = "gsi2"
        projection = AllProjection()

    gsi2pk = UnicodeAttribute(hash_key=True)
    gsi2sk = UnicodeAttribute(range_key=True)


def names_of(index: Index | None) -> tuple[str, str]:
    """Return the two key attributes of an index; of the table itself for None."""
    return (f"{index}pk", f"{index}sk") if index else ("pk", "sk")
