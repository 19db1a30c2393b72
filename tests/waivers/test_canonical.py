from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waivers.canonical import LARGEST, NotCanonical, canonical, sha256

texts = st.text(st.characters(codec="utf-8"))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)


def test_canonical_orders_by_utf16_code_units() -> None:
    # RFC 8785, 3.2.3: its own example.
    example = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }

    ordered = list(json.loads(canonical(example)).values())

    assert ordered == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


def test_canonical_escapes_as_the_rfc_does() -> None:
    # RFC 8785, 3.2.2.2.
    assert canonical('\u20ac$\u000f\nA\'B"\\"/\x7f') == '"€$\\u000f\\nA\'B\\"\\\\\\"/\x7f"'


@given(values)
def test_canonical_reads_back(value: Any) -> None:
    assert json.loads(canonical(value)) == value


@given(st.dictionaries(texts, values))
def test_canonical_is_the_same_whatever_the_order(value: dict[str, Any]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@given(st.integers(-LARGEST, LARGEST) | texts, st.integers(-LARGEST, LARGEST) | texts)
def test_canonical_differs_where_values_do(one: object, other: object) -> None:
    assert (canonical([one]) == canonical([other])) == (one == other)


@pytest.mark.parametrize("value", [1.5, float("nan"), "\ud800", {"\ud800": 1}, {1: 2}, 2**53, b"bytes", {1, 2}])
def test_canonical_refuses_what_has_no_form(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical(value)


def test_sha256_is_of_utf8() -> None:
    assert sha256("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
