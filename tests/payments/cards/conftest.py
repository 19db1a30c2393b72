"""A departure, a party that owes $500, and cards switched on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from events.rows import Patron
from payments.cards import provider
from scc.dynamo import units
from tests.builders import make_event, make_party
from tests.payments.cards.stripe_account import KEY, SECRET, Account, account


@pytest.fixture(autouse=True)
def _on(settings: Settings) -> None:
    settings.SCC_STRIPE_KEY = KEY
    settings.SCC_STRIPE_WEBHOOK_SECRETS = [SECRET]


@pytest.fixture
def party(table: None) -> Patron:
    return make_party(event=make_event(), price_cents=50_000)


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with account() as known:
        monkeypatch.setattr(provider, "BASE_ADDRESSES", {"api": f"http://127.0.0.1:{known.port}"})
        yield known


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask the table no second time where it gave no answer: what is under test comes after."""
    monkeypatch.setattr(units, "BUDGET", 0.0)
