"""Where an export lies: a folder, or an S3 bucket below a prefix. Files are named by their path from there."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

S3 = "s3://"
# Of a file that is being written: it takes its name when it is whole.
PART = ".part"
_ABSENT = {"NoSuchKey", "404", "NotFound"}
# Others run beside it already.
_TRANSFERS = TransferConfig(use_threads=False)
_TIMES = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 6, "mode": "standard"})


class PlaceFailed(Exception):
    """The place cannot be read or written; says why."""


class Place(Protocol):
    """Files under names such as `items/0000.jsonl.gz`. Every method raises PlaceFailed."""

    def names(self) -> Iterator[tuple[str, int]]:
        """Give each file's name and size in bytes."""

    def open(self, name: str) -> Any:
        """Return a context manager that gives the file to read from, or raises FileNotFoundError."""

    def put(self, name: str, file: BinaryIO) -> None:
        """Write all of `file` under `name`, whole or not at all, in the place of what is there."""

    def remove(self, name: str) -> None:
        """Remove the file `name`, if it is there."""


def place(text: str) -> Place:
    """Return the place that `text` names: a folder, or s3://bucket/prefix. Raises PlaceFailed."""
    if not text.startswith(S3):
        return Folder(Path(text))
    bucket, _, prefix = text.removeprefix(S3).partition("/")
    if not bucket:
        raise PlaceFailed(f"{text} names no bucket. Write it as s3://bucket/prefix.")
    if bucket == settings.SCC_MEDIA_BUCKET:
        raise PlaceFailed(f"{bucket} is the bucket that is exported. Name another one.")
    return Bucket(bucket, prefix.strip("/"))


def may_be_named(name: str) -> bool:
    """Say whether a file may have this name: one that stays below where it is put."""
    parts = name.split("/")
    return not any(part in {"", ".", ".."} or "\\" in part or "\0" in part for part in parts)


class Folder:
    """A folder, which only who makes it may look into."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    def names(self) -> Iterator[tuple[str, int]]:
        with _files(self):
            for folder, _, names in os.walk(self._path):
                for name in names:
                    path = Path(folder, name)
                    yield path.relative_to(self._path).as_posix(), path.stat().st_size

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        with _files(self), self._at(name).open("rb") as file:
            yield file

    def put(self, name: str, file: BinaryIO) -> None:
        path = self._at(name)
        part = path.with_name(path.name + PART)
        with _files(self):
            _make(path.parent)
            with open(part, "wb", opener=_for_us_alone) as target:
                shutil.copyfileobj(file, target)
            part.replace(path)

    def remove(self, name: str) -> None:
        with _files(self):
            self._at(name).unlink(missing_ok=True)

    def _at(self, name: str) -> Path:
        if not may_be_named(name):
            raise PlaceFailed(f"{name!r} is no name of a file in an export")
        return self._path / name


class Bucket:
    """A bucket of S3, below a prefix."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket, self._prefix = bucket, f"{prefix}/" if prefix else ""
        # Its types know each region by name; ours comes from the environment.
        self._client: Any = boto3.client("s3", config=_TIMES)

    def __str__(self) -> str:
        return f"{S3}{self._bucket}/{self._prefix}".rstrip("/")

    def names(self) -> Iterator[tuple[str, int]]:
        with _answers(self):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            for page in pages:
                for each in page.get("Contents", []):
                    name = each["Key"].removeprefix(self._prefix)
                    # What the console makes for a folder.
                    if name and not name.endswith("/"):
                        yield name, each["Size"]

    @contextmanager
    def open(self, name: str) -> Iterator[Any]:
        with _answers(self):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
            except ClientError as exc:
                if exc.response["Error"]["Code"] in _ABSENT:
                    raise FileNotFoundError(name) from exc
                raise
            with closing(answer["Body"]) as body:
                yield io.BufferedReader(body)

    def put(self, name: str, file: BinaryIO) -> None:
        with _answers(self):
            self._client.upload_fileobj(file, self._bucket, self._prefix + name, Config=_TRANSFERS)

    def remove(self, name: str) -> None:
        with _answers(self):
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)


def _make(folder: Path) -> None:
    """Make a folder that is not there, and those above it, each for us alone: `parents` would open those above."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _for_us_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def _files(place: Folder) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise PlaceFailed(f"{place}: {exc.strerror or exc}") from exc


@contextmanager
def _answers(place: Bucket) -> Iterator[None]:
    try:
        yield
    except ClientError as exc:
        raise PlaceFailed(f"{place}: S3 refused: {exc}") from exc
    except BotoCoreError as exc:
        raise PlaceFailed(f"{place}: S3 does not answer: {exc}") from exc
