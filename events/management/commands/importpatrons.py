"""Put parties on the manifests of departures from a file."""

from __future__ import annotations

from scc.imports.commands import ImportCommand


class Command(ImportCommand):
    help = (
        "Put parties on the manifests from a CSV or XLSX with the columns event, name, size, email, phone, price, "
        "head_price, deposit, note, external_id; all but event and name may be left out. What is stored is never "
        "overwritten. Exits 0 when all was carried, 3 when some lines were reported, 1 when it failed."
    )
    kind = "patrons"
