"""What an operator points at, opened: its items one by one, and what names it, so that a run can be gone on with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Protocol

from scc.imports.ids import digest_of
from scc.imports.lines import ImportFailed
from scc.legacy import documents, exports
from scc.legacy.documents import Found
from scc.legacy.exports import File
from scc.legacy.stores import SUFFIXES, Store, md5_of, sha256_of, store_of, text_of

# Of the files that are none of items, so many are named.
MOST_SHOWN = 5


class Source(Protocol):
    """Where items come from."""

    name: str
    # How it is read, for people.
    said: str
    # How many items it has, as far as that is known, for the bar.
    about: int

    def items(self) -> Iterator[Found]:
        """Give every item once. Raises ImportFailed when not all can be read."""

    @property
    def digest(self) -> str:
        """What names it and what it holds. To be asked for when all items were given."""


class Files:
    """A file, a folder, a prefix of S3, or an export of DynamoDB's in one of these."""

    def __init__(self, place: str) -> None:
        self.store: Store = store_of(place)
        self.name = place.rstrip("/").rpartition("/")[2] or place
        names = self.store.names()
        export = exports.files_of(self.store, names)
        self.files = [File(name) for name in names if _may_hold_items(name)] if export is None else export
        if not self.files:
            raise ImportFailed(f"{place} holds no file of JSON ({', '.join(SUFFIXES)}).")
        others = [] if export is not None else sorted({*names} - {file.name for file in self.files})
        self.said = self._said(others, is_export=export is not None)
        self.about = sum(file.items or 0 for file in self.files)
        self._digests: list[tuple[str, str]] = []

    def items(self) -> Iterator[Found]:
        """Give the items of all files, numbered through. Raises ImportFailed."""
        number, self._digests = 0, []
        for file in self.files:
            for found in self._items_of(file):
                number += 1
                yield Found(number, found.place, found.raw)

    @property
    def digest(self) -> str:
        # Not by the names: a copy elsewhere is the same source.
        return digest_of("files", sorted(sha256 for _, sha256 in self._digests))

    def _items_of(self, file: File) -> Iterator[Found]:
        count = 0
        with closing(self.store.open(file.name)) as opened:
            if file.md5 and md5_of(opened) != file.md5:
                raise ImportFailed(
                    f"{file.name} is not what the manifest says: its MD5 differs. Copy the export again."
                )
            self._digests.append((file.name, sha256_of(opened)))
            with text_of(opened, file.name or self.name) as text:
                for found in documents.items(text, name=file.name):
                    count += 1
                    yield found
        if file.items is not None and file.items != count:
            raise ImportFailed(
                f"{file.name} has {count} items, and the manifest says {file.items}. Nothing was written."
            )

    def _said(self, others: list[str], *, is_export: bool) -> str:
        many = f"{len(self.files)} files" if len(self.files) != 1 else "one file"
        if is_export:
            return f"an export of DynamoDB's, {many}, held to its manifest"
        shown = ", ".join(others[:MOST_SHOWN]) + (", ..." if len(others) > MOST_SHOWN else "")
        beside = f"; not read: {shown}" if others else ""
        return f"{many}{beside}" if self.files[0].name else ""


def _may_hold_items(name: str) -> bool:
    """Say whether a file is one of items: the one that was named, or one of those beside which others may stand."""
    base = name.rpartition("/")[2]
    return not name or (base.endswith(SUFFIXES) and not base.startswith((".", "manifest-")))
