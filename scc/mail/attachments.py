"""What a letter brings: files that are kept elsewhere, opened when it leaves.

Who writes such a letter registers, at start, how its things are opened. A file may not be there yet when the letter is
written: the letter then waits for it, without a try being counted, but not longer than it says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from mimetypes import guess_type


class NotReady(Exception):
    """The file is not there yet."""


class Withdrawn(Exception):
    """The file will never be there: what it shows was erased."""


@dataclass(frozen=True)
class Attachment:
    """A file that a letter brings. source: who opens it; name: what it is there; file_name: as the letter calls it."""

    source: str
    name: str
    file_name: str


@dataclass(frozen=True)
class File:
    """An attachment, opened."""

    name: str
    data: bytes

    @property
    def media_type(self) -> str:
        return guess_type(self.name)[0] or "application/octet-stream"


# Opens a thing by its name. Raises NotReady, Withdrawn, StoreUnavailable.
Opener = Callable[[str], bytes]

_openers: dict[str, Opener] = {}


def register(source: str, opener: Opener) -> None:
    """Say how the things of `source` are opened."""
    _openers[source] = opener


def written(attachments: Sequence[Attachment]) -> str:
    """Return the attachments as a letter keeps them."""
    return json.dumps([asdict(each) for each in attachments]) if attachments else ""


def read(text: str) -> list[Attachment]:
    """Return the attachments that a letter keeps as `text`."""
    return [Attachment(**each) for each in json.loads(text or "[]")]


def opened(text: str) -> list[File]:
    """Return the files that a letter brings, without those that are erased.

    Raises NotReady when one is not there yet, Withdrawn when all are erased, StoreUnavailable.
    """
    attachments = read(text)
    files: list[File] = []
    for each in attachments:
        try:
            files.append(File(each.file_name, _openers[each.source](each.name)))
        except Withdrawn:
            continue
    if attachments and not files:
        raise Withdrawn(text)
    return files
