"""What may stand in a legacy table, read."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from scc.imports.lines import Line
from scc.legacy import items
from scc.legacy.items import Item

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
# What may stand where a number, a text or a list belongs.
ANY = VALUES | st.sampled_from(
    ["$1,250.00", " 75 ", "2026-05-23T10:00:00Z", 1779500000, 1779500000000, "\ud800", "soon"]
)


def read(item: object, number: int = 1) -> Item:
    return items.read(Line(number, json.dumps(item), named=f"line {number}"))
