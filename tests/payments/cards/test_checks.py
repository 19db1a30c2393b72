from __future__ import annotations

import pytest
from django.core.checks import CheckMessage
from pytest_django import Settings

from payments.cards.checks import check_stripe
from tests.payments.cards.stripe_account import KEY, NEXT, SECRET


def found(settings: Settings, key: str, secrets: list[str]) -> list[CheckMessage]:
    settings.SCC_STRIPE_KEY, settings.SCC_STRIPE_WEBHOOK_SECRETS = key, secrets
    return check_stripe(None)


@pytest.mark.parametrize(
    ("key", "secrets", "ids"),
    [
        ("", [], []),
        (KEY, [SECRET], []),
        ("rk_live_x", [NEXT, SECRET], []),
        (KEY, [], ["cards.E001"]),
        ("", [SECRET], ["cards.E001"]),
        ("pk_live_published", [SECRET], ["cards.E002"]),
        (KEY, [SECRET, "sk_test_x"], ["cards.E003"]),
    ],
)
def test_key_and_secrets_are_set_together_and_right(
    settings: Settings, key: str, secrets: list[str], ids: list[str]
) -> None:
    messages = found(settings, key, secrets)

    assert [message.id for message in messages] == ids
    assert [value for value in (key, *secrets) if value and value in str(messages)] == []


@pytest.mark.parametrize("currency", ["JPY", "KWD", "ISK"])
def test_a_currency_in_other_units_is_named(settings: Settings, currency: str) -> None:
    settings.SCC_CURRENCY = currency

    assert [message.id for message in found(settings, KEY, [SECRET])] == ["cards.E004"]
    assert found(settings, "", []) == []
