"""Strict JSON."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scc.api import BadRequest
from scc.api.bodies import parse


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b""),
        (400, b" "),
        (400, b"{"),
        (400, b"nonsense"),
        (400, b"{'a': 1}"),
        (400, b'{"a": 1} {"a": 1}'),
        (400, b'{"a": NaN}'),
        (400, b'{"a": Infinity}'),
        (400, b'{"a": -Infinity}'),
        (400, b'{"a": 01}'),
        (400, b'{"a": 1, "a": 2}'),
        (400, b'{"a": {"b": 1, "b": 2}}'),
        (400, b'{"a": "\xff"}'),
        (400, b'\xef\xbb\xbf{"a": 1}'),
        (400, '{"a": 1}'.encode("utf-16")),
        (400, b"[" * 60_000),
        (400, b'{"a":' * 10_000),
        (422, b'{"a": 1e99999999999999999999999}'),
        (422, b"[]"),
        (422, b"null"),
        (422, b'"text"'),
        (422, b"1"),
    ],
)
def test_parse_refuses(status: int, body: bytes) -> None:
    with pytest.raises(BadRequest) as refused:
        parse(body)

    assert refused.value.status == status


def test_parse_reads_numbers_exactly() -> None:
    assert parse(b'{"a": 125.10, "b": 3, "c": 1e2}') == {"a": Decimal("125.10"), "b": Decimal(3), "c": Decimal("1e2")}


@given(st.binary(max_size=200))
def test_parse_refuses_any_bytes_in_its_own_words(body: bytes) -> None:
    try:
        parse(body)
    except BadRequest as refused:
        assert refused.status in {400, 422}  # noqa: PT017  # most bytes are refused, some are JSON
