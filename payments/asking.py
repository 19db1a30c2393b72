"""How a guest is asked for a payment, so that it arrives under our reference: to whom, how much, and the memo."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from payments import methods
from payments.methods import Method
from payments.rows import Kind, Payment
from scc.money import decimal_text


@dataclass(frozen=True)
class Ask:
    """What the guest is to type, or to scan."""

    method: Method
    # With the tip, in cents.
    amount_cents: int
    # K7MXQ4 2026-05-23
    memo: str

    @property
    def link(self) -> str:
        """The address that opens Venmo with all of it filled in, "" for a method that has no such thing.

        As Venmo's own "payment links" have it. A space is %20: Venmo shows a plus as it stands.
        """
        if self.method.code != methods.VENMO:
            return ""
        given = {"txn": "pay", "amount": decimal_text(self.amount_cents), "note": self.memo}
        account = quote(self.method.account.removeprefix("@"), safe="")
        return f"https://venmo.com/{account}?{urlencode(given, quote_via=quote)}"


def ask(entry: Payment) -> Ask | None:
    """Return how to ask for the money of `entry`; None for what is no payment, or goes to no account."""
    if entry.entry_kind != Kind.PAYMENT:
        return None
    method = methods.get(entry.method)
    if not method.account:
        return None
    return Ask(method, entry.amount_cents + entry.tip_cents, f"{entry.reference} {entry.event_id}")
