"""Whether an export is whole, and what stands in it, before anything is written."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from scc.copies.erased import Erased
from scc.copies.exporting import THREADS, object_of
from scc.copies.kinds import kind_of
from scc.copies.manifests import ITEMS, KEYS, NAME, OPEN, SUM, UNFINISHED, File, Manifest, NotAnExport, fetched
from scc.copies.places import Place
from scc.dynamo import items
from scc.walks import in_threads


@dataclass
class Checked:
    """faults: what is missing, changed or unknown, a file each. sealed: the keys of records that are not erased, by
    their waivers."""

    faults: list[str] = field(default_factory=list)
    sealed: dict[str, str] = field(default_factory=dict)


def check(place: Place, manifest: Manifest, *, erased: Erased, with_keys: bool) -> Checked:
    """Read every file that is to be restored. Raises Stopped, PlaceFailed.

    Keys and files of who was `erased` since may be missing. Without keys, nothing below `keys/` is looked at.
    """
    wanted = [file for file in manifest.files.values() if with_keys or not file.name.startswith(KEYS)]
    checked = Checked([*_names_apart(place, manifest, with_keys=with_keys)])
    act = partial(_file, place, erased)
    for one in in_threads(act, wanted, threads=THREADS, doing="Checking (bytes)", size=lambda file: file.size):
        checked.faults += one.faults
        checked.sealed |= one.sealed
    checked.faults.sort()
    return checked


def _names_apart(place: Place, manifest: Manifest, *, with_keys: bool) -> Iterator[str]:
    """Name each file that the manifest does not know. Those that it knows are read."""
    aside = OPEN if with_keys else (OPEN, KEYS)
    known = {NAME, SUM, *manifest.files}
    for name, _ in place.names():
        if name == UNFINISHED:
            yield f"{name} says that this export was not finished."
        elif name not in known and not name.startswith(aside):
            yield f"{name} is unknown to the manifest."


def _file(place: Place, erased: Erased, file: File) -> Checked:
    checked = Checked()
    try:
        with fetched(place, file) as copy:
            if file.name.startswith(ITEMS):
                for _, item in lines_of(copy):
                    if kind_of(item) == "WAIVERRECORD" and "sealed" in item:
                        checked.sealed[item["ulid"]["S"]] = item["key_id"]["S"]
    except NotAnExport as exc:
        if not erased.holds_object(object_of(file.name)) or "changed" in str(exc):
            checked.faults.append(str(exc))
    except (ValueError, KeyError, OSError, EOFError, zlib.error) as exc:
        checked.faults.append(f"{file.name} cannot be read: {exc}")
    return checked


def lines_of(copy: object) -> Iterator[tuple[bytes, items.Item]]:
    """Give each line of a file of items, without its end, and the item. Raises ValueError."""
    with gzip.GzipFile(fileobj=copy, mode="rb") as packed:  # type: ignore[call-overload]  # any file will do
        for line in packed:
            yield line.rstrip(b"\n"), items.of_text(line)
