from __future__ import annotations

import pytest

from payments.importing.exports import event_in
from payments.importing.words import Meant, method_of
from payments.rows import PaymentMethod
from scc import links
from scc.dynamo.units import Unit
from scc.imports.lines import BadLine

pytestmark = pytest.mark.usefixtures("table")


@pytest.mark.parametrize(
    ("text", "code", "reference"),
    [
        ("Cash", "cash", ""),
        ("  CREDIT  card ", "card", ""),
        ("credit", "card", ""),
        ("cheque", "check", ""),
        ("Check no. 1023", "check", "1023"),
        ("Chk#7", "check", "7"),
        ("Zelle", "zelle", ""),
        ("ACH", "other", ""),
        ("", "other", ""),
    ],
)
def test_method_of_knows_common_words(text: str, code: str, reference: str) -> None:
    meant = method_of(text)

    assert (meant.code, meant.reference) == (code, reference)
    assert bool(meant.guessed) == (text not in {"Cash", "Zelle"})


def test_method_of_takes_the_operators_own_first() -> None:
    unit = Unit()
    unit.put(PaymentMethod(code="ach", label="ACH", asks="no"))
    unit.commit()

    assert method_of("ach") == Meant("ach")


def test_method_of_refuses_what_is_none() -> None:
    with pytest.raises(BadLine, match="'two goats' is none of Cash, Card"):
        method_of("two goats")


def test_event_in_finds_one_departure_or_none() -> None:
    assert event_in("Deposit 2026-05-23-morning!", "thanks") == "2026-05-23-morning"
    assert event_in("2026-05-23 or 2026-05-24") == event_in("2026-13-01") == event_in("") == ""


def test_derived_secret_is_the_same_again_and_another_for_another() -> None:
    secret = links.derived_secret("k" * 26, "2026-05-23", "a")

    assert secret == links.derived_secret("k" * 26, "2026-05-23", "a")
    assert secret != links.derived_secret("k" * 26, "2026-05-23", "b")
    assert secret != links.derived_secret("l" * 26, "2026-05-23", "a")
    assert links.parts_of(links.link_of("01KS9V3R4T5W6X7Y8Z9A0B1C2D", secret)) is not None
