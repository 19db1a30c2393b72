"""What a party owes and how it stands, by what it paid and what became of the departure."""

from __future__ import annotations

from typing import Any

import pytest

from events.balances import Standing, balance_of, deposit_due, standing_of
from events.rows import Event, Patron, Status


def party(**figures: Any) -> Patron:
    return Patron(**{f"{name}_cents": cents for name, cents in figures.items()})


def departure(status: Status = Status.SCHEDULED, **figures: Any) -> Event:
    return Event(status=status.value, **{f"{name}_cents": cents for name, cents in figures.items()})


@pytest.mark.parametrize(
    ("figures", "balance", "standing"),
    [
        ({"price": 50_000}, 50_000, "unpaid"),
        ({"price": 50_000, "received": 1}, 49_999, "deposit"),
        ({"price": 50_000, "received": 12_500, "deposit": 20_000}, 37_500, "deposit"),
        ({"price": 50_000, "received": 49_999}, 1, "deposit"),
        ({"price": 50_000, "received": 50_000}, 0, "paid"),
        ({"price": 50_000, "received": 50_001}, -1, "credit"),
        ({"price": 50_000, "received": 70_000, "refunded": 20_000}, 0, "paid"),
        ({"price": 50_000, "received": 50_000, "refunded": 20_000}, 20_000, "deposit"),
        ({"price": 50_000, "received": 50_000, "refunded": 50_000}, 50_000, "unpaid"),
        ({"price": 50_000, "received": 50_000, "tips": 9_000}, 0, "paid"),
        ({}, 0, ""),
        ({"received": 12_500}, -12_500, "credit"),
        ({"received": 12_500, "refunded": 12_500}, 0, ""),
    ],
)
def test_balance_and_standing_follow_from_what_moved(figures: dict[str, int], balance: int, standing: str) -> None:
    found = party(**figures)

    assert balance_of(found, departure()) == balance
    assert standing_of(found, departure()) == standing


@pytest.mark.parametrize(
    ("figures", "balance", "standing"),
    [
        ({"price": 50_000}, 0, Standing.NO_PRICE),
        ({"price": 50_000, "received": 12_500}, -12_500, Standing.CREDIT),
        ({"price": 50_000, "received": 50_000}, -50_000, Standing.CREDIT),
        ({"price": 50_000, "received": 50_000, "refunded": 50_000}, 0, Standing.NO_PRICE),
        ({"received": 12_500}, -12_500, Standing.CREDIT),
    ],
)
def test_nothing_is_due_on_a_cancelled_departure(figures: dict[str, int], balance: int, standing: Standing) -> None:
    found, cancelled = party(**figures, deposit=10_000), departure(Status.CANCELLED)

    assert balance_of(found, cancelled) == balance
    assert standing_of(found, cancelled) is standing
    assert deposit_due(found, cancelled) == 0


@pytest.mark.parametrize(("received", "missing"), [(0, 10_000), (4_000, 6_000), (10_000, 0), (50_000, 0), (60_000, 0)])
def test_deposit_due_is_what_is_missing_of_it(received: int, missing: int) -> None:
    assert deposit_due(party(price=50_000, deposit=10_000, received=received), departure()) == missing


def test_deposit_due_is_no_more_than_the_price() -> None:
    assert deposit_due(party(price=5_000, deposit=10_000), departure()) == 5_000


def test_deposit_due_ends_with_the_departure() -> None:
    assert deposit_due(party(price=50_000, deposit=10_000), departure(Status.COMPLETED)) == 0


def test_a_cancelled_departure_is_owed_nothing_and_shows_what_came_in_as_credit() -> None:
    figures: dict[str, Any] = {"price": 110_000, "parties": 90_000, "received": 40_000}

    assert departure(**figures).balance_cents == 50_000
    assert departure(Status.CANCELLED, **figures).due_cents == 0
    assert departure(Status.CANCELLED, **figures).balance_cents == -40_000


def test_every_standing_has_a_word() -> None:
    assert [each.label for each in Standing] == ["Unpaid", "Deposit", "Paid", "Credit", "No price"]
