"""Lines kept in a file, and given back group by group."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scc.imports.lines import ImportFailed, Line
from scc.imports.spools import Spool

LINES = st.lists(
    st.builds(
        Line,
        st.integers(1, 10**9),
        st.text(),
        st.dictionaries(st.text(), st.text(), max_size=3),
        st.text(),
        st.text(max_size=5),
    ),
    max_size=20,
)


@given(lines=LINES)
def test_spool_gives_back_every_line_of_a_group_in_order(lines: list[Line]) -> None:
    with Spool(lines, group_of=lambda line: line.raw[:1]) as spool:
        back = {group: spool.read(group) for group in spool.groups}
        sizes = [spool.size(group) for group in spool.groups]

        assert len(spool) == len(lines) == sum(sizes)

    assert back == {group: [line for line in lines if line.raw[:1] == group] for group in back}
    assert list(back) == sorted(back)


def test_spool_is_read_by_several_threads() -> None:
    lines = [Line(number, f"{number % 7} {'x' * number}") for number in range(500)]
    groups = [f"{number}" for number in range(7)] * 10

    with Spool(lines, group_of=lambda line: line.raw[0]) as spool, ThreadPoolExecutor(4) as pool:
        read = list(pool.map(spool.read, groups))

    assert read == [[line for line in lines if line.raw[0] == group] for group in groups]


def test_spool_goes_with_what_stops_it() -> None:
    def lines() -> Iterator[Line]:
        yield Line(1, "raw")
        raise ImportFailed("Torn.")

    # Warnings are errors, and a file left open is one.
    with pytest.raises(ImportFailed):
        Spool(lines(), group_of=lambda line: line.raw)
