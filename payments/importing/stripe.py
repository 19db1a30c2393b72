"""The payments that Stripe's Dashboard exports: Payments, Export, with all columns.

Its columns are as https://support.stripe.com/questions/exporting-payment-reports and the pages beside it describe them,
and as exports have them: amounts as decimals, times in UTC, `Amount Refunded` what was given back of the payment so
far. A payment is known again by its `id`, the charge, which every export has. `PaymentIntent ID` is a column that one
may leave out: where it is there, it is the reference, as of our own card payments, so that one that has logged itself
counts as stored. Metadata `event`, which our card links write, names the departure, or a slug in the description does.

Of a dispute that was lost, `Disputed Amount` went back on `Dispute Date (UTC)`, as Stripe takes it when the dispute
begins. One that is not decided is told of.

What Stripe keeps for itself (`Fee`) was the guest's, and then the operator's: the ledger has what the guest paid, and
fees belong to the bookkeeping. Failed, cancelled and uncaptured payments moved no money, and are reported.
"""

from __future__ import annotations

from collections.abc import Mapping

from payments.importing.exports import cents_of, event_in, written
from payments.importing.lines import ALSO_CALLED, REASON, REFUNDED, REFUNDED_AT, REMARK
from scc.imports.kinds import Preset
from scc.imports.lines import BadLine

NAMELESS = "Stripe customer"
# What came in, whatever was given back since.
_PAID = {"paid", "succeeded", "refunded", "partially refunded", "partial refund", "disputed"}
# Of disputes: https://docs.stripe.com/api/disputes/object
_LOST = "lost"
_OVER = {"", _LOST, "won", "warning_closed", "charge_refunded", "prevented"}

_COLUMNS = {
    "id": "id",
    "PaymentIntent ID": "intent",
    "Created date (UTC)": "paid_at",
    "Created (UTC)": "paid_at_before",
    "Amount": "amount",
    "Amount Refunded": REFUNDED,
    "Refunded date (UTC)": REFUNDED_AT,
    "Disputed Amount": "disputed",
    "Dispute Date (UTC)": "disputed_at",
    "Dispute Status": "dispute",
    "Currency": "currency",
    "Captured": "captured",
    "Status": "status",
    "Description": "note",
    "Customer Email": "patron_email",
    "Customer Name": "customer",
    "Customer Description": "described",
    "Card Name": "card_name",
    "event (metadata)": "event",
    "name (metadata)": "name",
}


def _convert(cells: Mapping[str, str]) -> dict[str, str]:
    given = {name: cells.get(name, "") for name in _COLUMNS.values()}
    if given["status"].casefold() not in _PAID or given["captured"].casefold() == "false":
        raise BadLine(f"Stripe says {given['status'] or 'no status'}, so no money came in")
    if not (given["id"] or given["intent"]):
        raise BadLine("has no id")
    return {
        "event": given["event"] or event_in(given["note"]),
        "patron_name": given["name"] or given["customer"] or given["card_name"] or given["described"] or NAMELESS,
        "amount": given["amount"],
        "currency": given["currency"],
        "method": "card",
        "paid_at": _in_utc(given["paid_at"] or given["paid_at_before"]),
        **_given_back(given),
        "reference": given["intent"] or given["id"],
        "note": given["note"],
        "patron_email": given["patron_email"],
        "external_id": given["id"] or given["intent"],
        ALSO_CALLED: given["intent"],
    }


def _given_back(given: Mapping[str, str]) -> dict[str, str]:
    cents = cents_of(given[REFUNDED], "Amount Refunded")
    dispute = given["dispute"].casefold().replace(" ", "_")
    lost = cents_of(given["disputed"], "Disputed Amount") if dispute == _LOST else 0
    return {
        REFUNDED: written(cents + lost),
        REFUNDED_AT: _in_utc(given[REFUNDED_AT] or (given["disputed_at"] if lost else "")),
        REASON: f"{'Refunded, and then disputed' if cents else 'Disputed'} at Stripe, and lost" if lost else "",
        REMARK: "" if dispute in _OVER else f"is disputed at Stripe, and not decided: {given['dispute']}",
    }


def _in_utc(text: str) -> str:
    # The column says so, its cells do not.
    return f"{text} UTC" if text and text[-1].isdigit() and "+" not in text else text


# Without which it says nothing of a payment.
_NEEDED = ("id", "Amount", "Status")
PRESET = Preset(name="stripe", label="Stripe", columns=_COLUMNS, needed=_NEEDED, convert=_convert)
