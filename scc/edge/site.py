"""The site's bucket: a release's static files and the landing, in the staging slot, live, and back again.

Hashed names are never taken away: pages of older releases, which browsers and caches still have, refer to them. What
has no hash, the landing, comes from its object's version when a release is restored.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import boto3
from botocore.exceptions import ClientError

from scc.edge import statics
from scc.edge.errors import EdgeError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CopySourceTypeDef, ObjectIdentifierTypeDef

Say = Callable[[str], None]

SLOT = "_staging/"
STATIC = "static/"
# What visitors put there is no part of a release: a rollback must not bring back what was erased since.
MEDIA = "media/"

IMMUTABLE = "public, max-age=31536000, immutable"
SHORT = "public, max-age=60"

# As many as a client has connections.
WORKERS = 10
# Keys that S3 deletes in one call. https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
_MOST_DELETED = 1000
_PAGE = ".html"
_TYPES = {**statics.CONTENT_TYPES, _PAGE: "text/html; charset=utf-8", ".txt": "text/plain; charset=utf-8"}


@dataclass(frozen=True)
class File:
    """A file of a release: its live key, where it comes from, and how it is served."""

    key: str
    path: Path
    content_type: str
    cache_control: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Stored:
    """An object as it was live: `version` and `etag` are S3's."""

    version: str
    etag: str
    content_type: str
    cache_control: str

    @classmethod
    def read(cls, record: Mapping[str, str]) -> Self:
        return cls(**record)


Record = dict[str, Stored]


def files(folder: Path, landing: Path) -> list[File]:
    """Return what a release serves from S3: the hashed files of `folder`, and the landing's.

    Raises EdgeError for a file whose content type we do not know.
    """
    found = [
        File(STATIC + name, folder / name, content_type, IMMUTABLE)
        for name, content_type in statics.hashed(folder).items()
    ]
    for path in sorted(path for path in landing.rglob("*") if path.is_file()):
        if path.suffix not in _TYPES:
            raise EdgeError(f"{path}: no content type is known for {path.suffix!r}. Add it to {__name__}.")
        found.append(File(path.relative_to(landing).as_posix(), path, _TYPES[path.suffix], SHORT))
    return found


def upload_slot(bucket: str, folder: Path, landing: Path, say: Say) -> list[str]:
    """Make the staging slot hold this release and nothing else. Returns the live keys that `go_live` takes.

    folder: filled by `statics.collect`. What is in the slot already, from an interrupted run, is not sent again.
    Raises EdgeError for a file whose content type we do not know.
    """
    client = boto3.client("s3")
    release = files(folder, landing)
    sent = _in_parallel(lambda file: _upload(client, bucket, file), release)
    wanted = {SLOT + file.key for file in release}
    old = [key for key in _list_slot(client, bucket) if key not in wanted]
    for start in range(0, len(old), _MOST_DELETED):
        keys: list[ObjectIdentifierTypeDef] = [{"Key": key} for key in old[start : start + _MOST_DELETED]]
        client.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    say(f"slot: {sum(sent)} files uploaded, {len(sent) - sum(sent)} there already, {len(old)} of others removed")
    return [file.key for file in release]


def go_live(bucket: str, keys: Iterable[str], say: Say) -> None:
    """Copy these from the slot to where visitors get them, what pages refer to first, pages last.

    What is live with the same content, type and caching is left alone. Raises EdgeError when the slot lacks one.
    """
    client = boto3.client("s3")
    copied = [_in_parallel(lambda key: _copy_live(client, bucket, key), keys) for keys in _stages(keys)]
    done = [each for stage in copied for each in stage]
    say(f"live: {sum(done)} files copied, {len(done) - sum(done)} there already")


def capture(bucket: str) -> Record:
    """Return what is live in the bucket, by key, without the slot and what visitors put there."""
    client = boto3.client("s3")
    live = _versions(client, bucket)
    stored = _in_parallel(lambda key: _stored(client.head_object(Bucket=bucket, Key=key, VersionId=live[key])), live)
    return dict(zip(live, stored, strict=True))


