from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from django.conf import settings

from scc.edge import lock
from scc.edge.errors import EdgeError
from scc.edge.stages import Stage

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture
def stage() -> Stage:
    """A stage whose table is that of the tests."""
    project, _, name = settings.SCC_TABLE.rpartition("-")
    return Stage(name, project, "us-west-2", "python3.11", "x86_64", memory_mb=128)


@pytest.fixture
def client() -> Any:
    return boto3.client("dynamodb")


def key(stage: Stage) -> Any:
    return {"pk": {"S": f"DEPLOY#{stage.name}"}, "sk": {"S": "LOCK"}}


def item(client: Any, stage: Stage) -> dict[str, Any]:
    """Return the lock's item, {} when nobody holds it."""
    found = client.get_item(TableName=stage.table, Key=key(stage), ConsistentRead=True).get("Item", {})
    return {name: next(iter(value.values())) for name, value in found.items()}


def change(client: Any, stage: Stage, **values: Any) -> None:
    for name, value in values.items():
        client.update_item(
            TableName=stage.table,
            Key=key(stage),
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": {"N" if isinstance(value, int) else "S": str(value)}},
        )


def test_held_says_who_and_lets_go(client: Any, stage: Stage) -> None:
    with lock.held(stage, by="alice@dock"):
        there = item(client, stage)

    assert (there["kind"], there["held_by"], there["host"]) == ("DEPLOYLOCK", "alice@dock", socket.gethostname())
    assert int(there["pid"]) == os.getpid()
    assert 890 < int(there["expires_at"]) - time.time() <= 900
    assert item(client, stage) == {}


def test_held_refuses_a_second_with_who_holds_it_since_when(client: Any, stage: Stage) -> None:
    with lock.held(stage, by="alice@dock"):
        since = item(client, stage)["held_since"]
        with (
            pytest.raises(EdgeError, match=rf"deployed by alice@dock \(process {os.getpid()} on .*\) since {since}"),
            lock.held(stage, by="bob@dock"),
        ):
            pytest.fail("two hold it")

        assert item(client, stage)["held_by"] == "alice@dock"


def test_held_lets_go_when_what_it_is_for_fails(client: Any, stage: Stage) -> None:
    with pytest.raises(KeyboardInterrupt), lock.held(stage, by="alice@dock"):
        raise KeyboardInterrupt

    assert item(client, stage) == {}


def test_held_says_so_when_there_is_no_table(stage: Stage) -> None:
    none = Stage("none", stage.project, "us-west-2", "python3.11", "x86_64", memory_mb=128)

    with pytest.raises(EdgeError, match=r"no table scc-test-none\. Deploy first"), lock.held(none, by="alice@dock"):
        pytest.fail("it is held nowhere")


def test_of_eight_at_once_one_gets_it(stage: Stage) -> None:
    together, tried = threading.Barrier(8), threading.Barrier(8)
    got: list[str] = []
    refused: list[str] = []

    def deploy(by: str) -> None:
        together.wait()
        try:
            with lock.held(stage, by=by):
                got.append(by)
                tried.wait()
        except EdgeError as exc:
            refused.append(str(exc))
            tried.wait()

    threads = [threading.Thread(target=deploy, args=(f"deployer-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(got) == 1
    assert [got[0] in text for text in refused] == [True] * 7


HOLDER = """
import sys
from scc.edge import lock
from scc.edge.stages import Stage

stage = Stage(sys.argv[1], sys.argv[2], "us-west-2", "python3.11", "x86_64", memory_mb=128)
with lock.held(stage, by="charlie@dock"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(stage: Stage) -> Iterator[subprocess.Popen[str]]:
    """Hold the lock in another process until its standard input closes."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, stage.name, stage.project],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_killed_holder_is_followed_at_once(client: Any, stage: Stage) -> None:
    with another_process(stage) as process:
        with pytest.raises(EdgeError, match="charlie@dock"), lock.held(stage, by="alice@dock"):
            pytest.fail("two hold it")
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert item(client, stage)["held_by"] == "charlie@dock"

        with lock.held(stage, by="alice@dock"):
            assert item(client, stage)["held_by"] == "alice@dock"


def test_a_holder_in_another_process_lets_go(client: Any, stage: Stage) -> None:
    with another_process(stage) as process:
        process.communicate()

        assert item(client, stage) == {}


@pytest.mark.parametrize("machine", ["of the same name", ""])
def test_a_holder_elsewhere_is_followed_after_its_lease(client: Any, stage: Stage, machine: str) -> None:
    with another_process(stage) as process:
        change(client, stage, machine=machine)
        process.send_signal(signal.SIGKILL)
        process.wait()
    with pytest.raises(EdgeError, match="charlie@dock"), lock.held(stage, by="alice@dock"):
        pytest.fail("two hold it")
    change(client, stage, expires_at=int(time.time()) - 1)

    with lock.held(stage, by="alice@dock"):
        assert item(client, stage)["held_by"] == "alice@dock"


def test_renew_holds_on_for_another_lease(client: Any, stage: Stage) -> None:
    with lock.held(stage, by="alice@dock") as mine:
        change(client, stage, expires_at=1)

        mine.renew()

        assert int(item(client, stage)["expires_at"]) > time.time() + 890


def test_a_holder_who_lost_it_stops_and_leaves_the_other_s_alone(client: Any, stage: Stage) -> None:
    with lock.held(stage, by="alice@dock") as mine:
        change(client, stage, expires_at=1)
        with lock.held(stage, by="bob@dock"):
            with pytest.raises(EdgeError, match=r"was lost: bob@dock .* has taken over"):
                mine.renew()
            mine.release()

            assert item(client, stage)["held_by"] == "bob@dock"
        with pytest.raises(EdgeError, match="was lost: it is gone"):
            mine.renew()


def test_a_long_step_is_held_through(client: Any, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "RENEW_SECONDS", 0.01)
    until = time.monotonic() + 10

    with lock.held(stage, by="alice@dock"):
        change(client, stage, expires_at=1)
        while item(client, stage)["expires_at"] == "1" and time.monotonic() < until:
            pass

        assert int(item(client, stage)["expires_at"]) > time.time()


def test_held_knows_its_own_lock_when_the_answer_was_lost(client: Any, stage: Stage) -> None:
    lost: list[str] = []

    def lose(request: Any, **_: Any) -> None:
        if not lost:
            lost.append(request.url)
            client._endpoint.http_session.send(request)
            raise ReadTimeoutError(endpoint_url=request.url)

    # Clients take over what their session listens to.
    events = boto3._get_default_session().events
    events.register("before-send.dynamodb.PutItem", lose)
    try:
        with lock.held(stage, by="alice@dock"):
            assert item(client, stage)["held_by"] == "alice@dock"
    finally:
        events.unregister("before-send.dynamodb.PutItem", lose)

    assert len(lost) == 1
    assert item(client, stage) == {}


def test_what_ended_a_run_is_told_when_letting_go_fails_too(client: Any, stage: Stage) -> None:
    def fail(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="dynamodb")

    def end(held: lock.Lock) -> None:
        held.client.meta.events.register("before-call.dynamodb.DeleteItem", fail)
        raise EdgeError("what ended it")

    with pytest.raises(EdgeError, match="what ended it"), lock.held(stage, by="alice@dock") as held:
        end(held)

    change(client, stage, expires_at=0)
