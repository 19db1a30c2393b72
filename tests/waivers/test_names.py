from __future__ import annotations

import pytest

from waivers import names


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Ana López", "lopez, ana"),
        ("Ana López", "Ana Maria Lopez"),
        ("Jon Smith", "John Smith"),
        ("Sean O'Brien", "Sean O\u2019Brien"),
        ("Jean-Luc Picard", "Jean Luc Picard"),
        ("王小明", "王小明"),
    ],
)
def test_likeness_finds_the_same_person(name: str, other: str) -> None:
    assert names.likeness(name, other) > 0.8
    assert names.likeness(other, name) == names.likeness(name, other)


@pytest.mark.parametrize(
    ("name", "other"),
    [("Ana López", "Maria López"), ("Ana", "Ana López"), ("Tom Reed", "Tim Read-Brown"), ("", "Ana"), ("...", "Ana")],
)
def test_likeness_leaves_others_apart(name: str, other: str) -> None:
    assert names.likeness(name, other) == 0


def test_likeness_is_greatest_of_the_same_words() -> None:
    assert names.likeness("Ana López", "López Ana") > names.likeness("Ana López", "Ana Maria López")


def test_shared_is_a_family_s_name_and_no_initial() -> None:
    assert names.shared("Maria López", "ana lopez") == "lopez"
    assert names.shared("J Reed", "J Smith") == ""
