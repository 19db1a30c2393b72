"""Carry over waivers that were signed in another system."""

from __future__ import annotations

from scc.imports.commands import ImportCommand


class Command(ImportCommand):
    help = (
        "Carry over waivers that were signed elsewhere from a CSV or XLSX with the columns event, name, signed_at, "
        "email, phone, birth_date, role, guardian, method, address, signature, note, external_id; all but event and "
        "name may be left out. They count on their departure, are marked as imported, and nobody is mailed. Exits 0 "
        "when all was carried, 3 when some lines were reported, 1 when it failed."
    )
    kind = "waivers"
