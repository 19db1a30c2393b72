"""In which encoding a text is. All of it is read once, as one letter at its end may tell.

UTF-8 is UTF-8 when all of it is: other encodings pass for it hardly ever. What is not is Windows-1252, which nearly
any bytes would be, unless most of its letters are UTF-8: then a few bytes are broken, and no encoding fits.
"""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass
from pathlib import Path

from scc.imports.lines import ImportFailed

_CHUNK = 1 << 20
_SAMPLE = 1 << 16

_BEYOND_ASCII = re.compile(
    rb"(?P<formed>[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})|[\x80-\xff]"
)
# What no text holds. In a text that is Windows-1252 by default alone, a sign that it is none.
_NUL = re.compile("\x00")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f]")
_PLAIN = frozenset([9, 10, 13, *range(32, 127)])


@dataclass(frozen=True)
class Encoding:
    """codec: what Python calls it. said: what people do, "" for UTF-8. lines: how many line ends the text has."""

    codec: str
    said: str
    lines: int


class _Broken(Exception):
    """Bytes that are not of the encoding, in this line."""

    def __init__(self, line: int) -> None:
        self.line = line


def encoding_of(path: Path) -> Encoding:
    """Return the encoding of the text at `path`. Raises ImportFailed when it is none that we know, and OSError."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    codec = _by_mark(head)
    if codec == "utf-32":
        raise ImportFailed(f"{path} is UTF-32. Save it again as CSV UTF-8.")
    if not codec and b"\x00" in head:
        codec = _utf_16(path, head)
    try:
        if codec.startswith("utf-16"):
            return Encoding(codec, "UTF-16", _lines(path, _ordered(codec, head), _NUL))
        return Encoding("utf-8-sig", "", _lines(path, "utf-8-sig", _NUL))
    except _Broken as exc:
        if codec:
            words = "UTF-16" if codec.startswith("utf-16") else "UTF-8"
            raise ImportFailed(f"{path} is not {words} throughout (line {exc.line}). {_AGAIN}") from exc
        return _windows(path, exc.line)


_AGAIN = "Save it again as CSV UTF-8."


def _windows(path: Path, line: int) -> Encoding:
    """line: the first that is not UTF-8."""
    if _mostly_utf_8(path):
        raise ImportFailed(
            f"{path} is UTF-8 but for some bytes (line {line}). Put them right, or save it again as UTF-8."
        )
    try:
        return Encoding("cp1252", "Windows-1252", _lines(path, "cp1252", _CONTROLS))
    except _Broken as exc:
        raise ImportFailed(f"{path} is neither UTF-8 nor Windows-1252 (line {exc.line}). {_AGAIN}") from exc


def _by_mark(head: bytes) -> str:
    # UTF-32's mark begins as UTF-16's does.
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else ""


def _ordered(codec: str, head: bytes) -> str:
    """Return the codec that takes a part of the text, too, which knows no mark."""
    if codec != "utf-16":
        return codec
    return "utf-16-le" if head.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"


def _utf_16(path: Path, head: bytes) -> str:
    """Return the order of bytes by which most of `head` is plain letters, digits and signs."""
    plain = {codec: _plain(head, codec) for codec in ("utf-16-le", "utf-16-be")}
    best = max(plain, key=plain.__getitem__)
    if plain[best] <= 0:
        raise ImportFailed(f"{path} is neither text nor XLSX. A table is needed: save it as XLSX or as CSV UTF-8.")
    return best


def _plain(head: bytes, codec: str) -> int:
    try:
        text = codecs.getincrementaldecoder(codec)().decode(head)
    except UnicodeDecodeError:
        return 0
    return 0 if _CONTROLS.search(text) else sum(ord(letter) in _PLAIN for letter in text)


def _lines(path: Path, codec: str, never: re.Pattern[str]) -> int:
    """Return how many line ends the text has. Raises _Broken where it is not of `codec`, or matches `never`."""
    # Makes "\n" of every line end.
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(codec)(), translate=True)
    lines = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as exc:
                raise _Broken(lines + 1 + _ends(exc.object[: exc.start].decode(codec, "ignore"))) from exc
            if found := never.search(text):
                raise _Broken(lines + 1 + text.count("\n", 0, found.start()))
            lines += text.count("\n")
            if not chunk:
                return lines


def _ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _mostly_utf_8(path: Path) -> bool:
    formed = stray = 0
    with path.open("rb") as file:
        # Lines without an end are taken in pieces.
        while piece := file.readline(_CHUNK):
            for found in _BEYOND_ASCII.finditer(piece):
                if found["formed"]:
                    formed += 1
                else:
                    stray += 1
    return formed > stray
