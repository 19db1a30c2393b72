"""Where files are: on this machine, or below a prefix of S3. What is read is read whole before it is believed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol, TextIO

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from scc.imports.lines import ImportFailed

S3 = "s3://"
# Names of what may hold items; manifests and checksums stand beside them.
SUFFIXES = (".json", ".jsonl", ".ndjson", ".gz")

_GZIP = b"\x1f\x8b"
_ENCODINGS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Store(Protocol):
    """Files by their names below one place."""

    @property
    def place(self) -> str:
        """What people call it."""

    def names(self) -> list[str]:
        """Return the names of all files, in order."""

    def open(self, name: str) -> BinaryIO:
        """Return a file that can be read from its beginning as often as one likes. Raises ImportFailed."""


@dataclass(frozen=True)
class Folder:
    """A folder of this machine, or one file of it."""

    path: Path

    @property
    def place(self) -> str:
        return str(self.path)

    def names(self) -> list[str]:
        if not self.path.is_dir():
            return [""]
        return sorted(str(path.relative_to(self.path)) for path in self.path.rglob("*") if path.is_file())

    def open(self, name: str) -> BinaryIO:
        path = self.path / name if name else self.path
        try:
            return path.open("rb")
        except OSError as exc:
            raise ImportFailed(f"{path} cannot be read: {exc.strerror}") from exc


@dataclass(frozen=True)
class Prefix:
    """The objects of a bucket below a prefix, or one of them."""

    client: Any
    bucket: str
    prefix: str

    @property
    def place(self) -> str:
        return f"{S3}{self.bucket}/{self.prefix}"

    def names(self) -> list[str]:
        with answering(self.place):
            pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
            keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
        if self.prefix in keys and not self.prefix.endswith("/"):
            return [""]
        below = f"{self.prefix.rstrip('/')}/" if self.prefix else ""
        return sorted(key.removeprefix(below) for key in keys if key.startswith(below) and key != below)

    def open(self, name: str) -> BinaryIO:
        key = f"{self.prefix.rstrip('/')}/{name}".lstrip("/") if name else self.prefix
        # Taken over whole: an answer that breaks off would look like a shorter file.
        file = tempfile.TemporaryFile()  # noqa: SIM115  # whoever asked closes it
        with answering(f"{S3}{self.bucket}/{key}"):
            self.client.download_fileobj(self.bucket, key, file)
        file.seek(0)
        return file


def store_of(place: str) -> Store:
    """Return the store of `place`, a path or `s3://bucket/prefix`. Raises ImportFailed when there is nothing."""
    if place.startswith(S3):
        bucket, _, prefix = place.removeprefix(S3).partition("/")
        return Prefix(boto3.client("s3"), bucket, prefix)
    path = Path(place)
    if not path.exists():
        raise ImportFailed(f"{place} cannot be read: there is no such file or folder.")
    return Folder(path)


@contextmanager
def answering(place: str) -> Iterator[None]:
    """Turn what AWS may answer into ImportFailed."""
    try:
        yield
    except (ClientError, BotoCoreError) as exc:
        raise ImportFailed(f"{place} cannot be read: {exc}") from exc


def md5_of(file: BinaryIO) -> str:
    """Return the MD5 of a file in base 64, as AWS writes it, and go back to its beginning."""
    # Not against those who mean harm: it is what the manifest has.
    return base64.b64encode(_digest(file, hashlib.md5(usedforsecurity=False)).digest()).decode()


def sha256_of(file: BinaryIO) -> str:
    """Return the SHA-256 of a file, and go back to its beginning."""
    return str(_digest(file, hashlib.sha256()).hexdigest())


def _digest(file: BinaryIO, digest: Any) -> Any:
    for piece in iter(lambda: file.read(1 << 20), b""):
        digest.update(piece)
    file.seek(0)
    return digest


@contextmanager
def text_of(file: BinaryIO, name: str) -> Iterator[TextIO]:
    """Give a file as text, unpacked where it is gzipped. Raises ImportFailed when what is packed is cut off or damaged.

    Bytes that are no text stay as escapes that JSON has none of, so that their line is told of.
    """
    unpacked: Any = gzip.GzipFile(fileobj=file) if _begins(file, _GZIP) else file
    try:
        encoding = next((name for mark, name in _ENCODINGS if _begins(unpacked, mark)), "utf-8-sig")
        yield io.TextIOWrapper(unpacked, encoding=encoding, errors="backslashreplace", newline="\n")
    except EOFError as exc:
        raise ImportFailed(f"{name} is cut off: it is gzipped, and its end is missing. Nothing was written.") from exc
    except (gzip.BadGzipFile, zlib.error) as exc:
        raise ImportFailed(f"{name} is damaged: {exc}. Nothing was written.") from exc


def _begins(file: IO[bytes], mark: bytes) -> bool:
    found = file.read(len(mark)) == mark
    file.seek(0)
    return found
