"""Keys: made, fetched, destroyed. They lie in the bucket under `keys/`, each in an object of its own.

An object is written before what its key seals, under a name that is never used twice: a write that is repeated or lost
leaves a key that seals nothing, and never takes the place of one that does.
"""

from __future__ import annotations

import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from scc.dynamo.errors import StoreUnavailable
from scc.sealing import masters
from scc.sealing.boxes import KEY_BYTES, Tampered, seal, unseal

FOLDER = "keys/"
_NAMED = "named/"
_ABSENT = {"NoSuchKey", "404", "NotFound"}
# Another was first, or is at it at this moment.
_THERE = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}


@dataclass(frozen=True)
class Key:
    """A key: `id` is stored with what it seals, `secret` never."""

    id: str
    secret: bytes = field(repr=False)


def new(place: str) -> Key:
    """Make a key and store it. place: of what it seals, such as `waivers/01JV.../record`; see `destroy`.

    One PutObject, and once an hour a call of KMS. Raises StoreUnavailable.
    """
    key = Key(f"{place}/{secrets.token_hex(8)}", os.urandom(KEY_BYTES))
    _store(key)
    return key


def fetch(key_id: str) -> Key | None:
    """Return the key, or None once it is destroyed. One GetObject. Raises boxes.Tampered, StoreUnavailable."""
    with _bucket():
        try:
            answer = _client().get_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=FOLDER + key_id)
            stored = answer["Body"].read()
        except ClientError as exc:
            if _code(exc) in _ABSENT:
                return None
            raise
    return Key(key_id, _opened(stored, key_id))


def destroy(place: str) -> int:
    """Destroy every key under `place`, in every version that the bucket keeps. Returns how many objects went.

    Raises StoreUnavailable; then call it again.
    """
    return remove_all(f"{FOLDER}{place}/")


def remove_all(prefix: str) -> int:
    """Remove every object of the bucket whose name begins with `prefix`, in every version. Returns how many."""
    gone: set[str] = set()
    with _bucket():
        pages = (
            _client().get_paginator("list_object_versions").paginate(Bucket=settings.SCC_MEDIA_BUCKET, Prefix=prefix)
        )
        for page in pages:
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            _delete([{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found])
            gone |= {each["Key"] for each in found}
    return len(gone)


def _delete(versions: list[dict[str, str]]) -> None:
    if not versions:
        return
    answer = _client().delete_objects(Bucket=settings.SCC_MEDIA_BUCKET, Delete={"Objects": versions, "Quiet": True})
    if answer.get("Errors"):
        raise StoreUnavailable(f"S3 kept {answer['Errors'][0]['Key']}: {answer['Errors'][0]['Code']}")


@cache
def named(name: str) -> bytes:
    """Return the key of this name, which is made when it is asked for first, and then stays for ever.

    One GetObject a process, one PutObject more the first time of all. Raises StoreUnavailable.
    """
    key_id = _NAMED + name
    known = fetch(key_id)
    if known is None:
        made = Key(key_id, os.urandom(KEY_BYTES))
        known = made if _store(made, only_new=True) else fetch(key_id)
    if known is None:
        raise StoreUnavailable(f"the key {name} was there and is gone")
    return known.secret


def _store(key: Key, *, only_new: bool = False) -> bool:
    """Store the key, wrapped. Returns False where `only_new` and there is one."""
    wrapping = masters.wrapping()
    body = _form(wrapping.wrapped, seal(key.secret, wrapping.secret, key.id))
    with _bucket():
        try:
            _client().put_object(
                Bucket=settings.SCC_MEDIA_BUCKET,
                Key=FOLDER + key.id,
                Body=body,
                **({"IfNoneMatch": "*"} if only_new else {}),
            )
        except ClientError as exc:
            if only_new and _code(exc) in _THERE:
                return False
            raise
    return True


def _opened(stored: bytes, key_id: str) -> bytes:
    try:
        document = json.loads(stored)
        master, box = (b64decode(document[name], validate=True) for name in ("master", "key"))
    except (ValueError, KeyError, TypeError) as exc:
        raise Tampered(f"the key {key_id} is not whole") from exc
    # Base 64 has bits that say nothing, and JSON spaces: those too are as they were written.
    if stored != _form(master, box):
        raise Tampered(f"the key {key_id} was touched")
    return unseal(box, masters.unwrap(master), key_id)


def _form(master: bytes, box: bytes) -> bytes:
    return json.dumps({"master": _text(master), "key": _text(box)}).encode()


def _text(data: bytes) -> str:
    return b64encode(data).decode()


@cache
def _client() -> Any:
    return boto3.client("s3", config=masters.TIMES)


@contextmanager
def _bucket() -> Iterator[None]:
    try:
        yield
    except ClientError as exc:
        raise StoreUnavailable(f"the bucket refused: {exc}") from exc
    except BotoCoreError as exc:
        raise StoreUnavailable(f"the bucket does not answer: {exc}") from exc


def _code(exc: ClientError) -> str:
    return str(exc.response["Error"]["Code"])
