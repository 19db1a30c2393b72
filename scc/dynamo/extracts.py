"""Some attributes of many rows, without the rows.

To make a row costs more than to read it: of 500 entries with their thirty attributes, 85 ms of CPU go by until they are
rows, and 25 until their dozen attributes that matter are plain values. For pages over hundreds of rows, and for no
others: a row knows more than its values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scc.dynamo.answers import reading
from scc.dynamo.indexes import Index
from scc.dynamo.keys import Template, key_text
from scc.dynamo.rows import Row


def extracts(
    kind: type[Row], only: Sequence[str], *, index: Index, known: Mapping[str, object], low: object, high: object
) -> Iterator[dict[str, Any]]:
    """Give the attributes `only` of the rows that `Row.listing` gives, by name; a default where one is missing.

    known: values for the partition's template. low, high: bounds (inclusive) of what leads the sort template.
    One Query for each megabyte of whole rows. Raises StoreUnavailable, and TypeError for a removable kind and for one
    with upgrades: whether one was removed, and of which shape it is, is not asked.
    """
    if kind.REMOVABLE or kind.UPGRADES:
        raise TypeError(f"{kind.__name__} is removable, or has items of several shapes; use listing()")
    hash_key = Template(kind.KEYS[f"{index}pk"]).fill(known.get)
    if hash_key is None:
        raise ValueError(f"{kind.__name__}.{index}pk needs every attribute of {kind.KEYS[f'{index}pk']}")
    attributes = kind.get_attributes()
    # The last code point, so that every longer key with this bound as its beginning is within.
    between = attributes[f"{index}sk"].between(key_text(low), key_text(high) + "\U0010ffff")
    read = [(name, attributes[name].attr_type, attributes[name]) for name in only]
    start: dict[str, Any] | None = None
    while True:
        with reading():
            data = kind._get_connection().query(
                hash_key,
                range_key_condition=between,
                index_name=index,
                attributes_to_get=list(only),
                exclusive_start_key=start,
            )
        for item in data["Items"]:
            yield {
                name: attribute.deserialize(item[name][type_]) if name in item else attribute.default
                for name, type_, attribute in read
            }
        start = data.get("LastEvaluatedKey")
        if not start:
            return