def restore(bucket: str, record: Mapping[str, Stored], say: Say) -> None:
    """Make every key of a record live with the content that it had, from its version, pages last.

    What came live since stays, as pages of other releases may refer to it.
    Raises EdgeError with the keys whose versions are gone, when all others are restored.
    """
    client = boto3.client("s3")
    live = _versions(client, bucket)
    other = [key for key in record if live.get(key) != record[key].version]
    came: list[bool | None] = []
    lost: list[str] = []
    for keys in _stages(other):
        found = _in_parallel(lambda key: _copy_back(client, bucket, key, record[key]), keys)
        came += found
        lost += [key for key, was_copied in zip(keys, found, strict=True) if was_copied is None]
    say(f"static: {came.count(True)} files restored, {len(record) - len(other) + came.count(False)} as they were")
    if lost:
        raise EdgeError(
            f"These are gone from {bucket}, in every version: {', '.join(lost)}. Deploy their commit again."
        )


def as_json(record: Mapping[str, Stored]) -> dict[str, dict[str, str]]:
    """Return a record in a form that is stored."""
    return {key: asdict(stored) for key, stored in record.items()}


def from_json(record: Mapping[str, Mapping[str, str]]) -> Record:
    """Return a record that was stored."""
    return {key: Stored.read(stored) for key, stored in record.items()}


def _upload(client: S3Client, bucket: str, file: File) -> bool:
    """Send a file to the slot. Returns whether it was not there."""
    key, sha256 = SLOT + file.key, file.sha256
    there = _head(client, bucket, key)
    if there and _served(there) == (sha256, file.content_type, file.cache_control):
        return False
    client.put_object(
        Bucket=bucket,
        Key=key,
        Body=file.path.read_bytes(),
        ContentType=file.content_type,
        CacheControl=file.cache_control,
        Metadata={"sha256": sha256},
    )
    return True


def _copy_live(client: S3Client, bucket: str, key: str) -> bool:
    """Copy an object from the slot to its live key. Returns whether it was another there."""
    staged, live = _head(client, bucket, SLOT + key), _head(client, bucket, key)
    if staged is None:
        raise EdgeError(f"{SLOT}{key} is not in {bucket}. Deploy again: the slot is filled anew.")
    if live and _served(live) == _served(staged):
        return False
    # Type, caching and hash go with it.
    client.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": SLOT + key})
    return True


def _copy_back(client: S3Client, bucket: str, key: str, stored: Stored) -> bool | None:
    """Copy an object's own version over it. Returns whether it was another, None when the version is gone."""
    live = _head(client, bucket, key)
    if live and replace(_stored(live), version=stored.version) == stored:
        return False
    source: CopySourceTypeDef = {"Bucket": bucket, "Key": key, "VersionId": stored.version}
    try:
        client.copy_object(Bucket=bucket, Key=key, CopySource=source)
    except ClientError as exc:
        if exc.response["Error"]["Code"] not in {"NoSuchVersion", "NoSuchKey", "404"}:
            raise
        return None
    return True


def _versions(client: S3Client, bucket: str) -> dict[str, str]:
    """Return the version that is live of each key of a release."""
    pages = client.get_paginator("list_object_versions").paginate(Bucket=bucket)
    versions = [version for page in pages for version in page.get("Versions", []) if version["IsLatest"]]
    return {each["Key"]: each["VersionId"] for each in versions if not each["Key"].startswith((SLOT, MEDIA))}


def _stored(head: Mapping[str, Any]) -> Stored:
    return Stored(head["VersionId"], head["ETag"], head["ContentType"], head.get("CacheControl", ""))


def _head(client: S3Client, bucket: str, key: str) -> Any:
    try:
        return client.head_object(Bucket=bucket, Key=key)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "404":
            raise
        return None


def _served(head: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return what a visitor gets: the content by its hash, type, caching."""
    return head["Metadata"].get("sha256", head["ETag"]), head["ContentType"], head.get("CacheControl", "")


def _list_slot(client: S3Client, bucket: str) -> list[str]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=SLOT)
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


def _stages(keys: Iterable[str]) -> Iterator[Sequence[str]]:
    """Yield the keys in the order of going live: hashed files, the landing's other files, its pages."""
    ordered = sorted(keys)
    yield [key for key in ordered if key.startswith(STATIC)]
    yield [key for key in ordered if not key.startswith(STATIC) and posixpath.splitext(key)[1] != _PAGE]
    yield [key for key in ordered if not key.startswith(STATIC) and posixpath.splitext(key)[1] == _PAGE]


def _in_parallel(do: Callable[[Any], Any], what: Iterable[Any]) -> list[Any]:
    """Do it for each, several at a time. Returns the answers in order. Raises what the first that failed raised."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(do, what))
