"""Text that people typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scc.text import BadText, clean_email, clean_line, clean_name, clean_note


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ana López", "Ana López"),
        ("Ana Lo\u0301pez", "Ana L\u00f3pez"),
        ("  Ana \t\n López  ", "Ana López"),
        ("A\u200bn\u200da\ufeff", "Ana"),
        ("Ana\u202egro.evil", "Anagro.evil"),
        ("Ana\x07\x1b[31m", "Ana[31m"),
        ("小林 花子", "小林 花子"),
        ("Ольга", "Ольга"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),
        ("X", "X"),
        ("7", "7"),
    ],
)
def test_clean_name_keeps_what_is_seen(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", " ", "\t\n", "\u200b", "\u200d\u2060\ufeff", "\u3164", "\u2800", "\u00ad", "\u0301", "\ufe0f"]
)
def test_clean_name_refuses_a_blank_one(typed: str) -> None:
    with pytest.raises(BadText, match="blank"):
        clean_name(typed)


@pytest.mark.parametrize("clean", [clean_name, clean_line, clean_note])
@pytest.mark.parametrize("typed", ["Ana\0", "\ud800", "Ana\udfff"])
def test_what_is_no_text_is_refused(clean: Callable[[str], str], typed: str) -> None:
    with pytest.raises(BadText, match="not text"):
        clean(typed)


def test_clean_name_refuses_a_long_one_with_its_length() -> None:
    assert clean_name("A" * 200) == "A" * 200
    with pytest.raises(BadText, match="at most 200 characters; it has 201"):
        clean_name("A" * 201)


def test_clean_line_may_be_empty() -> None:
    assert clean_line(" ") == ""


def test_clean_note_keeps_its_lines() -> None:
    assert clean_note(" first \r\nsecond\x07\u2028third\n\n") == "first\nsecond\nthird"


@pytest.mark.parametrize("typed", ["ana@example.com", " ana@example.com ", ""])
def test_clean_email_takes_one_bare_address(typed: str) -> None:
    assert clean_email(typed) == typed.strip()


@pytest.mark.parametrize(
    "typed", ["ana", "Ana <ana@example.com>", "a@b.c, d@e.f", "a@example.com\nBcc: b@example.com", f"{'a' * 250}@b.co"]
)
def test_clean_email_refuses_anything_else(typed: str) -> None:
    with pytest.raises(BadText):
        clean_email(typed)


@given(st.text())
def test_clean_name_is_settled_and_one_line(typed: str) -> None:
    try:
        name = clean_name(typed)
    except BadText:
        return

    assert clean_name(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert len(name.splitlines()) == 1
