"""An export: the table first, then the bucket, then what says what all that is.

In this order no item comes without the key and the PDF that it names, unless those were erased meanwhile. The table is
read while people write to it: what is written during the minutes of the reading may be there in part.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO

from django.conf import settings
from django.utils import timezone
from ulid import ULID

from scc.copies import manifests, media
from scc.copies.erased import Erased
from scc.copies.kinds import kind_of, why_left_out
from scc.copies.manifests import ERASED, ITEMS, KEYS, OBJECTS, File, Manifest
from scc.copies.places import Place, may_be_named
from scc.copies.tallies import Tally, joined
from scc.dynamo import items
from scc.dynamo.attributes import instant_text
from scc.sealing import keys
from scc.walks import in_threads

THREADS = 8
# Items in batches, some thousand a second: as much as a new table takes.
WRITERS = 4
# Two read the table: Python is busy with their pages, each a megabyte, which takes ten times that in memory.
READERS = 2
# Items in a file, about: what a restore that is asked to stop still writes, in each thread.
ITEMS_A_FILE = 2000
MOST_SEGMENTS = 10_000
# Compressed twice as fast as at 6, and a tenth larger.
LEVEL = 3


@dataclass
class Read:
    """What was read of the table, or of a segment of it."""

    files: list[File] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    erased: Erased = field(default_factory=Erased)
    # Whose documents --open opens.
    records: list[str] = field(default_factory=list)

    def take(self, item: items.Item) -> bytes:
        """Count an item, and return its line, or nothing where it is left out."""
        why = why_left_out(item)
        if why:
            self.left_out[why] += 1
            return b""
        text = items.text_of(item).encode()
        kind = kind_of(item)
        self.tallies.setdefault(kind, Tally()).take(text)
        self.erased.take(item)
        if kind == "WAIVERRECORD" and "sealed" in item:
            self.records.append(item["ulid"]["S"])
        return text + b"\n"

    def join(self, other: Read) -> None:
        self.files += other.files
        self.tallies = joined([self.tallies, other.tallies])
        self.left_out += other.left_out
        self.erased.join(other.erased)
        self.records += other.records


def read_table(place: Place | None) -> Read:
    """Read the whole table into files at `place`, or only count it. Raises Stopped, StoreUnavailable, PlaceFailed."""
    segments = max(THREADS, min(MOST_SEGMENTS, items.how_many() // ITEMS_A_FILE))
    whole = Read()
    act = partial(_segment, place, segments)
    for part in in_threads(act, range(segments), threads=READERS, doing="Items"):
        whole.join(part)
    return whole


def _segment(place: Place | None, segments: int, segment: int) -> Read:
    read = Read()
    lines = (read.take(item) for item in items.in_segment(segment, segments))
    if place is None:
        for _ in lines:
            pass
        return read

    def write(file: BinaryIO) -> int:
        # Without the time of day in it: the same items are the same bytes.
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=LEVEL, mtime=0) as packed:
            packed.writelines(lines)
        return sum(tally.count for tally in read.tallies.values())

    read.files.append(manifests.keep(place, f"{ITEMS}{segment:04}.jsonl.gz", write))
    return read


def objects(*, with_keys: bool) -> list[str]:
    """Return the names of the bucket's objects that come along. Raises StoreUnavailable."""
    return [name for name in media.names() if with_keys or not name.startswith(keys.FOLDER)]


def copy_objects(place: Place, names: list[str]) -> Iterator[File | str]:
    """Copy objects of the bucket, and give the file of each, or the name of one that cannot be carried.

    One that was erased since it was listed is nothing. Raises as `read_table`.
    """
    for file in in_threads(partial(_object, place), names, threads=THREADS, doing="Files"):
        if file is not None:
            yield file


def _object(place: Place, name: str) -> File | str | None:
    if not may_be_named(name):
        return name

    def write(file: BinaryIO) -> int:
        media.copy(name, file)
        return 1

    try:
        return manifests.keep(place, name_of(name), write)
    except media.Gone:
        return None


def name_of(object_name: str) -> str:
    """Return the name in an export of an object of the bucket: keys lie apart."""
    return object_name if object_name.startswith(keys.FOLDER) else OBJECTS + object_name


def object_of(name: str) -> str:
    """Return the object of the bucket that the file `name` of an export is, "" for a file that is none."""
    return name if name.startswith(KEYS) else name.removeprefix(OBJECTS) if name.startswith(OBJECTS) else ""


def begin(place: Place) -> Manifest:
    """Begin an export at `place`. Raises NotAnExport, PlaceFailed."""
    id = str(ULID())
    manifests.claim(place, id)
    return Manifest(id, _now(), "", settings.SCC_TABLE, settings.SCC_MEDIA_BUCKET, True, {}, {})


def finish(
    place: Place, begun: Manifest, read: Read, files: list[File], *, with_keys: bool, opened: Collection[str] = ()
) -> Manifest:
    """Write what says what the export is. What an earlier try left behind goes. Raises PlaceFailed.

    opened: the names of what stands in the clear, of which the manifest knows nothing.
    """
    erased = manifests.keep(place, ERASED, partial(_write_erased, read.erased))
    files = [*read.files, *files, erased]
    known = {manifests.UNFINISHED, *opened, *(file.name for file in files)}
    for name in [name for name, _ in place.names() if name not in known]:
        place.remove(name)
    whole = {**vars(begun), "ended_at": _now(), "keys": with_keys, "items": read.tallies, "left_out": read.left_out}
    digest = manifests.write(place, Manifest(**whole), files)
    place.remove(manifests.UNFINISHED)
    return Manifest(**{**whole, "digest": digest, "files": {file.name: file for file in files}})


def _write_erased(erased: Erased, file: BinaryIO) -> int:
    lines = erased.lines()
    file.writelines(line.encode() for line in lines)
    return len(lines)


def _now() -> str:
    return instant_text(timezone.now())
