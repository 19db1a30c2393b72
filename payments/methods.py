"""Methods of payment: how money changes hands. They are data; six come with the house, and a stored one replaces its
namesake.

What is stored is kept in the process for `CURRENT_SECONDS`. An entry holds the method's code alone, and a code that is
known no more still has a label: what was logged stays readable.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.db.models import TextChoices

CURRENT_SECONDS = 60.0

# The method of transfers: no money changes hands. Nobody chooses it.
CREDIT = "credit"


class Asks(TextChoices):
    """Whether a method has a reference of the other side: a check's number, a Venmo transaction."""

    NO = "no", "No"
    ASKED = "asked", "Asked for"
    NEEDED = "needed", "Needed"


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way in which money changes hands."""

    code: str
    label: str
    asks: Asks = Asks.NO
    is_cash: bool = False
    order: int = 100
    is_offered: bool = True
    # Where guests send it: a Venmo name, an address for Zelle.
    account: str = ""
    hint: str = ""


SHIPPED = (
    Method(code="cash", label="Cash", is_cash=True, order=10),
    Method(code="card", label="Card", order=20),
    Method(code="check", label="Check", asks=Asks.ASKED, order=30, hint="The check's number."),
    Method(code="venmo", label="Venmo", asks=Asks.ASKED, order=40, hint="The transaction, as Venmo calls it."),
    Method(code="zelle", label="Zelle", asks=Asks.ASKED, order=50, hint="The confirmation, as your bank calls it."),
    Method(code="other", label="Other", order=60),
)

# One list under one key, replaced as a whole: a warm process serves many requests at once.
_kept: dict[str, tuple[float, list[Method]]] = {}


def every() -> list[Method]:
    """Return all methods, those no longer offered too, in their order. One Query, at most once a minute."""
    read_at, found = _kept.get("methods", (0.0, []))
    if not found or time.monotonic() - read_at > CURRENT_SECONDS:
        found = _read()
        _kept["methods"] = (time.monotonic(), found)
    return found


def offered() -> list[Method]:
    """Return the methods that a payment may be logged with, in their order."""
    return [method for method in every() if method.is_offered]


def get(code: str) -> Method:
    """Return the method `code`; for one that is not known, a method that is not offered and is labelled by its code."""
    if code == CREDIT:
        return Method(code=CREDIT, label="Credit", is_offered=False)
    found = next((method for method in every() if method.code == code), None)
    return found or Method(code=code, label=code.capitalize(), is_offered=False)


def label(code: str) -> str:
    """Return what people call the method `code`."""
    return get(code).label


def forget() -> None:
    """Let the next question read the table: after a change, and between tests."""
    _kept.clear()


def _read() -> list[Method]:
    by_code = {method.code: method for method in SHIPPED}
    return sorted(by_code.values(), key=lambda method: (method.order, method.label))
