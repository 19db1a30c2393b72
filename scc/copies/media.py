"""The bucket of keys and documents, object by object, for exports and restores. Methods raise StoreUnavailable."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from typing import Any, BinaryIO

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from django.conf import settings

from scc.bucket import answering
from scc.imports import objects as uploads
from scc.sealing import keys

# Put there by a deploy, and made again by the next one; files on their way in, which go after thirty days.
LEFT_OUT = ("fonts/", uploads.FOLDER)
NAMED = f"{keys.FOLDER}named/"
_ABSENT = {"NoSuchKey", "404", "NotFound"}
_THERE = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_TIMES = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 6, "mode": "standard"})


def names(prefix: str = "") -> Iterator[str]:
    """Give the name of every object that belongs to the operator. One ListObjectsV2 a thousand."""
    with answering():
        for page in _client().get_paginator("list_objects_v2").paginate(Bucket=_bucket(), Prefix=prefix):
            for each in page.get("Contents", []):
                if not each["Key"].endswith("/") and not each["Key"].startswith(LEFT_OUT):
                    yield each["Key"]


class Gone(Exception):
    """There is no such object any more."""


def copy(name: str, file: BinaryIO) -> None:
    """Write an object into `file`. Raises Gone, StoreUnavailable."""
    with answering():
        try:
            answer = _client().get_object(Bucket=_bucket(), Key=name)
        except ClientError as exc:
            if exc.response["Error"]["Code"] in _ABSENT:
                raise Gone(name) from exc
            raise
        with closing(answer["Body"]) as body:
            shutil.copyfileobj(body, file)


def bring(name: str, file: BinaryIO) -> str:
    """Put an object where there is none. Returns carried, unchanged, or reported where another one is there."""
    data = file.read()
    if name.startswith(NAMED):
        # Who asked for anything in an empty table has made one; nothing hangs on it yet.
        return _bring_over(name, data)
    with answering():
        try:
            _client().put_object(Bucket=_bucket(), Key=name, Body=data, IfNoneMatch="*")
        except ClientError as exc:
            if exc.response["Error"]["Code"] not in _THERE:
                raise
            return "unchanged" if _holds(name, data) else "reported"
    return "carried"


def _bring_over(name: str, data: bytes) -> str:
    if _holds(name, data):
        return "unchanged"
    with answering():
        _client().put_object(Bucket=_bucket(), Key=name, Body=data)
    return "carried"


def _holds(name: str, data: bytes) -> bool:
    there = io.BytesIO()
    try:
        copy(name, there)
    except Gone:
        return False
    return there.getvalue() == data


def _bucket() -> str:
    return str(settings.SCC_MEDIA_BUCKET)


@cache
def _client() -> Any:
    return boto3.client("s3", config=_TIMES)
