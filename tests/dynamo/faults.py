"""Faults at the wire: what a network and a busy table do to real requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
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
def connection_refused(operation: str, *, times: int) -> Iterator[list[str]]:
    """Close the connection before `operation` reaches the table, `times` times."""
    refused: list[str] = []

    def refuse(request: Any, **_: Any) -> None:
        if len(refused) < times:
            refused.append(operation)
            raise ConnectionClosedError(endpoint_url=request.url, request=request)

    event = f"before-send.dynamodb.{operation}"
    _events().register_first(event, refuse)
    try:
        yield refused
    finally:
        _events().unregister(event, refuse)


@contextmanager
def meanwhile(operation: str, act: Callable[[], object]) -> Iterator[list[str]]:
    """Do `act` right before the next `operation` goes to the table, as someone else does."""
    done: list[str] = []

    def intervene(request: Any, **_: Any) -> None:
        if not done:
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


class _Answer(AWSResponse):
    def __init__(self, url: str, status: int, body: bytes) -> None:
        headers = HTTPHeaders.from_dict({"Content-Type": "application/x-amz-json-1.0"})
        super().__init__(url, status, headers, None)
        self._content = body
