"""How a guest is asked for a payment."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from payments.asking import Ask, ask
from payments.methods import Method
from payments.rows import Kind, Payment


@pytest.mark.parametrize(
    ("account", "path"), [("queen-sd", "/queen-sd"), ("@queen-sd", "/queen-sd"), ("a/b?c&d", "/a%2Fb%3Fc%26d")]
)
def test_link_opens_venmo_with_all_of_it_filled_in(account: str, path: str) -> None:
    link = Ask(Method(code="venmo", label="Venmo", account=account), 14_550, "K7MXQ4 2026-05-23").link

    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "venmo.com", path)
    assert parse_qs(parts.query) == {"txn": ["pay"], "amount": ["145.50"], "note": ["K7MXQ4 2026-05-23"]}
    # Venmo shows a plus as it stands.
    assert "+" not in parts.query


def test_link_is_none_for_another_method() -> None:
    assert Ask(Method(code="zelle", label="Zelle", account="pay@queen.example"), 100, "K7MXQ4 2026-05-23").link == ""


@pytest.mark.parametrize("kind", [Kind.REFUND, Kind.VOID, Kind.TRANSFER])
def test_ask_is_for_payments_alone(kind: Kind) -> None:
    assert ask(Payment(entry_kind=kind.value, method="venmo")) is None
