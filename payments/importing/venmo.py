"""The statement that Venmo gives as CSV: Statements, Download CSV.

https://help.venmo.com tells where it is, and not what its columns mean; they are taken as statements of 2021 to 2026
have them, which differ in what they have beside. Above them stand two lines with the account's name; the first and
the last line below hold balances, and no ID. `Amount (total)` is signed, and holds the tip. Who paid is `From`; of a
charge, which asks someone for money, `To`.

Payments that are complete and came in are carried. Transfers to the bank, balances and money that went out are
reported: whether that gave a guest's money back, and of which payment, the statement does not say. A slug in the note
names the departure. `Amount (fee)` is kept by Venmo, and left out. Times have no zone: they are taken as the dock's.
"""

from __future__ import annotations

from collections.abc import Mapping

from payments.importing.exports import cents_of, event_in, written
from scc.imports.kinds import Preset
from scc.imports.lines import BadLine
from scc.money import decimal_text

_PAID = {"payment", "charge", "merchant transaction"}
_COLUMNS = {
    "ID": "id",
    "Datetime": "paid_at",
    "Type": "type",
    "Status": "status",
    "Note": "note",
    "From": "payer",
    "To": "payee",
    "Amount (total)": "amount",
    "Amount (tip)": "tip",
}


def _convert(cells: Mapping[str, str]) -> dict[str, str]:
    given = {name: cells.get(name, "") for name in _COLUMNS.values()}
    kind = given["type"].casefold()
    if not given["id"]:
        raise BadLine("is no payment, but a balance, or what the statement says below")
    if kind not in _PAID:
        raise BadLine(f"is no payment, but a {given['type']}")
    if given["status"].casefold() != "complete":
        raise BadLine(f"Venmo says {given['status'] or 'no status'}, so no money moved")
    cents, tip = cents_of(given["amount"], "Amount (total)"), cents_of(given["tip"], "Amount (tip)")
    if cents < 0:
        raise BadLine("went out: if it gave a guest's money back, log it as a refund of that payment")
    return {
        "event": cells.get("event") or event_in(given["note"]),
        "patron_name": given["payee"] if kind == "charge" else given["payer"],
        "amount": decimal_text(cents - tip),
        "tip": written(tip),
        "method": "venmo",
        "paid_at": given["paid_at"],
        "reference": given["id"],
        "note": given["note"],
        "external_id": given["id"],
    }


# Without which it says nothing of a payment.
_NEEDED = ("ID", "Datetime", "Type", "Status", "From", "Amount (total)")
PRESET = Preset(name="venmo", label="Venmo", columns=_COLUMNS, needed=_NEEDED, convert=_convert)
