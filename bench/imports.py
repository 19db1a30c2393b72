"""Importing payments, beside a bare boto3 loop that writes the very same items in the same transactions.

    python -m bench.imports 100000

The transactions are those of the import itself: it runs once and its transactions are kept in a file instead of being
sent; then the command carries the same file over, under the same run; then a loop of nothing but boto3 sends what was
kept to a table that is as empty. Each has an engine of its own. What the loop is not charged: reading what it sends.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import boto3
import django
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from rich.table import Table

from scc.emulator import Emulator

if TYPE_CHECKING:
    from scc.dynamo.rows import Row

# Payments of one departure.
EACH = 100
# Parties on its manifest, each of whom one payment is of.
PARTIES = 4
# What is asked: the share of the bare loop's speed, and megabytes.
LEAST_RATIO, MOST_MB = 0.7, 150
FIRST_DAY = date(2023, 1, 1)
METHODS = ("Cash", "card", "Check", "venmo")
NAMES = ("Ana López", "Bo Nguyen", "Cy Okafor", "Dee Example")
MANAGE = Path(__file__).parents[1] / "manage.py"


class Found(TypedDict):
    """What was measured, of so many payments."""

    payments: int
    transactions: int
    import_s: float
    bare_s: float
    ratio: float
    peak_mb: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.imports", description=__doc__)
    parser.add_argument("payments", type=int, nargs="?", default=100_000)
    parser.add_argument("--step", nargs="+", default=[], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        step(options.step[0], options.step[1:])
        return 0
    found = measure(options.payments)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 1 if missed(found) else 0


def missed(found: Found) -> list[str]:
    """Return what is not as it must be."""
    slow = [f"{found['ratio']:.2f} of a bare loop's speed"] if found["ratio"] < LEAST_RATIO else []
    return slow + ([f"{found['peak_mb']:.0f} MB"] if found["peak_mb"] > MOST_MB else [])


def table(found: Found) -> Table:
    title = f"importpayments; at least {LEAST_RATIO} of a bare boto3 loop's speed, at most {MOST_MB} MB"
    shown = Table("payments", "transactions", "s", "bare loop, s", "bare / it", "MB", title=title)
    seconds = (f"{found['import_s']:.1f}", f"{found['bare_s']:.1f}")
    figures = (f"{found['payments']:,}", f"{found['transactions']:,}", *seconds)
    shown.add_row(*figures, f"{found['ratio']:.2f}", f"{found['peak_mb']:.0f}")
    return shown


def measure(payments: int) -> Found:
    """Return how the import of so many payments compares."""
    with tempfile.TemporaryDirectory(prefix="scc-bench-") as name:
        folder = Path(name)
        file, kept = folder / "payments.csv", folder / "transactions.jsonl"
        _write(file, payments)
        with _engine(folder / "ours", payments):
            transactions = _apart("keep", file, kept)
            import_s, peak_mb = _command(file)
        with _engine(folder / "bare", payments):
            bare_s = _apart("send", kept)
    return Found(
        payments=payments,
        transactions=int(transactions),
        import_s=round(import_s, 2),
        bare_s=round(bare_s, 2),
        ratio=round(bare_s / import_s, 3),
        peak_mb=round(peak_mb, 1),
    )


@contextmanager
def _engine(folder: Path, payments: int) -> Iterator[None]:
    """Run an engine whose table has the departures, and their parties, and nothing else."""
    before = dict(os.environ)
    folder.mkdir()
    with Emulator(folder=folder, keep=False) as aws:
        os.environ.update(aws.environment(), SCC_TABLE="scc-imports", DJANGO_SETTINGS_MODULE="scc.settings")
        try:
            _apart("prepare", payments)
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


# The file


def _write(file: Path, payments: int) -> None:
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        names = ("event", "patron_name", "amount", "method", "paid_at", "tip", "reference", "note", "external_id")
        writer.writerow(names)
        departures = payments // EACH
        # By their days, as in an export: those of one departure do not stand together.
        writer.writerows(_line(departure, place) for place in range(EACH) for departure in range(departures))


def _line(departure: int, place: int) -> tuple[str, ...]:
    day = FIRST_DAY + timedelta(days=departure)
    method = METHODS[place % len(METHODS)]
    paid_at = datetime.combine(day - timedelta(days=place % 5), clock(9 + place % 8, place % 60))
    name = NAMES[place] if place < PARTIES else f"Guest {place} of {departure}"
    reference = f"{departure}-{place}" if method in {"Check", "venmo"} else ""
    note = "Deposit, by telephone" if place % 3 == 0 else ""
    tip = "20.00" if place % 4 == 0 else ""
    return (
        str(day),
        name,
        f"{50 + place}.00",
        method,
        f"{paid_at:%Y-%m-%d %H:%M}",
        tip,
        reference,
        note,
        f"{departure}.{place}",
    )


# What is done apart, in a process of its own


def _command(file: Path) -> tuple[float, float]:
    """Run the command, and return its seconds and its peak of memory. Raises RuntimeError unless it carries all."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = os.posix_spawn(
            sys.executable,
            [sys.executable, str(MANAGE), "importpayments", str(file)],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, said.fileno(), number) for number in (1, 2)],
        )
        _, status, used = os.wait4(process, 0)
        seconds = time.perf_counter() - started
        said.seek(0)
        text = said.read().decode()
    if status:
        raise RuntimeError(f"importpayments ended with {os.waitstatus_to_exitcode(status)}: {text[-1000:]}")
    sys.stderr.write(f"{text.splitlines()[-1]}\n")
    return seconds, used.ru_maxrss / 1024


