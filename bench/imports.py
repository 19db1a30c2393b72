"""Importing payments, beside a bare boto3 loop that writes the very same items in the same transactions.

    python -m bench.imports 100000

The transactions are those of the import itself: it runs once and its transactions are kept in a file instead of being
sent; then the command carries the same file over, under the same run, and a loop of nothing but boto3 sends what was
kept to a table that is as empty. Each has an engine of its own, and they take turns of so many transactions, one
stopped while the other is at it: what else the machine does slows both alike. What the loop is not charged: its start,
and reading what it sends. The command is charged with everything, from its start to its end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count, islice
from pathlib import Path
from typing import Any, TypedDict

import boto3
import django
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from django.core.management import call_command
from rich.table import Table

from bench import turns
from bench.imported import prepare, write
from bench.turns import Turns
from scc.emulator import Emulator

# What is asked: the share of the bare loop's speed, and megabytes.
LEAST_RATIO, MOST_MB = 0.7, 150
# Transactions of a turn.
TURN = 100


class Found(TypedDict):
    """What was measured, of so many payments. CPU is that of the processes that ask, without their engines."""

    payments: int
    transactions: int
    import_s: float
    bare_s: float
    import_cpu_s: float
    bare_cpu_s: float
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
    columns = ("payments", "transactions", "s", "CPU s", "bare loop, s", "CPU s", "bare / it", "MB")
    shown = Table(*columns, title=title)
    seconds = [f"{found[name]:.1f}" for name in ("import_s", "import_cpu_s", "bare_s", "bare_cpu_s")]
    figures = (f"{found['payments']:,}", f"{found['transactions']:,}", *seconds)
    shown.add_row(*figures, f"{found['ratio']:.2f}", f"{found['peak_mb']:.0f}")
    return shown


def measure(payments: int) -> Found:
    """Return how the import of so many payments compares."""
    with tempfile.TemporaryDirectory(prefix="scc-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        file, kept = folder / "payments.csv", folder / "transactions.jsonl"
        write(file, payments)
        ours, bare = (stack.enter_context(_engine(folder / each, payments)) for each in ("ours", "bare"))
        transactions = _apart("keep", file, kept, environment=ours)
        command = stack.enter_context(Turns(_asked("command", file), environment=ours))
        loop = stack.enter_context(Turns(_asked("send", kept), environment=bare))
        while command.goes_on or loop.goes_on:
            command.take_turn()
            loop.take_turn()
    import_s, (bare_s, bare_cpu_s) = command.seconds, json.loads(loop.said.splitlines()[-1])
    return Found(
        payments=payments,
        transactions=int(transactions),
        import_s=round(import_s, 2),
        bare_s=round(bare_s, 2),
        import_cpu_s=round(command.used.ru_utime + command.used.ru_stime, 2),
        bare_cpu_s=round(bare_cpu_s, 2),
        ratio=round(bare_s / import_s, 3),
        peak_mb=round(command.used.ru_maxrss / 1024, 1),
    )


@contextmanager
def _engine(folder: Path, payments: int) -> Iterator[Mapping[str, str]]:
    """Run an engine whose table has the departures, and their parties, and nothing else. Gives the environment."""
    folder.mkdir()
    with Emulator(folder=folder, keep=False) as aws:
        named = {"SCC_TABLE": "scc-imports", "DJANGO_SETTINGS_MODULE": "scc.settings"}
        environment = {**os.environ, **aws.environment(), **named}
        _apart("prepare", payments, environment=environment)
        yield environment


# What is done apart, in a process of its own


def _apart(step: str, *arguments: object, environment: Mapping[str, str]) -> float:
    """Do a step in a process of its own, and return the figure that it prints."""
    done = subprocess.run(_asked(step, *arguments), stdout=subprocess.PIPE, check=True, env=environment)
    return float(done.stdout)


def _asked(step: str, *arguments: object) -> list[str]:
    return [sys.executable, "-m", "bench.imports", "--step", step, *map(str, arguments)]


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


def send(kept: Path) -> str:
    """Send what was kept by a bare loop. Returns the seconds that it took, and its CPU's, without reading it."""
    client = boto3.client("dynamodb")
    seconds, cpu = 0.0, 0.0
    with kept.open() as lines:
        while turn := [json.loads(line) for line in islice(lines, TURN)]:
            turns.end()
            began, began_cpu = time.perf_counter(), time.process_time()
            for params in turn:
                client.transact_write_items(**params)
            seconds += time.perf_counter() - began
            cpu += time.process_time() - began_cpu
    return json.dumps([seconds, cpu])


def command(file: Path) -> None:
    """Run the command as one types it, in turns."""
    from scc.dynamo.rows import Row

    sent = count(1)

    def note(**_: Any) -> None:
        if next(sent) % TURN == 0:
            turns.end()

    client: Any = Row._get_connection().connection.client
    client.meta.events.register("before-send.dynamodb.TransactWriteItems", note)
    call_command("importpayments", str(file))


def step(name: str, arguments: list[str]) -> None:
    """Do a step, and print what it found."""
    django.setup()
    places = [Path(argument) for argument in arguments]
    match name:
        case "prepare":
            found: object = prepare(int(arguments[0]))
        case "keep":
            found = keep(*places)
        case "command":
            command(*places)
            return
        case _:
            found = send(*places)
    sys.stdout.write(f"{found}\n")


if __name__ == "__main__":
    sys.exit(main())
