"""Methods of payment: how money changes hands. They are data; six come with the house, and a stored one replaces its
namesake.

What is stored is kept in the process for `CURRENT_SECONDS`. An entry holds the method's code alone, and a code that is
known no more still has a label: what was logged stays readable.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, fields

from django.db.models import TextChoices
from django.utils.text import slugify
from ulid import ULID

from payments.rows import PaymentMethod
from scc.dynamo.folding import fold

CURRENT_SECONDS = 60.0

# The method of transfers: no money changes hands. Nobody chooses it.
CREDIT = "credit"
# The one that guests are led to by a link, in which their way is named.
VENMO = "venmo"

LONGEST_CODE = 40
LONGEST_LABEL = 40
# An address for Zelle at most; more would not go into a QR code with all else.
LONGEST_ACCOUNT = 64

_VENMO_NAME = re.compile(r"@?[A-Za-z0-9._-]+")


class BadMethod(ValueError):
    """A method that cannot be. `field` says which of its facts is at fault."""

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        super().__init__(text)


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


def is_known(code: str) -> bool:
    """Say whether there is such a method, offered or not. One that was added a moment ago is looked for once more."""
    if any(method.code == code for method in every()):
        return True
    forget()
    return any(method.code == code for method in every())


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


def code_for(label: str) -> str:
    """Return the code of a new method that people call `label`; without Latin letters it is one that says nothing."""
    return slugify(label).replace("_", "-")[:LONGEST_CODE].strip("-") or str(ULID()).lower()


def check(method: Method, *, is_new: bool) -> None:
    """Raise BadMethod when `method` is another one's double, names no account, or leaves nothing to be offered.

    is_new: whether it is about to be added.
    """
    others = [other for other in every() if is_new or other.code != method.code]
    named = fold(method.label)
    if any(other.code == method.code for other in others):
        raise BadMethod("label", f"There is a method {method.code} already: {label(method.code)}.")
    if method.code == CREDIT or named == CREDIT:
        raise BadMethod("label", "Credit is what money is called that is carried over. Call this one otherwise.")
    if any(fold(other.label) == named for other in others):
        raise BadMethod("label", "Another method is called so.")
    if method.code == VENMO and method.account and not _VENMO_NAME.fullmatch(method.account):
        raise BadMethod("account", "A Venmo name has letters without accents, digits, dashes: @queen-sd.")
    if not any(other.is_offered for other in [method, *others]):
        raise BadMethod("is_offered", "One method at least must be offered.")


def _read() -> list[Method]:
    by_code = {method.code: method for method in SHIPPED} | {
        row.code: _of(row) for row in PaymentMethod.listing(known={})
    }
    return sorted(by_code.values(), key=lambda method: (method.order, method.label))


def _of(row: PaymentMethod) -> Method:
    facts = {each.name: getattr(row, each.name) for each in fields(Method)}
    return Method(**(facts | {"asks": Asks(row.asks)}))
