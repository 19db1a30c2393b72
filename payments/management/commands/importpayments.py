"""Carry payments over from a file."""

from __future__ import annotations

from scc.imports.commands import ImportCommand


class Command(ImportCommand):
    help = (
        "Carry payments over from a CSV or XLSX with the columns event, patron_name, amount, and, where it has them, "
        "method, paid_at, tip, reference, note, patron_email, external_id, currency; or, with --preset, an export of "
        "Stripe, Square or Venmo. Nobody is mailed, and the same file twice adds nothing. "
        "Exits 0 when all was carried, 3 when some lines were reported, 1 when it failed."
    )
    kind = "payments"
