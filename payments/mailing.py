"""A receipt that is written after its payment: where none went out with it, to an address that is given then."""

from __future__ import annotations

from payments import emails
from payments.receipts import Receipt
from scc.dynamo.errors import Conflict
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import By


class NothingToReceive(outbox.NothingToSend):
    """The entry counts for nothing, so there is no receipt for it."""


def write_receipt(receipt: Receipt, *, to: str, by: By, ulid: str) -> Letter:
    """Write the receipt of an entry to `to`. One TransactWriteItems. Returns the letter, which is then for `deliver`.

    ulid: the letter's, made with the form that asks for it, so that one tap which comes twice writes once.
    It says what is owed now. Raises NothingToReceive, outbox.BadLetter, outbox.SentAgainAlready, and what
    `Unit.commit` raises.
    """
    entry = receipt.entry
    if receipt.is_void:
        raise NothingToReceive(f"{entry.reference} is void; there is no receipt for it.")
    unit = Unit()
    content = emails.receipt(entry, receipt.event, balance_cents=receipt.balance_cents)
    letter = outbox.write(
        unit,
        kind="receipt",
        to=to,
        subject=content.subject,
        text=content.text,
        html=content.html,
        about=audit.subject_of(entry),
        ulid=ulid,
    )
    summary = f"Sent the receipt of {entry.reference} to {to}"
    audit.record(unit, by=by, action="sent", of=entry, summary=summary)
    try:
        unit.commit()
    except Conflict as exc:
        raise outbox.SentAgainAlready(f"The receipt of {entry.reference} was sent just now.") from exc
    return letter
