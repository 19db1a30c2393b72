"""The emulator keeps what was stored: over a clean stop and the end of its parent; over SIGKILL all but the last."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError

from scc.emulator import Emulator, EmulatorError, FolderTaken, PortTaken

TABLE = "ledger"
DEADLINE = 30


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    emulator = Emulator(folder=tmp_path / "data", save_seconds=0.05)
    yield emulator
    if emulator.is_running():
        emulator.stop()


def client_of(emulator: Emulator) -> Any:
    return boto3.client("dynamodb", endpoint_url=emulator.url, config=Config(retries={"total_max_attempts": 1}))


def make_table(emulator: Emulator) -> None:
    client_of(emulator).create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client_of(emulator).put_item(TableName=TABLE, Item={"pk": {"S": "total"}, "count": {"N": "0"}})


def make_saves_long(emulator: Emulator) -> None:
    """Put so much between the total and the entries that a save that looked while transactions went on would tear."""
    for batch in range(20):
        items = [
            {"pk": {"S": f"ballast-{batch}-{number}"}, "stones": {"L": [{"M": {"weight": {"N": "1"}}}] * 40}}
            for number in range(25)
        ]
        requests = [{"PutRequest": {"Item": item}} for item in items]
        client_of(emulator).batch_write_item(RequestItems={TABLE: requests})


def record(client: Any, number: int) -> None:
    """Add entry `number` and move the total, in one transaction."""
    client.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": TABLE, "Item": {"pk": {"S": f"entry-{number}"}, "text": {"S": "x" * 200}}}},
            {
                "Update": {
                    "TableName": TABLE,
                    "Key": {"pk": {"S": "total"}},
                    "UpdateExpression": "ADD #c :one",
                    "ExpressionAttributeNames": {"#c": "count"},
                    "ExpressionAttributeValues": {":one": {"N": "1"}},
                }
            },
        ]
    )


def stored(emulator: Emulator) -> tuple[int, set[str]]:
    """Return the total, and the entries that it counts."""
    items = client_of(emulator).scan(TableName=TABLE)["Items"]
    by_key = {item["pk"]["S"]: item for item in items}
    return int(by_key.pop("total")["count"]["N"]), {key for key in by_key if key.startswith("entry-")}


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


def is_saved(emulator: Emulator, key: str) -> bool:
    file = emulator.folder / "state" / "dynamodb.json"
    return file.exists() and f'"{key}"' in file.read_text()


def test_stop_keeps_what_was_stored(emulator: Emulator) -> None:
    emulator.start()
    make_table(emulator)
    record(client_of(emulator), 1)

    emulator.stop()
    emulator.start()

    assert stored(emulator) == (1, {"entry-1"})


def test_sigkill_costs_only_what_came_after_the_last_save(emulator: Emulator) -> None:
    emulator.start()
    make_table(emulator)
    make_saves_long(emulator)
    client = client_of(emulator)
    record(client, 0)
    wait_until(lambda: is_saved(emulator, "entry-0"))
    answered: list[int] = []

    def keep_recording() -> None:
        number = 1
        while True:
            try:
                record(client, number)
            except (NoConnection, HTTPClientError):
                return
            answered.append(number)
            number += 1

    writer = threading.Thread(target=keep_recording)
    writer.start()
    # Saves go on all the while; the kill meets one of them at whatever point it is.
    wait_until(lambda: len(answered) >= 150)
    surely_saved = answered[100]
    wait_until(lambda: is_saved(emulator, f"entry-{surely_saved}"))
    os.kill(emulator.pid, signal.SIGKILL)
    writer.join()
    with pytest.raises(EmulatorError):
        emulator.stop()
    emulator.start()
    total, entries = stored(emulator)

    assert total >= surely_saved + 1
    assert entries == {f"entry-{number}" for number in range(total)}


def test_without_saves_sigkill_costs_all(tmp_path: Path) -> None:
    emulator = Emulator(folder=tmp_path, save_seconds=3600)
    emulator.start()
    make_table(emulator)
    os.kill(emulator.pid, signal.SIGKILL)
    with pytest.raises(EmulatorError):
        emulator.stop()

    with emulator:
        tables = client_of(emulator).list_tables()["TableNames"]

    assert tables == []


def test_no_temporary_file_is_left_of_saves(emulator: Emulator) -> None:
    emulator.start()
    make_table(emulator)
    wait_until(lambda: is_saved(emulator, "total"))

    emulator.stop()

    assert {path.suffix for path in (emulator.folder / "state").iterdir()} == {".json"}
    assert json.loads((emulator.folder / "state" / "dynamodb.json").read_text())


def test_start_clears_away_saves_that_were_killed(emulator: Emulator) -> None:
    unfinished = emulator.folder / "state" / "save-x1y2"
    unfinished.mkdir(parents=True)
    (unfinished / "dynamodb.json").write_text("{")

    emulator.start()

    assert not unfinished.exists()


PARENT = """
import sys
from pathlib import Path
from scc.emulator import Emulator
emulator = Emulator(folder=Path(sys.argv[1]), save_seconds=3600)
emulator.start()
print(emulator.port, flush=True)
sys.stdin.read()
"""


def test_end_of_the_parent_ends_and_saves(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    orphan = Emulator(folder=tmp_path)
    orphan.port = int(parent.stdout.readline())
    make_table(orphan)
    record(client_of(orphan), 1)

    parent.kill()
    parent.communicate()

    # It waits for the other to have saved and gone.
    with Emulator(folder=tmp_path) as emulator:
        assert stored(emulator) == (1, {"entry-1"})


def test_port_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(PortTaken, match=str(port)):
            Emulator(folder=tmp_path, port=port).start()


def test_folder_taken(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scc.emulator.LOCK_SECONDS", 0)
    emulator.start()

    with pytest.raises(FolderTaken, match=str(emulator.folder)):
        Emulator(folder=emulator.folder).start()


def test_failed_start_shows_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launcher = tmp_path / "launcher.py"
    launcher.write_text("raise SystemExit('the anchor is foul')")
    monkeypatch.setattr("scc.emulator.LAUNCHER", launcher)

    with pytest.raises(EmulatorError, match="the anchor is foul"):
        Emulator(folder=tmp_path).start()


def test_it_listens_on_one_port_of_this_machine_alone(emulator: Emulator) -> None:
    emulator.start()
    make_table(emulator)

    assert listening(emulator.pid) == [("0100007F", emulator.port)]


def listening(pid: int) -> list[tuple[str, int]]:
    """Return the addresses (hexadecimal, as the kernel has them) and ports on which a process listens."""
    sockets = {str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir() if file.is_symlink()}
    lines = [
        line.split()
        for table in ("tcp", "tcp6", "udp", "udp6")
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    ]
    # 0A is a listening socket, 07 an unconnected one of UDP.
    ours = [line[1].split(":") for line in lines if line[3] in {"0A", "07"} and f"socket:[{line[9]}]" in sockets]
    return [(address, int(port, 16)) for address, port in ours]


def test_it_sees_nothing_of_our_environment(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GMAIL_APP_PASSWORD", "anchors aweigh")

    emulator.start()

    assert b"anchors" not in Path(f"/proc/{emulator.pid}/environ").read_bytes()