def _apart(step: str, *arguments: object) -> float:
    """Do a step in a process of its own, and return the figure that it prints."""
    asked = [sys.executable, "-m", "bench.imports", "--step", step, *map(str, arguments)]
    done = subprocess.run(asked, stdout=subprocess.PIPE, check=True)
    return float(done.stdout)


def prepare(payments: int) -> int:
    """Make the table, its departures and their parties. Returns how many departures there are."""
    from scc.dynamo.tables import create_table
    from scc.dynamo.units import Unit

    create_table()
    for number in range(payments // EACH):
        unit = Unit()
        for row in _departure(FIRST_DAY + timedelta(days=number)):
            unit.put(row)
        unit.commit()
    return payments // EACH


def _departure(day: date) -> Iterator[Row]:
    from events.rows import Event, Patron
    from scc.dynamo.folding import fold
    from scc.imports.ids import ulid_of

    slug, year, starts = str(day), f"{day:%Y}", datetime(day.year, day.month, day.day, 18, tzinfo=UTC)
    facts: dict[str, Any] = {
        "date": day,
        "year": year,
        "starts_at": starts,
        "time_zone": "America/Los_Angeles",
        "capacity": 400,
    }
    named: dict[str, Any] = {
        "title": "Sunset sail",
        "folded_title": "sunset sail",
        "vessel_id": "queen",
        "vessel_name": "Queen",
    }
    yield Event(slug=slug, currency="USD", **facts, **named)
    for name in NAMES:
        yield Patron(event_id=slug, ulid=ulid_of(starts, slug, name), year=year, name=name, folded_name=fold(name))


def keep(file: Path, kept: Path) -> int:
    """Carry `file` over without sending anything: write its transactions to `kept`. Returns how many there are.

    The run is left as one that was interrupted, and the command goes on with it.
    """
    from scc.dynamo.rows import Row
    from scc.imports import carrying, kinds, runs
    from scc.imports.columns import Reading, reader
    from scc.imports.spools import Spool
    from scc.imports.tables import open_table

    client: Any = Row._get_connection().connection.client
    kind, reading = kinds.get("payments"), Reading()
    digest = runs.digest_of_file(file, kind.name, reading.as_options())
    run = runs.begin(what=kind.name, source=file.name, digest=digest, options=reading.as_options())
    sent: list[None] = []
    lock = threading.Lock()
    with kept.open("w") as lines:

        def note(params: dict[str, Any], **_: Any) -> None:
            with lock:
                lines.write(json.dumps(params) + "\n")
                sent.append(None)

        def answer(request: Any, **_: Any) -> AWSResponse:
            return _Done(request.url)

        client.meta.events.register("provide-client-params.dynamodb.TransactWriteItems", note)
        client.meta.events.register("before-send.dynamodb.TransactWriteItems", answer)
        table = open_table(file)
        with Spool(map(reader(kind, table.names, reading), table.lines()), group_of=kind.group_of) as spool:
            carrying.carry(kind, spool, runs.of(run), kind.outcome(), dry_run=False)
    return len(sent)


class _Done(AWSResponse):
    """What the table says when all is stored."""

    def __init__(self, url: str) -> None:
        headers = HTTPHeaders.from_dict({"Content-Type": "application/x-amz-json-1.0"})
        super().__init__(url, 200, headers, None)
        self._content = b"{}"


def send(kept: Path) -> float:
    """Send what was kept by a bare loop. Returns the seconds that it took, without reading it."""
    client = boto3.client("dynamodb")
    seconds = 0.0
    with kept.open() as lines:
        for line in lines:
            params = json.loads(line)
            started = time.perf_counter()
            client.transact_write_items(**params)
            seconds += time.perf_counter() - started
    return seconds


def step(name: str, arguments: list[str]) -> None:
    """Do a step, and print its figure."""
    django.setup()
    places = [Path(argument) for argument in arguments]
    match name:
        case "prepare":
            figure: float = prepare(int(arguments[0]))
        case "keep":
            figure = keep(*places)
        case _:
            figure = send(*places)
    sys.stdout.write(f"{figure}\n")


if __name__ == "__main__":
    sys.exit(main())
