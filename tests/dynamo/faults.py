"""Faults at the wire: what a network and a busy table do to real requests."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from random import Random
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    HTTPClientError,
    ReadTimeoutError,
)
from ulid import ULID

from scc.dynamo.rows import Row


def _client() -> Any:
    return Row._get_connection().connection.client


def _events() -> Any:
    return _client().meta.events


@contextmanager
def answers_lost(operation: str, *, times: int, after: int = 0) -> Iterator[list[str]]:
    """Let the table do `operation` and lose its answer on the way back, `times` times. Gives what was lost.

    after: how many answers arrive before.
    """
    lost: list[str] = []
    arrived: list[str] = []

    def lose(request: Any, **_: Any) -> None:
        if len(arrived) < after:
            arrived.append(operation)
        elif len(lost) < times:
            lost.append(operation)
            _client()._endpoint.http_session.send(request)
            raise ReadTimeoutError(endpoint_url=request.url)

    event = f"before-send.dynamodb.{operation}"
    _events().register_first(event, lose)
    try:
        yield lost
    finally:
        _events().unregister(event, lose)


@contextmanager
def connection_refused(operation: str, *, times: int, after: int = 0) -> Iterator[list[str]]:
    """Close the connection before `operation` reaches the table, `times` times.

    after: how many of them go through before.
    """
    refused: list[str] = []
    through: list[str] = []

    def refuse(request: Any, **_: Any) -> None:
        if len(through) < after:
            through.append(operation)
        elif len(refused) < times:
            refused.append(operation)
            raise ConnectionClosedError(endpoint_url=request.url, request=request)

    event = f"before-send.dynamodb.{operation}"
    _events().register_first(event, refuse)
    try:
        yield refused
    finally:
        _events().unregister(event, refuse)


@contextmanager
def meanwhile(operation: str, act: Callable[[], object], *, after: int = 0) -> Iterator[list[str]]:
    """Do `act` right before the next `operation` goes to the table, as someone else does.

    after: how many of them go before.
    """
    done: list[str] = []
    gone: list[str] = []

    def intervene(request: Any, **_: Any) -> None:
        if len(gone) < after:
            gone.append(operation)
        elif not done:
            done.append(operation)
            act()

    event = f"before-send.dynamodb.{operation}"
    _events().register_first(event, intervene)
    try:
        yield done
    finally:
        _events().unregister(event, intervene)


@contextmanager
def answered(operation: str, body: bytes, *, status: int = 400, times: int) -> Iterator[list[str]]:
    """Answer `operation` with `body` in the table's place, `times` times. No emulator gives a TransactionConflict."""
    given: list[str] = []

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        if len(given) >= times:
            return None
        given.append(operation)
        return _Answer(request.url, status, body)

    event = f"before-send.dynamodb.{operation}"
    _events().register_last(event, answer)
    try:
        yield given
    finally:
        _events().unregister(event, answer)


@contextmanager
def indexes_behind() -> Iterator[None]:
    """Let every index know of nothing yet, as right after a write; what is asked of the table itself is there."""

    def answer(request: Any, **_: Any) -> AWSResponse | None:
        if "IndexName" not in json.loads(request.body):
            return None
        return _Answer(request.url, 200, b'{"Items": [], "Count": 0, "ScannedCount": 0}')

    event = "before-send.dynamodb.Query"
    _events().register_last(event, answer)
    try:
        yield
    finally:
        _events().unregister(event, answer)


@contextmanager
def tokens_forgotten() -> Iterator[None]:
    """Send each transaction under a token that the table has not seen, as if ten minutes lay between."""

    def forget(params: dict[str, Any], **_: Any) -> None:
        params["ClientRequestToken"] = str(ULID())

    event = "provide-client-params.dynamodb.TransactWriteItems"
    _events().register(event, forget)
    try:
        yield
    finally:
        _events().unregister(event, forget)


@contextmanager
def bodies_of(operation: str) -> Iterator[list[dict[str, Any]]]:
    """Give what is sent to the table as `operation`, each try of a retried request as one."""
    sent: list[dict[str, Any]] = []

    def note(request: Any, **_: Any) -> None:
        sent.append(json.loads(request.body))

    event = f"before-send.dynamodb.{operation}"
    _events().register_first(event, note)
    try:
        yield sent
    finally:
        _events().unregister(event, note)


