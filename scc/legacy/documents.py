"""Texts of JSON, taken apart into items: JSON lines, a list, `{"Items": [...]}` as the AWS CLI prints it, or one item.

Of a list never more than one item and a piece of the text are held.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, TextIO

from scc.imports.lines import BadLine, ImportFailed
from scc.legacy import typed

PIECE = 1 << 16
# In so many lines one is looked for that is an item by itself.
LOOKED_AT = 20
# A line that is longer is no line, but a list that is written on one.
LONGEST_LINE = 1 << 24

_DOCUMENT = re.compile(r'\s*(\[|\{\s*"Items"\s*:)')
# What a page of DynamoDB's, and what the AWS CLI prints of a few, says where more follows.
_MORE = ('"LastEvaluatedKey"', '"NextToken"')
_BLANKS = re.compile(r"\s*")


@dataclass(frozen=True)
class Found:
    """What stands at one place of a source, as it is written there."""

    number: int
    place: str
    raw: str


def items(file: TextIO, *, name: str = "") -> Iterator[Found]:
    """Give what stands in `file`, in its order; a line that is no JSON too, for whoever reads it to say so.

    name: what its places begin with. Raises ImportFailed when a list breaks off or holds what is no JSON, and where
    pages of a table are not all of it.
    """
    start = file.read(PIECE)
    if _DOCUMENT.match(start):
        yield from _Document(file, start, name).items()
        return
    ahead = io.StringIO(start + file.readline(LONGEST_LINE), newline="\n").readlines()
    _check(ahead, name)
    if _is_of_lines(ahead[:LOOKED_AT]):
        yield from _lines(chain(ahead, iter(lambda: file.readline(LONGEST_LINE), "")), name)
    else:
        yield from _Document(file, "".join(ahead), name).items()


def _check(ahead: list[str], name: str) -> None:
    """Raise ImportFailed for a file of something else, of which each line would be reported."""
    said = [line.strip() for line in ahead[:LOOKED_AT] if line.strip()]
    if said and not any(line.startswith(("{", "[", '"')) or line == "null" for line in said):
        raise ImportFailed(
            f"{name or 'The file'} is no JSON; it begins with {said[0][:40]!r}. What is in a CSV or XLSX is imported "
            "by importevents, importcrew, importpayments and importwaivers. Nothing was written."
        )


def _is_of_lines(ahead: list[str]) -> bool:
    first = next((line for line in ahead if line.strip()), "")
    if not first.lstrip().startswith(("{", "[")):
        return True
    return not _is_page(_object_of(first)) and any(_object_of(line) is not None for line in ahead)


def _object_of(line: str) -> dict[str, Any] | None:
    # Inside a document that is written over several lines, objects stand further in.
    if not line.startswith("{"):
        return None
    try:
        found = typed.loads(line)
    except BadLine:
        return None
    return found if isinstance(found, dict) else None


def _is_page(found: Mapping[str, object] | None) -> bool:
    return found is not None and isinstance(found.get("Items"), list) and "event_id" not in found


def _lines(lines: Iterator[str], name: str) -> Iterator[Found]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield Found(number, f"{name} line {number}".strip(), line.strip())


class _Document:
    """One list or object that is read piece by piece."""

    def __init__(self, file: TextIO, text: str, name: str) -> None:
        self.file, self.text, self.name = file, text, name
        self.at = 0
        # How much of the file was read and let go.
        self.gone = 0
        self.count = 0
        # How many pages of a table there were, and whether one of them is the last.
        self.pages, self.is_whole = 0, False
        # Only where values end is asked.
        self.decoder = json.JSONDecoder(parse_float=str, parse_int=str)

    def items(self) -> Iterator[Found]:
        """Give the items of a list, of an object's `Items`, or the object itself. Behind it there may be another."""
        while sign := self._peek():
            if sign == "[":
                yield from self._list()
            elif sign == "{":
                yield from self._object()
            else:
                raise self._broken("neither a list nor an object")
        if self.pages and not self.is_whole:
            raise ImportFailed(
                f"{self.name or 'The file'} is not the whole table: it says, with {' or '.join(_MORE)}, that more "
                "follows. Read the table to its end; its pages may stand in one file, one behind the other. "
                "Nothing was written."
            )

    def _list(self) -> Iterator[Found]:
        self.at += 1
        while self._peek() != "]":
            yield self._found(self._value_text())
            self._comma("]")
        self.at += 1

    def _object(self) -> Iterator[Found]:
        """Give what is in `Items`; where there are none, the object itself."""
        self.at += 1
        members: list[tuple[str, str]] = []
        has_items = False
        while self._peek() != "}":
            name = self._value_text()
            if self._peek() != ":":
                raise self._broken("a name without a value")
            self.at += 1
            if name == '"Items"' and self._peek() == "[":
                has_items = True
                yield from self._list()
            else:
                members.append((name, self._value_text()))
            self._comma("}")
        self.at += 1
        if has_items:
            self._end_page(dict(members))
        else:
            yield self._found(f"{{{', '.join(f'{name}: {value}' for name, value in members)}}}")

    def _end_page(self, members: Mapping[str, str]) -> None:
        if '"event_id"' in members:
            raise self._broken('"Items" beside an event_id')
        self.pages += 1
        if all(members.get(name, "null") == "null" for name in _MORE):
            self.is_whole = True

    def _found(self, raw: str) -> Found:
        self.count += 1
        return Found(self.count, f"{self.name} item {self.count}".strip(), raw)

    def _comma(self, end: str) -> None:
        sign = self._peek()
        if sign == ",":
            self.at += 1
            if self._peek() == end:
                raise self._broken("a comma with nothing behind it")
        elif sign != end:
            raise self._broken("no comma where one belongs" if sign else "the end of the file")

    def _value_text(self) -> str:
        """Return the text of the value that stands here, and go behind it."""
        if not self._peek():
            raise self._broken("the end of the file")
        while True:
            try:
                _, end = self.decoder.raw_decode(self.text, self.at)
            except RecursionError as exc:
                raise self._broken("too much inside each other") from exc
            except json.JSONDecodeError as exc:
                if not self._more():
                    raise self._broken(typed.fault_of(exc)) from exc
                continue
            # A number may go on in the next piece.
            if end < len(self.text) or not self._more():
                text, self.at = self.text[self.at : end], end
                return text

    def _peek(self) -> str:
        """Return the next sign that is not blank, "" at the end."""
        while True:
            blanks = _BLANKS.match(self.text, self.at)
            self.at = blanks.end() if blanks else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        # As much again as there is, or an item of many pieces would be read as often as it has pieces.
        piece = self.file.read(max(PIECE, len(self.text) - self.at))
        self.gone += self.at
        self.text, self.at = self.text[self.at :] + piece, 0
        return bool(piece)

    def _broken(self, what: str) -> ImportFailed:
        place = f"{self.name or 'The file'} is no JSON, at its character {self.gone + self.at + 1}"
        return ImportFailed(f"{place}, behind {self.count} items: {what}. Nothing was written.")
