"""The transactions that Square's Dashboard exports: Transactions, Export, Transactions CSV.

Its columns are those that https://squareup.com/help/us/en/article/5200-square-glossary explains, and as exports have
them. `Total Collected` is what the customer gave, tip included; a refund is a line of its own, below zero, with the
`Transaction ID` of what it gives back. `Card`, `Cash` and `Other Tender` hold how much came that way; a line on which
two of them do is reported, as a payment has one method. A slug in the description names the departure.

`Fees` are kept by Square of what the operator gets; the ledger has what the guest paid, so they are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from payments.importing.exports import cents_of, event_in, written
from payments.importing.lines import REASON
from scc.imports import times
from scc.imports.kinds import Preset
from scc.imports.lines import BadLine
from scc.money import decimal_text

NAMELESS = "Square customer"
# As Square calls them in the United States, where it has a name for each.
_ZONES = {
    "eastern": "America/New_York",
    "central": "America/Chicago",
    "mountain": "America/Denver",
    "pacific": "America/Los_Angeles",
    "arizona": "America/Phoenix",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
}
_COLUMNS = {
    "Date": "date",
    "Time": "time",
    "Time Zone": "zone",
    "Tip": "tip",
    "Total Collected": "amount",
    "Card": "card",
    "Cash": "cash",
    "Square Gift Card": "gift_card",
    "Other Tender": "other",
    "Other Tender Type": "other_type",
    "Cash App": "cash_app",
    "Transaction ID": "id",
    "Card Brand": "brand",
    "PAN Suffix": "pan",
    "Description": "note",
    "Event Type": "event_type",
    "Customer Name": "patron_name",
    "Refund Reason": REASON,
    "Transaction Status": "status",
}


def _convert(cells: Mapping[str, str]) -> dict[str, str]:
    given = {name: cells.get(name, "") for name in _COLUMNS.values()}
    if given["event_type"].casefold() not in {"payment", "refund", ""}:
        raise BadLine(f"is {given['event_type']!r}, no payment and no refund")
    if given["status"].casefold() not in {"", "complete", "completed"}:
        raise BadLine(f"Square says {given['status']}, so no money moved")
    if not given["id"]:
        raise BadLine("has no Transaction ID")
    tip = cents_of(given["tip"], "Tip")
    return {
        "event": cells.get("event") or event_in(given["note"]),
        "patron_name": given["patron_name"] or f"{given['brand']} {given['pan']}".strip() or NAMELESS,
        "amount": decimal_text(cents_of(given["amount"], "Total Collected") - tip),
        "tip": written(tip),
        "method": _method(given),
        "paid_at": _moment(given),
        "reference": given["id"],
        "note": given["note"],
        "external_id": given["id"],
        REASON: given[REASON],
    }


def _method(given: Mapping[str, str]) -> str:
    tenders = {"card": "card", "cash": "cash", "gift_card": "gift card", "cash_app": "Cash App"}
    words = {**tenders, "other": given["other_type"] or "other"}
    used = [words[name] for name in words if cents_of(given[name], name)]
    if len(used) > 1:
        raise BadLine(f"came in several ways, {' and '.join(used)}: a payment has one; log them by hand")
    return used[0] if used else ""


def _moment(given: Mapping[str, str]) -> str:
    """Return when it was, with its zone."""
    named = given["zone"].casefold().split(" time")[0]
    text = f"{given['date']} {given['time']}".strip()
    if named not in _ZONES:
        return text
    # Square writes months first where it does not write years first.
    moment = times.read(text, ZoneInfo(_ZONES[named]), day_first=False).value
    return moment.isoformat()


# Without which it says nothing of a payment.
_NEEDED = ("Date", "Total Collected", "Transaction ID")
PRESET = Preset(name="square", label="Square", columns=_COLUMNS, needed=_NEEDED, convert=_convert)
