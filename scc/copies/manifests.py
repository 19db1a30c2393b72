"""The manifest of an export: what it is, and each of its files with size, SHA-256 and count.

Lines of JSON, the first for the whole. Its own SHA-256 lies beside it, is written last, and names the export: who
keeps those 64 characters elsewhere can tell later that nothing was changed.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, Any, BinaryIO, cast

from scc.copies.places import Place, may_be_named
from scc.copies.tallies import Tally

FORMAT = 1
NAME, SUM = "manifest.jsonl", "manifest.sha256"
# There while an export is being written.
UNFINISHED = "unfinished.json"
ITEMS, OBJECTS, KEYS, OPEN = "items/", "objects/", "keys/", "open/"
ERASED = "erased.txt"
# Above this, a file waits on disk until it is whole, and not in memory.
SPOOL_BYTES = 4 * 1024 * 1024


class NotAnExport(Exception):
    """What lies there is no whole export; says what is wrong."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of an export. count: of its items, or of the one thing that it is."""

    name: str
    size: int
    sha256: str
    count: int = 1


@dataclass(frozen=True)
class Manifest:
    """An export as a whole. items: by kind. left_out: how many items were, by kind. keys: whether they came along."""

    id: str
    began_at: str
    ended_at: str
    table: str
    bucket: str
    keys: bool
    items: Mapping[str, Tally]
    left_out: Mapping[str, int]
    files: Mapping[str, File] = field(default_factory=dict)
    # SHA-256 of the manifest's bytes; "" until it is written.
    digest: str = ""


def keep(place: Place, name: str, write: Callable[[BinaryIO], int]) -> File:
    """Write a file of an export: `write` fills it and returns its count. Raises PlaceFailed."""
    with SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        file = cast(BinaryIO, spool)
        count = write(file)
        size = file.tell()
        file.seek(0)
        digest = _digest_of(file)
        file.seek(0)
        place.put(name, file)
    return File(name, size, digest, count)


def write(place: Place, manifest: Manifest, files: Iterable[File], *, folder: str = "") -> str:
    """Write the manifest, and its SHA-256 when it is there. Returns that. folder: of whose files it is."""
    head = {name: value for name, value in vars(manifest).items() if name not in {"files", "digest", "items"}}
    head |= {"format": FORMAT, "items": {kind: tally.as_json() for kind, tally in sorted(manifest.items.items())}}

    def lines(file: BinaryIO) -> int:
        file.write(_line(head))
        ordered = sorted(files, key=lambda each: each.name)
        file.writelines(_line(asdict(each)) for each in ordered)
        return len(ordered)

    written = keep(place, folder + NAME, lines)
    place.put(folder + SUM, io.BytesIO(_sum_line(written.sha256).encode()))
    return written.sha256


def read(place: Place) -> Manifest:
    """Return the manifest of the export at `place`. Raises NotAnExport, PlaceFailed."""
    try:
        with place.open(SUM) as file:
            said = file.read(200).decode(errors="replace")
        with place.open(NAME) as file:
            return _read(file, said)
    except FileNotFoundError as exc:
        raise NotAnExport(f"{place} is no finished export: {NAME} or {SUM} is missing.") from exc


def _read(file: IO[bytes], said: str) -> Manifest:
    hasher = hashlib.sha256()
    lines = []
    for line in file:
        hasher.update(line)
        lines.append(line)
    digest = hasher.hexdigest()
    if said != _sum_line(digest):
        raise NotAnExport(f"{NAME} or {SUM} was changed: they do not fit together.")
    return _parsed(lines, digest)


def _sum_line(digest: str) -> str:
    # As sha256sum writes and checks it.
    return f"{digest}  {NAME}\n"


def _parsed(lines: list[bytes], digest: str) -> Manifest:
    try:
        head = json.loads(lines[0])
        if head.pop("format") != FORMAT:
            raise NotAnExport(f"{NAME} is of a form that this release does not know.")
        head["items"] = {kind: Tally.of_json(tally) for kind, tally in head["items"].items()}
        files = {each.name: each for each in (File(**json.loads(line)) for line in lines[1:])}
        manifest = Manifest(**head, files=files, digest=digest)
    except (ValueError, KeyError, TypeError, IndexError) as exc:
        raise NotAnExport(f"{NAME} cannot be read: {exc}") from exc
    wrong = next((name for name in files if not may_be_named(name)), None)
    if wrong is not None:
        raise NotAnExport(f"{NAME} names {wrong!r}, which is no file of an export.")
    return manifest


@contextmanager
def fetched(place: Place, file: File) -> Iterator[BinaryIO]:
    """Give a copy of a file that is as the manifest says. Raises NotAnExport, PlaceFailed."""
    with SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        copy = cast(BinaryIO, spool)
        try:
            with place.open(file.name) as stored:
                shutil.copyfileobj(stored, copy)
        except FileNotFoundError as exc:
            raise NotAnExport(f"{file.name} is missing.") from exc
        copy.seek(0)
        if _digest_of(copy) != file.sha256:
            raise NotAnExport(f"{file.name} was changed.")
        copy.seek(0)
        yield copy


def claim(place: Place, id: str) -> None:
    """Begin an export at `place`: where nothing lies, or an export that was not finished, which is made anew.

    Raises NotAnExport, PlaceFailed.
    """
    if _has(place, SUM):
        raise NotAnExport(f"{place} holds an export already. Name an empty place.")
    found = next((name for name, _ in place.names()), None)
    if found is not None and not _has(place, UNFINISHED):
        raise NotAnExport(f"{place} is not empty: {found} lies there. Name an empty place.")
    place.put(UNFINISHED, io.BytesIO(json.dumps({"id": id}).encode()))


def _has(place: Place, name: str) -> bool:
    try:
        with place.open(name):
            return True
    except FileNotFoundError:
        return False


def _digest_of(file: IO[bytes]) -> str:
    hasher = hashlib.sha256()
    while chunk := file.read(1024 * 1024):
        hasher.update(chunk)
    return hasher.hexdigest()


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
