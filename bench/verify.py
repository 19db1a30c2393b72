"""What `verifyledger` and `recomputetotals` take of memory and time, by how many entries there are.

    python -m bench.verify 50000 200000 --engine dynamodb-local

stores whole ledgers without the ledger's rules, by batches, more and more of them, and runs the commands after each.
ministack sorts the whole table for each page of a scan, so many entries take DynamoDB Local (`make second-engine`
installs it), and a million the engine `virtual`, a table that is made while it is read: see `bench.virtual`.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypedDict

import django

from scc.emulator import Emulator
from tests.dynamodb_local import DynamoDBLocal, free_port

COMMANDS = ("verifyledger", "recomputetotals")
# Entries of one departure: a full boat that pays in parts.
EACH = 50
WRITERS = 2
# BatchWriteItem's bound.
BATCH = 25
# What the commands are allowed, in megabytes.
MOST_MB = 200
MANAGE = Path(__file__).parents[1] / "manage.py"
PATIENT = Path(__file__).parents[1] / "scc" / "dynamo" / "pynamodb_patient.py"

Item = dict[str, dict[str, str]]


class Run(TypedDict):
    """What one run of a command took."""

    peak_mb: float
    cpu_s: float
    wall_s: float


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.verify", description=__doc__)
    parser.add_argument("sizes", type=int, nargs="+", metavar="ENTRIES", help="how many entries, in growing order")
    parser.add_argument("--engine", choices=("ministack", "dynamodb-local", "virtual"), default="ministack")
    parser.add_argument("--each", type=int, default=EACH, help="entries of one departure")
    parser.add_argument("--beside", type=int, default=1, help="every such entry has a key and an audit entry")
    options = parser.parse_args()
    os.environ.update(SCC_TABLE="scc-verify", DJANGO_SETTINGS_MODULE="scc.settings")
    if options.engine == "virtual":
        found = {str(size): measure_virtual(size, each=options.each, beside=options.beside) for size in options.sizes}
    else:
        with _engine(options.engine) as environment:
            os.environ.update(environment)
            found = measure(options.sizes, each=options.each, beside=options.beside, say=True)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 1 if any(run["peak_mb"] > MOST_MB for runs in found.values() for run in runs.values()) else 0


@contextmanager
def _engine(name: str) -> Iterator[dict[str, str]]:
    if name == "ministack":
        with (
            tempfile.TemporaryDirectory(prefix="scc-bench-") as folder,
            Emulator(folder=Path(folder), keep=False) as aws,
        ):
            yield aws.environment()
        return
    engine = DynamoDBLocal()
    engine.start()
    try:
        yield {**engine.environment(), "PYNAMODB_CONFIG": str(PATIENT)}
    finally:
        engine.stop()


def measure(sizes: Sequence[int], *, each: int = EACH, beside: int = 1, say: bool = False) -> dict[str, dict[str, Run]]:
    """Return what each command takes at each number of entries. The environment names the table, which is not there."""
    django.setup()
    _create_table()
    found: dict[str, dict[str, Run]] = {}
    stored = 0
    for size in sizes:
        started = time.perf_counter()
        _store(range(stored // each, size // each), each=each, beside=beside)
        stored = size // each * each
        if say:
            sys.stderr.write(f"{stored:,} entries, stored in {time.perf_counter() - started:.0f} s\n")
        found[str(size)] = {command: _run(command) for command in COMMANDS}
        if say:
            sys.stderr.write(f"{json.dumps(found[str(size)])}\n")
    return found


def measure_virtual(size: int, *, each: int, beside: int) -> dict[str, Run]:
    """Return what each command takes at so many entries, which are nowhere."""
    port = free_port()
    arguments = [str(port), str(size // each), str(each), str(beside)]
    table = subprocess.Popen([sys.executable, "-m", "bench.virtual", *arguments])
    os.environ.update(
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",  # noqa: S106  # it opens nothing
        AWS_DEFAULT_REGION="us-west-2",
        PYNAMODB_CONFIG=str(PATIENT),
    )
    try:
        _wait_for(port)
        return {command: _run(command) for command in COMMANDS}
    finally:
        table.terminate()
        table.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the virtual table does not answer")


def _create_table() -> None:
    """Make the table without its indexes, which the commands do not ask."""
    from scc.dynamo.rows import Row

    client: Any = Row._get_connection().connection.client
    client.create_table(
        TableName=os.environ["SCC_TABLE"],
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )


def _run(command: str) -> Run:
    """Run a command by itself, and return the peak of its memory. Raises RuntimeError when it finds a fault."""
    started = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = os.posix_spawn(
            sys.executable,
            [sys.executable, str(MANAGE), command],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, said.fileno(), number) for number in (1, 2)],
        )
        _, status, used = os.wait4(process, 0)
        said.seek(0)
        text = said.read().decode()
    if status:
        raise RuntimeError(f"{command} ended with {os.waitstatus_to_exitcode(status)}: {text[-1000:]}")
    return Run(
        peak_mb=round(used.ru_maxrss / 1024, 1),
        cpu_s=round(used.ru_utime + used.ru_stime, 1),
        wall_s=round(time.perf_counter() - started, 1),
    )


# Storing


def _store(departures: range, *, each: int, beside: int) -> None:
    with ProcessPoolExecutor(WRITERS, mp_context=get_context("spawn"), initializer=django.setup) as pool:
        chunks = [departures[start : start + 100] for start in range(0, len(departures), 100)]
        for done in [pool.submit(_store_some, chunk, each, beside) for chunk in chunks]:
            done.result()


def _store_some(departures: range, each: int, beside: int) -> None:
    from bench import ledgers
    from scc.dynamo.rows import Row

    client: Any = Row._get_connection().connection.client
    waiting: list[Item] = []
    for number in departures:
        for item in ledgers.items(number, each=each, beside=beside):
            waiting.append(item)
            if len(waiting) == BATCH:
                _send(client, waiting)
                waiting = []
    if waiting:
        _send(client, waiting)


def _send(client: Any, items: list[Item]) -> None:
    requests = [{"PutRequest": {"Item": item}} for item in items]
    while requests:
        answer = client.batch_write_item(RequestItems={os.environ["SCC_TABLE"]: requests})
        requests = answer.get("UnprocessedItems", {}).get(os.environ["SCC_TABLE"], [])


if __name__ == "__main__":
    sys.exit(main())