class Fault(StrEnum):
    """What may befall one call."""

    LOST = "answer lost"
    LATE = "timeout, and it arrives later"
    NEVER = "timeout, and it never arrives"
    CLOSED = "connection closed"
    THROTTLED = "throttled"
    CONFLICT = "TransactionConflict"


# A quarter of all calls: single ones, and squalls, in which nothing comes through until every retry is used up.
SINGLE = 1 / 6
SQUALL = 1 / 250
SQUALL_CALLS = (20, 40)
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
# Seconds by which a late request comes after who sent it has given up on it.
LATEST = 0.3


class Sky:
    """The faults of one thread's calls, drawn from its own seed. `seen` counts them, and all calls as "all"."""

    def __init__(self, seed: str) -> None:
        self.dice = Random(seed)  # noqa: S311  # the same again from the same seed
        self.seen: Counter[str] = Counter()
        self._squall = 0

    def draw(self, operation: str) -> Fault | None:
        """Return what befalls the next call, each try of a retried request being one."""
        self.seen["all"] += 1
        if not self._squall and self.dice.random() < SQUALL:
            self._squall = self.dice.randint(*SQUALL_CALLS)
        if not self._squall and self.dice.random() >= SINGLE:
            return None
        self._squall = max(0, self._squall - 1)
        is_transaction = operation == "TransactWriteItems"
        fault = self.dice.choice([each for each in Fault if is_transaction or each != Fault.CONFLICT])
        self.seen[fault] += 1
        return fault


class Weather:
    """Faults at random, in the calls of each thread that is under a sky."""

    def __init__(self) -> None:
        self._thread = threading.local()
        self._late: list[threading.Timer] = []

    def begin(self, seed: str) -> Sky:
        """Put this thread's calls under a sky of its own."""
        self._thread.sky = Sky(seed)
        return self._thread.sky  # type: ignore[no-any-return]  # a thread's local knows no types

    @contextmanager
    def over_all_calls(self, *clients: Any) -> Iterator[None]:
        """Let it happen to the table's calls, and to those of `clients` (S3). What is late has come when this ends."""
        all_events = [_events(), *(client.meta.events for client in clients)]
        for each in all_events:
            each.register_last("before-send", self._befall)
        try:
            yield
        finally:
            for each in all_events:
                each.unregister("before-send", self._befall)
            for late in self._late:
                late.join()

    def _befall(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        sky: Sky | None = getattr(self._thread, "sky", None)
        service, operation = event_name.split(".")[1:]
        fault = sky.draw(operation) if sky else None
        if sky is None or fault is None:
            return None
        match fault:
            case Fault.THROTTLED if service == "s3":
                return _Answer(request.url, 503, SLOW_DOWN)
            case Fault.THROTTLED:
                return _Answer(request.url, 400, _throttled(sky.dice))
            case Fault.CONFLICT:
                return _Answer(request.url, 400, _conflict(sky.dice, json.loads(request.body)))
            case Fault.CLOSED:
                raise ConnectionClosedError(endpoint_url=request.url, request=request)
            case Fault.NEVER:
                raise ConnectTimeoutError(endpoint_url=request.url)
            case Fault.LATE:
                self._send_later(request, sky.dice.uniform(0, LATEST))
            case Fault.LOST:
                _client()._endpoint.http_session.send(request)
        raise ReadTimeoutError(endpoint_url=request.url)

    def _send_later(self, request: Any, seconds: float) -> None:
        late = threading.Timer(seconds, _send_unheard, [request])
        self._late.append(late)
        late.start()


def _send_unheard(request: Any) -> None:
    with suppress(HTTPClientError):
        _client()._endpoint.http_session.send(request)


def _throttled(dice: Random) -> bytes:
    code = dice.choice(["ProvisionedThroughputExceededException", "ThrottlingException"])
    return json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "Slow down"}).encode()


def _conflict(dice: Random, request: dict[str, Any]) -> bytes:
    reasons = [{"Code": "None"} for _ in request["TransactItems"]]
    reasons[dice.randrange(len(reasons))] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing"}
    error = {"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "Message": "Cancelled"}
    return json.dumps({**error, "CancellationReasons": reasons}).encode()


class _Answer(AWSResponse):
    def __init__(self, url: str, status: int, body: bytes) -> None:
        headers = HTTPHeaders.from_dict({"Content-Type": "application/x-amz-json-1.0"})
        super().__init__(url, status, headers, None)
        self._content = body
