"""What people and systems call methods of payment, and which of the operator's methods is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

from payments import methods
from payments.methods import Method
from scc.dynamo.folding import fold
from scc.imports.lines import BadLine

# What a line without a method is taken for.
UNSAID = "other"

# Our code of what is called otherwise, where no method of the operator's own is called so. Credit is a card here: what
# the ledger calls so is no payment.
_CALLED = {
    "cash": ("bills", "currency", "cash payment", "paid cash"),
    "card": (
        *(
            "visa",
            "mastercard",
            "master card",
            "mc",
            "amex",
            "american express",
            "discover",
            "diners",
            "jcb",
            "maestro",
        ),
        *("cc", "credit", "debit", "credit card", "debit card", "credit/debit card", "bank card", "payment card"),
        *("stripe", "square", "apple pay", "google pay", "link", "terminal", "card present", "card payment"),
    ),
    "check": ("cheque", "chq", "chk", "ck", "cashier's check", "bank check", "personal check", "e-check"),
    "venmo": ("venmo payment", "paid by venmo"),
    "zelle": ("zelle payment", "zellepay", "quickpay", "chase quickpay"),
    "other": (
        *(
            "ach",
            "wire",
            "wire transfer",
            "bank transfer",
            "bank deposit",
            "direct deposit",
            "eft",
            "sepa",
            "e-transfer",
        ),
        *("interac", "paypal", "cash app", "cashapp", "gift card", "voucher", "money order", "klarna", "affirm"),
    ),
}
_CODES = {word: code for code, words in _CALLED.items() for word in words}
# check #1023, Check no. 1023, CHECK 1023
_NUMBERED = re.compile(r"(?P<word>[a-z' ]+?)[ .:]*(?:#|no\.?|number|nr\.?)? *(?P<number>[0-9]{1,20})")


@dataclass(frozen=True)
class Meant:
    """The method that a word means. reference: what was found in the word. guessed: what was guessed, or ""."""

    code: str
    reference: str = ""
    guessed: str = ""


def method_of(text: str) -> Meant:
    """Return the method that `text` means. Raises BadLine where none is known."""
    word = fold(text)
    if not word:
        return Meant(UNSAID, guessed=f"says no method: {methods.label(UNSAID)} is taken")
    if code := _own(word):
        return Meant(code)
    if code := _called(word):
        return Meant(code, guessed=f"{text!r} is taken for {methods.label(code)}")
    numbered = _NUMBERED.fullmatch(word)
    if numbered and (code := _own(numbered["word"]) or _called(numbered["word"])):
        number = numbered["number"]
        return Meant(code, number, f"{text!r} is taken for {methods.label(code)} with the reference {number}")
    known = ", ".join(method.label for method in methods.offered())
    raise BadLine(f"method: {text!r} is none of {known}")


def _own(word: str) -> str:
    """Return the code of the method that the operator calls so, offered or not, "" where there is none."""
    return next((method.code for method in methods.every() if word in _names(method)), "")


def _names(method: Method) -> tuple[str, str]:
    return method.code, fold(method.label)


def _called(word: str) -> str:
    """Return the code of the method that others call so, "" where there is none."""
    return _CODES.get(word, "")
