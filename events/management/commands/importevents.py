"""Put a season of departures on the schedule from a file."""

from __future__ import annotations

from scc.imports.commands import ImportCommand


class Command(ImportCommand):
    help = (
        "Put departures on the schedule from a CSV or XLSX with the columns slug (optional), date, starts_at, ends_at, "
        "title, vessel, capacity, status, departure_port, return_port, price. What is stored is never overwritten. "
        "Exits 0 when all was carried, 3 when some lines were reported, 1 when it failed."
    )
    kind = "events"
