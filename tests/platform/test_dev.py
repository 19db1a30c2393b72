"""`make run` as a process: what it says, what it keeps, how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.platform.test_emulator import wait_until

ROOT = Path(__file__).parents[2]
TABLE = "scc-dev"


class Run:
    """One `manage.py dev`, and what it has said."""

    def __init__(self, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "dev"],
            cwd=ROOT,
            env=without_an_aws() | {"SCC_TABLE": TABLE, "SCC_DEMO": "0"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said = ""

    def until(self, phrase: str) -> str:
        """Read on until a line has `phrase`; return all that was said. The end of the process ends the reading."""
        assert self.process.stdout
        while phrase not in self.said and (line := self.process.stdout.readline()):
            self.said += line
        assert phrase in self.said, self.said
        return self.said

    def end(self, number: int) -> int:
        """Send it a signal, read what it still says, and return its code."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Wait for its end and return its code."""
        assert self.process.stdout
        with self.process.stdout as rest:
            self.said += rest.read()
        return self.process.wait()

    @property
    def port(self) -> int:
        return int(re.search(r"http://127\.0\.0\.1:(\d+)/dispatch/", self.said)[1])  # type: ignore[index]  # it said so

    @property
    def emulator(self) -> str:
        return re.search(r"AWS +(\S+),", self.said)[1]  # type: ignore[index]  # it said so

    @property
    def child(self) -> int:
        """The emulator's process: the one that was started first."""
        return int(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0])

    def get(self, path: str) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", path)
        answer = connection.getresponse()
        result = answer.status, answer.read()
        connection.close()
        return result

    def client(self) -> Any:
        return boto3.client("dynamodb", endpoint_url=self.emulator)


Start = Callable[..., Run]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `manage.py dev` on free ports, with its data in the test's folder."""
    runs: list[Run] = []

    def begin(**environment: str) -> Run:
        runs.append(Run(**{"PORT": "0", "SCC_AWS_PORT": "0", "SCC_DATA": str(tmp_path / "data")} | environment))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.end(signal.SIGKILL)


def without_an_aws() -> dict[str, str]:
    """Return this environment; the tests' own emulator is left out."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}


def item(name: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": name}, "sk": {"S": "META"}}


def has(run: Run, name: str) -> bool:
    return "Item" in run.client().get_item(TableName=TABLE, Key=item(name))


def test_dev_serves_pages_and_static_files(start: Start) -> None:
    run = start()
    run.until("Ctrl-C ends it")

    assert run.get("/healthz") == (200, b'{"status": "ok"}')
    assert run.get("/static/css/tokens.css")[0] == 200
    assert run.get("/admin/login/")[0] == 200


def test_dev_has_a_waiver_to_sign_without_the_demo_too(start: Start) -> None:
    run = start()
    run.until("Ctrl-C ends it")

    kinds = {item["pk"]["S"].partition("#")[0] for item in run.client().scan(TableName=TABLE)["Items"]}
    assert "TEXT" in kinds
    assert "EVENT" not in kinds


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_dev_ends_cleanly_and_keeps_what_was_entered(start: Start, number: int) -> None:
    run = start()
    run.until("Ctrl-C ends it")
    run.client().put_item(TableName=TABLE, Item=item("kept"))

    code = run.end(number)
    again = start()
    again.until("Ctrl-C ends it")

    assert code == 0
    assert run.said.endswith("Saving.\nStopped.\n")
    assert has(again, "kept")


def test_dev_ends_once_for_many_signals(start: Start) -> None:
    run = start()
    run.until("Ctrl-C ends it")
    for _ in range(3):
        run.process.send_signal(signal.SIGINT)

    assert run.end(signal.SIGTERM) == 0


def test_dev_killed_keeps_what_was_entered(start: Start) -> None:
    run = start()
    run.until("Ctrl-C ends it")
    run.client().put_item(TableName=TABLE, Item=item("kept"))

    # The emulator sees the end of its parent, saves and goes; the next run waits for that.
    run.end(signal.SIGKILL)
    again = start()
    again.until("Ctrl-C ends it")

    assert has(again, "kept")


def test_dev_and_its_emulator_killed_keep_what_was_saved(start: Start, tmp_path: Path) -> None:
    run = start(SCC_SAVE_SECONDS="1")
    run.until("Ctrl-C ends it")
    run.client().put_item(TableName=TABLE, Item=item("kept"))
    saved = tmp_path / "data/state/dynamodb.json"
    wait_until(lambda: saved.exists() and '"kept"' in saved.read_text())

    os.kill(run.child, signal.SIGKILL)
    run.end(signal.SIGKILL)
    again = start()
    again.until("Ctrl-C ends it")

    assert has(again, "kept")


def test_dev_loads_the_demo_the_first_time_only(start: Start) -> None:
    run = start(SCC_DEMO="1")
    run.until("Ctrl-C ends it")
    run.end(signal.SIGTERM)
    again = start(SCC_DEMO="1")
    again.until("Ctrl-C ends it")

    assert "loading the demo season" in run.said
    assert "loading the demo season" not in again.said
    assert "captain (owner)" in again.said


def test_a_command_beside_it_is_for_its_table(start: Start) -> None:
    run = start()
    run.until("Ctrl-C ends it")
    port = run.emulator.rpartition(":")[2]

    done = subprocess.run(
        [sys.executable, "manage.py", "importevents", "examples/season-2026.csv"],
        cwd=ROOT,
        env=without_an_aws() | {"SCC_TABLE": TABLE, "SCC_AWS_PORT": port},
        check=False,
        capture_output=True,
        text=True,
    )

    assert "events: 139 read, 139 carried" in done.stdout, done.stderr
    assert run.client().get_item(TableName=TABLE, Key=item("EVENT#2026-05-23")).get("Item")


def test_dev_uses_an_aws_that_is_there(start: Start) -> None:
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    run = start(AWS_ENDPOINT_URL=endpoint, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
    run.until("Ctrl-C ends it")

    assert run.emulator == endpoint
    assert run.end(signal.SIGTERM) == 0
    assert "Saving." not in run.said
    run.client().delete_table(TableName=TABLE)


@pytest.mark.parametrize("variable", ["PORT", "SCC_AWS_PORT"])
def test_dev_says_which_port_is_taken_and_what_to_type(start: Start, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        run = start(**{variable: str(port)})
        code = run.ended()

    told = f"CommandError: Port {port} is taken. Stop what uses it, or type: make run {variable}={port + 1}\n"
    assert (code, run.said) == (1, told)


def test_dev_ends_when_the_emulator_does(start: Start) -> None:
    run = start()
    run.until("Ctrl-C ends it")

    os.kill(run.child, signal.SIGKILL)

    assert run.ended() == 1
    assert "The emulated AWS has ended" in run.said
