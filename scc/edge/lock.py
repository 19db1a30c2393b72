"""One deploy at a time for a stage: an item in its table, held by whoever deploys.

A holder that was killed cannot let go. Its lock is taken over at once where it can be seen that its process is gone, on
this machine, and after its lease elsewhere. While a holder lives its lease is renewed behind its back, as one step may
take longer than any lease should. Between its steps it asks for itself, and stops when another has taken over, as may
be after a sleep or without a network: nothing else would keep the two apart then.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from scc.edge.errors import EdgeError
from scc.edge.stages import Stage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Item = dict[str, "AttributeValueTypeDef"]

KIND = "DEPLOYLOCK"
# How long others wait for a holder of whom nothing is heard.
LEASE_SECONDS = 15 * 60
RENEW_SECONDS = 60.0
# The holder may let go between our write and our look at who it is.
_TRIES = 5


@dataclass(frozen=True)
class Lock:
    """A lock that is held. `token` tells this holder from any other."""

    client: DynamoDBClient
    stage: Stage
    token: str

    def renew(self) -> None:
        """Hold on for another lease. Raises EdgeError when the lock was lost: what is left to do must not be done."""
        try:
            self.client.update_item(
                TableName=self.stage.table,
                Key=_key(self.stage),
                UpdateExpression="SET expires_at = :later",
                ConditionExpression="#token = :mine",
                ExpressionAttributeNames={"#token": "token"},
                ExpressionAttributeValues={":later": _number(_now() + LEASE_SECONDS), ":mine": {"S": self.token}},
            )
        except self.client.exceptions.ConditionalCheckFailedException as exc:
            there = _holder(self.client, self.stage)
            who = f"{_spoken(there)} has taken over" if there else "it is gone"
            raise EdgeError(
                f"The lock of {self.stage.name} was lost: {who}. This run ends here. Look at `manage.py releases`, and "
                "deploy again when nobody else does."
            ) from exc

    def release(self) -> None:
        """Let go. Of a lock that was lost there is nothing to let go of."""
        try:
            self.client.delete_item(
                TableName=self.stage.table,
                Key=_key(self.stage),
                ConditionExpression="#token = :mine",
                ExpressionAttributeNames={"#token": "token"},
                ExpressionAttributeValues={":mine": {"S": self.token}},
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return


@contextmanager
def held(stage: Stage, *, by: str) -> Iterator[Lock]:
    """Hold the stage's lock, and let go at the end, whatever that is. by: who deploys, for others to read.

    Raises EdgeError with who holds it and since when, or when the stage has no table.
    """
    lock = _taken(boto3.client("dynamodb", region_name=stage.region), stage, by)
    is_over = threading.Event()
    threading.Thread(target=_keep, args=(lock, is_over), daemon=True).start()
    try:
        yield lock
    finally:
        is_over.set()
        # What ended the run is told, not that letting go failed too: the lease ends by itself.
        with suppress(BotoCoreError, ClientError):
            lock.release()


def _keep(lock: Lock, is_over: threading.Event) -> None:
    """Renew the lease until that is over, or the lock lost, which the holder finds out for itself."""
    while not is_over.wait(RENEW_SECONDS):
        try:
            lock.renew()
        except EdgeError:
            return
        except (BotoCoreError, ClientError):
            # No answer this time; there are more in every lease.
            continue


def _taken(client: DynamoDBClient, stage: Stage, by: str) -> Lock:
    lock = Lock(client, stage, secrets.token_hex(8))
    instead_of = ""
    for _ in range(_TRIES):
        if _put(lock, by, instead_of):
            return lock
        there = _holder(client, stage)
        if there is None:
            continue
        if there["token"]["S"] == lock.token:
            # It was stored, and the answer was lost on the way.
            return lock
        if not _is_over(there):
            raise EdgeError(f"{stage.name} is being deployed by {_spoken(there)}. Wait for its end, and try again.")
        instead_of = there["token"]["S"]
    raise EdgeError(f"Others keep taking the lock of {stage.name}. Try again.")


def _put(lock: Lock, by: str, instead_of: str) -> bool:
    """Write the lock where there is none, or only the one of that token. Returns whether that was so."""
    now = _now()
    try:
        lock.client.put_item(
            TableName=lock.stage.table,
            Item={
                **_key(lock.stage),
                "kind": {"S": KIND},
                "token": {"S": lock.token},
                "held_by": {"S": by},
                "held_since": {"S": f"{datetime.fromtimestamp(now, UTC):%Y-%m-%dT%H:%M:%S.000Z}"},
                "host": {"S": socket.gethostname()},
                "machine": {"S": _machine()},
                "pid": _number(os.getpid()),
                "expires_at": _number(now + LEASE_SECONDS),
            },
            ConditionExpression="attribute_not_exists(pk) OR #token = :over",
            ExpressionAttributeNames={"#token": "token"},
            ExpressionAttributeValues={":over": {"S": instead_of}},
        )
    except lock.client.exceptions.ConditionalCheckFailedException:
        return False
    except lock.client.exceptions.ResourceNotFoundException as exc:
        raise EdgeError(
            f"There is no table {lock.stage.table}. Deploy first: manage.py deploy {lock.stage.name}"
        ) from exc
    return True


def _holder(client: DynamoDBClient, stage: Stage) -> Item | None:
    return client.get_item(TableName=stage.table, Key=_key(stage), ConsistentRead=True).get("Item")


def _is_over(there: Item) -> bool:
    """Return whether a lock's lease is over, or its process gone, as far as that can be seen from here."""
    if int(there["expires_at"]["N"]) < _now():
        return True
    return there["machine"]["S"] == _machine() and not _is_running(int(there["pid"]["N"]))


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # Someone else's.
        return True
    return True


def _machine() -> str:
    """Return what tells this machine, and where its process numbers count, from others that may have the same name."""
    boot, numbers = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    if boot.exists():
        return f"{boot.read_text().strip()} {numbers.readlink()}"
    return f"{uuid.getnode():x}"


def _spoken(there: Item) -> str:
    by, pid, host, since = (next(iter(there[name].values())) for name in ("held_by", "pid", "host", "held_since"))
    return f"{by} (process {pid} on {host}) since {since}"


def _key(stage: Stage) -> Item:
    return {"pk": {"S": f"DEPLOY#{stage.name}"}, "sk": {"S": "LOCK"}}


def _number(value: int) -> AttributeValueTypeDef:
    return {"N": str(value)}


def _now() -> int:
    return int(time.time())
