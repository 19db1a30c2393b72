"""Put crew on departures from a file."""

from __future__ import annotations

from scc.imports.commands import ImportCommand


class Command(ImportCommand):
    help = (
        "Put crew on departures from a CSV or XLSX with the columns event, name, role, phone, email, external_id; all "
        "but event and name may be left out. What is stored is never overwritten. Exits 0 when all was carried, 3 when "
        "some lines were reported, 1 when it failed."
    )
    kind = "crew"
