"""What pages cost: in requests, by how much is stored; and in CPU, beside Django's stock admin over SQLite.

Each figure is a ratio to something measured in the same run, as machines differ. The table goes to the terminal, and
everything to bench/results/ as JSON. Exits 1 when a list page makes more requests for more payments, or a day's close
takes more CPU than is allowed, or the ledger's commands more memory, or an import of payments more time or memory, or a
guest's page is slow on a bad signal or less than perfect to Lighthouse.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
from django.test.utils import setup_test_environment
from rich.console import Console
from rich.table import Table

from bench import imports, lighthouse, slow
from bench.timing import PAGE, Cost
from bench.verify import MOST_MB, Run
from scc.emulator import Emulator

RESULTS = Path(__file__).parent / "results"
FEW, MANY = 100, 20_000
PEERS = ("bench.stock_admin",)
# Entries over which the ledger's commands are run.
LITTLE, MUCH = 1_000, 10_000
# Payments that are imported, over a hundredth of as many departures.
IMPORTED = 100_000


def main() -> int:
    """Run everything and return the exit code."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="scc-bench-") as folder, Emulator(folder=Path(folder), keep=False) as aws:
        os.environ.update(aws.environment(), SCC_TABLE="scc-bench", DJANGO_SETTINGS_MODULE="scc.settings")
        # Only now, as the settings are read here.
        django.setup()
        setup_test_environment()
        from bench import closes, lists

        console.print(f"Storing {FEW:,} payments, then {MANY:,}.")
        ours = lists.measure(few=FEW, many=MANY)
        close = closes.measure()
    peers: dict[str, Cost] = {name: measure_apart(name) for name in PEERS}
    stock = peers["bench.stock_admin"]
    console.print(requests_table(ours["requests"]), cpu_table(ours["cpu"], peers), close_table(close, stock))
    # Over a table that is made while it is read.
    ledgers = (str(LITTLE), str(MUCH), "--engine", "virtual", "--beside", "10")
    commands: dict[str, dict[str, Run]] = measure_apart("bench.verify", *ledgers)
    console.print(commands_table(commands))
    imported: imports.Found = measure_apart("bench.imports", str(IMPORTED))
    console.print(imports.table(imported))
    cpu = {"ours": ours["cpu"], "close": close, **peers}
    slow_signal, lighthouse_said = (measure_apart(module, "--json") for module in ("bench.slow", "bench.lighthouse"))
    console.print(slow.table(slow_signal), lighthouse.table(lighthouse_said))
    pages = {"slow": slow_signal, "lighthouse": lighthouse_said}
    kept = keep({"requests": ours["requests"], "cpu": cpu, "commands": commands, "imports": imported, "pages": pages})
    console.print(f"Kept in {kept.relative_to(Path.cwd()) if kept.is_relative_to(Path.cwd()) else kept}")
    grown = [name for name, counts in ours["requests"].items() if len(set(map(str, counts.values()))) > 1]
    if grown:
        console.print(f"[red]More stored, more requests: {', '.join(grown)}[/red]")
    long = [state for state, found in close.items() if found["cpu_ms"] > closes.MOST_RATIO * stock["cpu_ms"]]
    if long:
        console.print(f"[red]The close of a day takes too long: {', '.join(long)}[/red]")
    large = [name for name, run in commands[str(MUCH)].items() if run["peak_mb"] > MOST_MB]
    if large:
        console.print(f"[red]Over {MOST_MB} MB: {', '.join(large)}[/red]")
    behind = imports.missed(imported)
    if behind:
        console.print(f"[red]importpayments takes too much: {', '.join(behind)}[/red]")
    late = slow.too_late(slow_signal)
    if late:
        console.print(f"[red]The waiver comes too late: {', '.join(late)}[/red]")
    short = lighthouse.missed(lighthouse_said)
    if short:
        console.print(f"[red]Less than {lighthouse.WANTED} of Lighthouse: {', '.join(short)}[/red]")
    return 1 if grown or long or large or behind or late or short else 0


def measure_apart(module: str, *arguments: str) -> Any:
    """Return what a measurement found that runs by itself: with settings, a table and a peak of memory of its own.

    A process that it starts begins with the peak of the one that starts it.
    """
    # It ends with 1 when something is not as wanted, which is said here.
    done = subprocess.run([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout)


def commands_table(found: dict[str, dict[str, Run]]) -> Table:
    title = f"Peak memory of the ledger's commands, MB; at most {MOST_MB}"
    table = Table("command", f"at {LITTLE:,} entries", f"at {MUCH:,}", "more / less", title=title)
    for name in found[str(LITTLE)]:
        less, more = (found[str(size)][name]["peak_mb"] for size in (LITTLE, MUCH))
        table.add_row(name, f"{less:.0f}", f"{more:.0f}", f"{more / less:.2f}")
    return table


def requests_table(requests: dict[str, dict[str, dict[str, int]]]) -> Table:
    table = Table("page", f"at {FEW:,} payments", f"at {MANY:,}", title="DynamoDB requests, session and user included")
    for page, counts in requests.items():
        table.add_row(page, *(words(counts[str(size)]) for size in (FEW, MANY)))
    return table


def words(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {operation}" for operation, count in sorted(counts.items()))


def cpu_table(ours: Cost, peers: dict[str, Cost]) -> Table:
    table = Table("admin list", "CPU ms", "ours / it", title=f"CPU of a list of {PAGE} payments, median")
    table.add_row("ours, over DynamoDB", f"{ours['cpu_ms']:.1f}", "")
    for name, cost in peers.items():
        table.add_row(f"{cost['what']} ({name})", f"{cost['cpu_ms']:.1f}", f"{ours['cpu_ms'] / cost['cpu_ms']:.2f}")
    return table


def close_table(close: dict[str, Cost], stock: Cost) -> Table:
    table = Table("the day", "CPU ms", "it / stock list", title="CPU of the close of a day of 500 entries, median")
    for state, found in close.items():
        table.add_row(state, f"{found['cpu_ms']:.1f}", f"{found['cpu_ms'] / stock['cpu_ms']:.2f}")
    return table


def keep(figures: dict[str, Any]) -> Path:
    """Write the figures down, with what they were measured on."""
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "machine": platform.machine()}
    path = RESULTS / f"{now:%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps({"at": now.isoformat(), "on": machine, **figures}, indent=2) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
