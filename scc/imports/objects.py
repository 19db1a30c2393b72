"""What a run keeps in the bucket under `uploads/<ulid>/`: its file in slices, the lines, and what became of them.

It holds what the file holds, so it goes by the bucket's own rule after a month: see `infra/template.yaml`.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from django.conf import settings

from scc.bucket import answering
from scc.imports.lines import ImportFailed

FOLDER = "uploads/"
KEPT_DAYS = 30

_ABSENT = {"NoSuchKey", "404", "NotFound"}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
_ANOTHER = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}


class Gone(ImportFailed):
    """The bucket does not keep it any more."""

    def __init__(self) -> None:
        super().__init__(f"The file was deleted, {KEPT_DAYS} days after it was uploaded. Upload it again.")


def put(run_id: str, name: str, data: bytes) -> None:
    """Keep `data`, in the place of what has that name. One PutObject. Raises StoreUnavailable."""
    with answering():
        _client().put_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=_key(run_id, name), Body=data)


def get(run_id: str, name: str) -> bytes:
    """Return what is kept. One GetObject. Raises Gone, StoreUnavailable."""
    with answering():
        try:
            answer = _client().get_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=_key(run_id, name))
            data: bytes = answer["Body"].read()
        except ClientError as exc:
            if exc.response["Error"]["Code"] in _ABSENT:
                raise Gone from exc
            raise
    return data


def tag_of(run_id: str, name: str) -> str:
    """Return the tag by which `replace_json` knows what is kept, "" for nothing. One HeadObject."""
    with answering():
        try:
            tag: str = _client().head_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=_key(run_id, name))["ETag"]
        except ClientError as exc:
            if exc.response["Error"]["Code"] in _ABSENT:
                return ""
            raise
    return tag


def replace_json(run_id: str, name: str, value: object, *, over: str) -> bool:
    """Keep `value` as JSON in the place of what has the tag `over`, "" for nothing; else return False.

    One PutObject. Where its answer was lost and it was sent again, it finds itself there. Raises StoreUnavailable.
    """
    expected = {"IfMatch": over} if over else {"IfNoneMatch": "*"}
    with answering():
        try:
            _client().put_object(
                Bucket=settings.SCC_MEDIA_BUCKET, Key=_key(run_id, name), Body=_written(value), **expected
            )
        except ClientError as exc:
            if exc.response["Error"]["Code"] in _ANOTHER | _ABSENT:
                return False
            raise
    return True


def put_json(run_id: str, name: str, value: object) -> None:
    """Keep `value` as JSON."""
    put(run_id, name, _written(value))


def _written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def get_json(run_id: str, name: str) -> Any:
    """Return what `put_json` kept. Raises Gone, StoreUnavailable."""
    return json.loads(get(run_id, name))


def sizes(run_id: str, prefix: str) -> dict[str, int]:
    """Return the sizes in bytes of what is kept under names that begin so. One ListObjectsV2 for each thousand."""
    found: dict[str, int] = {}
    start = _key(run_id, "")
    with answering():
        pages = _client().get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=settings.SCC_MEDIA_BUCKET, Prefix=start + prefix):
            found |= {each["Key"].removeprefix(start): each["Size"] for each in page.get("Contents", [])}
    return found


def are_gone(run_id: str) -> bool:
    """Say whether the slices of a run's file are not kept any more. One ListObjectsV2. Raises StoreUnavailable."""
    return not sizes(run_id, "part-")


def _key(run_id: str, name: str) -> str:
    return f"{FOLDER}{run_id}/{name}"


@cache
def _client() -> Any:
    times = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"})
    return boto3.client("s3", config=times)
