"""Shares of the tips: a pool divided among the crew by weight, exact to the cent and always alike.

Each gets the whole cents of their part; the cents that are left go one each to those whose part was cut most (the
largest remainder). Of those cut alike, who comes first gets it. Nobody is a whole cent away from their exact part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from events.rows import CrewAssignment


@dataclass(frozen=True)
class Share:
    """What one person gets of a departure's tips. weight: of the roles that they have aboard, the greatest."""

    person_id: str
    weight: int
    cents: int


def split(pool_cents: int, weights: Sequence[tuple[str, int]]) -> dict[str, int]:
    """Return what each name of `weights` gets of the pool, in cents; together that is the pool, to the cent.

    Where nobody has a weight nobody gets anything, and the pool stays undivided. Raises ValueError for a pool or a
    weight below zero, and for a name that comes twice.
    """
    parts = dict(weights)
    if len(parts) < len(weights) or pool_cents < 0 or any(weight < 0 for weight in parts.values()):
        raise ValueError(f"{pool_cents} cents are not divided by {list(weights)}")
    total = sum(parts.values())
    if not total:
        return dict.fromkeys(parts, 0)
    shares = {name: pool_cents * weight // total for name, weight in parts.items()}
    by_remainder = sorted(parts, key=lambda name: pool_cents * parts[name] % total, reverse=True)
    for name in by_remainder[: pool_cents - sum(shares.values())]:
        shares[name] += 1
    return shares


def of_crew(pool_cents: int, crew: Iterable[CrewAssignment], weights: Mapping[str, int]) -> list[Share]:
    """Return the share of each person of `crew`, one each, who was assigned first before the others.

    weights: role to weight, as `events.tips.weights` gives them.
    """
    greatest: dict[str, int] = {}
    # In the order in which they were assigned, whoever asks: so the odd cents go to the same people each time.
    for assignment in sorted(crew, key=lambda each: each.ulid):
        weight = weights[assignment.role]
        greatest[assignment.person_id] = max(weight, greatest.get(assignment.person_id, 0))
    cents = split(pool_cents, list(greatest.items()))
    return [Share(person_id, weight, cents[person_id]) for person_id, weight in greatest.items()]
