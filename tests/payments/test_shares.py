"""A pool of tips divided among the crew."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.rows import CrewAssignment
from payments.shares import Share, of_crew, split

POOLS = st.integers(0, 100_000_000)
WEIGHTS = st.lists(st.integers(0, 100), max_size=30).map(lambda numbers: [(f"P{n}", w) for n, w in enumerate(numbers)])


@given(POOLS, WEIGHTS)
def test_split_adds_up_to_the_pool(pool: int, weights: list[tuple[str, int]]) -> None:
    shares = split(pool, weights)

    assert list(shares) == [name for name, _ in weights]
    assert sum(shares.values()) == (pool if any(weight for _, weight in weights) else 0)


@given(POOLS, WEIGHTS)
def test_split_gives_each_their_part_to_less_than_a_cent(pool: int, weights: list[tuple[str, int]]) -> None:
    total = sum(weight for _, weight in weights)
    shares = split(pool, weights)

    for name, weight in weights if total else []:
        assert abs(shares[name] - Fraction(pool * weight, total)) < 1
        assert weight or not shares[name]


@given(POOLS, WEIGHTS)
def test_split_again_gives_the_same(pool: int, weights: list[tuple[str, int]]) -> None:
    assert split(pool, weights) == split(pool, weights)


@given(POOLS, WEIGHTS)
def test_split_gives_no_more_for_less_weight(pool: int, weights: list[tuple[str, int]]) -> None:
    shares = split(pool, weights)

    by_weight = sorted(weights, key=lambda each: each[1])
    for (less, small), (more, great) in pairwise(by_weight):
        assert shares[less] <= shares[more] or small == great


@pytest.mark.parametrize(
    ("pool", "weights", "shares"),
    [
        (10_000, [("ana", 1)], [10_000]),
        (10_000, [("ana", 1), ("bo", 1), ("cy", 1)], [3_334, 3_333, 3_333]),
        (10_001, [("ana", 1), ("bo", 1), ("cy", 1)], [3_334, 3_334, 3_333]),
        (10_000, [("ana", 3), ("bo", 2), ("cy", 2)], [4_286, 2_857, 2_857]),
        # The one whose part is cut most comes last, and gets the cent all the same.
        (101, [("ana", 1), ("bo", 1), ("cy", 2)], [25, 25, 51]),
        (1, [("ana", 1), ("bo", 1)], [1, 0]),
        (2, [("ana", 0), ("bo", 1), ("cy", 1)], [0, 1, 1]),
        (0, [("ana", 1), ("bo", 2)], [0, 0]),
        (10_000, [("ana", 0), ("bo", 0)], [0, 0]),
        (10_000, [], []),
    ],
)
def test_split_is_by_the_largest_remainder(pool: int, weights: list[tuple[str, int]], shares: list[int]) -> None:
    assert list(split(pool, weights).values()) == shares


@pytest.mark.parametrize(("pool", "weights"), [(-1, [("ana", 1)]), (1, [("ana", -1)]), (1, [("ana", 1), ("ana", 2)])])
def test_split_refuses_what_cannot_be_shared(pool: int, weights: list[tuple[str, int]]) -> None:
    with pytest.raises(ValueError, match="not divided"):
        split(pool, weights)


def aboard(ulid: str, person: str, role: str) -> CrewAssignment:
    return CrewAssignment(event_id="2026-05-23", ulid=ulid, person_id=person, person_name=person, role=role)


def test_of_crew_weighs_by_role() -> None:
    crew = [aboard("01A", "ana", "captain"), aboard("01B", "bo", "deckhand")]

    assert of_crew(9_000, crew, {"captain": 2, "deckhand": 1}) == [Share("ana", 2, 6_000), Share("bo", 1, 3_000)]


def test_of_crew_gives_one_share_to_one_person_by_the_greater_weight() -> None:
    crew = [aboard("01A", "ana", "deckhand"), aboard("01B", "bo", "deckhand"), aboard("01C", "ana", "captain")]

    assert of_crew(9_000, crew, {"captain": 2, "deckhand": 1}) == [Share("ana", 2, 6_000), Share("bo", 1, 3_000)]


def test_of_crew_gives_the_odd_cent_to_the_same_person_whatever_the_order() -> None:
    crew = [aboard("01A", "ana", "mate"), aboard("01B", "bo", "mate"), aboard("01C", "cy", "mate")]

    assert of_crew(100, crew, {"mate": 1}) == of_crew(100, reversed(crew), {"mate": 1})
    assert [share.cents for share in of_crew(100, crew, {"mate": 1})] == [34, 33, 33]


def test_of_crew_of_nobody_is_nothing() -> None:
    assert of_crew(9_000, [], {"captain": 1}) == []
