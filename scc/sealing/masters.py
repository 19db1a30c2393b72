"""The master key, which wraps all others: AWS KMS in production, a key of the settings on a machine of one's own.

A wrapping key is asked of the master once and then wraps what this process makes for an hour, as a call of KMS for
each signature would cost time and money. It lies, wrapped by the master, beside everything that it wraps.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from scc.dynamo.errors import StoreUnavailable
from scc.sealing.boxes import KEY_BYTES, Tampered, seal, unseal

WRAPS_FOR = 60 * 60.0
# Of the wrapping keys that were unwrapped, so many stay in memory.
REMEMBERED = 256
_LOCAL = "wrapping key"
# One that the master will never open: the box was touched, or belongs to another master.
_REFUSED = {"InvalidCiphertextException", "IncorrectKeyException"}
TIMES = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 3, "mode": "standard"})


@dataclass(frozen=True)
class Wrapping:
    """A wrapping key, in the clear and as the master wrapped it."""

    secret: bytes
    wrapped: bytes


class _Local:
    """The key of the settings. Whoever has it opens everything: for development, and for tests."""

    def new(self) -> Wrapping:
        secret = os.urandom(KEY_BYTES)
        return Wrapping(secret, seal(secret, self._secret, _LOCAL))

    def open(self, wrapped: bytes) -> bytes:
        return unseal(wrapped, self._secret, _LOCAL)

    @property
    def _secret(self) -> bytes:
        secret: bytes = settings.SCC_LOCAL_KEY
        return secret


class _Kms:
    """AWS KMS, which never gives its key away."""

    def new(self) -> Wrapping:
        answer = self._ask("generate_data_key", KeyId=settings.SCC_KMS_KEY, KeySpec="AES_256")
        return Wrapping(answer["Plaintext"], answer["CiphertextBlob"])

    def open(self, wrapped: bytes) -> bytes:
        # KMS knows which key it was: one that an earlier stack of this stage left behind opens what it wrapped, too.
        plain: bytes = self._ask("decrypt", CiphertextBlob=wrapped)["Plaintext"]
        return plain

    def _ask(self, call: str, **parameters: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(_client(), call)(**parameters)
        except ClientError as exc:
            if exc.response["Error"]["Code"] in _REFUSED:
                raise Tampered("the master key does not open this key") from exc
            raise StoreUnavailable(f"KMS refused to {call.replace('_', ' ')}: {exc}") from exc
        except BotoCoreError as exc:
            raise StoreUnavailable(f"KMS does not answer: {exc}") from exc
        return answer


@cache
def _client() -> Any:
    return boto3.client("kms", config=TIMES)


def _master() -> _Kms | _Local:
    return _Kms() if settings.SCC_KMS_KEY else _Local()


class _Memory:
    """The wrapping keys that this process knows."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        # Since when it wraps, in monotonic seconds, and the key.
        self.current: tuple[float, Wrapping] | None = None
        self.opened: OrderedDict[bytes, bytes] = OrderedDict()


_memory = _Memory()


def wrapping() -> Wrapping:
    """Return the key that wraps what this process makes now. Raises StoreUnavailable."""
    with _memory.lock:
        if _memory.current is None or time.monotonic() - _memory.current[0] > WRAPS_FOR:
            _memory.current = (time.monotonic(), _master().new())
        return _memory.current[1]


def unwrap(wrapped: bytes) -> bytes:
    """Return the wrapping key that the master wrapped as `wrapped`. Raises Tampered, StoreUnavailable."""
    with _memory.lock:
        known = _memory.opened.get(wrapped)
    if known is not None:
        return known
    secret = _master().open(wrapped)
    with _memory.lock:
        _memory.opened[wrapped] = secret
        if len(_memory.opened) > REMEMBERED:
            _memory.opened.popitem(last=False)
    return secret


def forget() -> None:
    """Forget every key that is in memory."""
    with _memory.lock:
        _memory.forget()
