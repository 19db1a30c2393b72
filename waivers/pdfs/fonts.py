"""The fonts, and where they lie.

The small ones are in the repository. The big ones are fetched by `make fonts` into `.cache/fonts`; on AWS they lie in
the media bucket under `fonts/`, put there by the deploy, and are read from there into /tmp.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage

from scc.bucket import answering

_HOME = Path(__file__).resolve().parent.parent
KEPT = _HOME / "fonts"
FETCHED = _HOME.parent / ".cache" / "fonts"
# In the media bucket.
FOLDER = "fonts/"


class FontMissing(Exception):
    """A font that the text needs is not on this machine; says what to type."""


@dataclass(frozen=True)
class Font:
    """A font file: from which npm package it is, and the SHA-256 of its bytes."""

    name: str
    package: str
    path: str
    sha256: str
    is_big: bool = False

    @property
    def file_name(self) -> str:
        return f"{self.name}.ttf"

    @property
    def stored_name(self) -> str:
        """Its name in the media bucket, where each font has its own: what is there by that name is whole."""
        return f"{FOLDER}{self.name}.{self.sha256[:12]}.ttf"


_GOOGLE = "@expo-google-fonts/"
SMALL = (
    Font(
        "NotoSans-Regular",
        _GOOGLE + "noto-sans@0.4.2",
        "400Regular/NotoSans_400Regular.ttf",
        "fe8c022f48d8dd29f17b744d16f9346f4357e16f7d4f7be58b000ae7c291b614",
    ),
    Font(
        "NotoSans-Bold",
        _GOOGLE + "noto-sans@0.4.2",
        "700Bold/NotoSans_700Bold.ttf",
        "13a813c49624ae3ba3c5c6e72c5ebffc4b9e1e6ea32f421c04069b037c6ad431",
    ),
    Font(
        "NotoSansArabic-Regular",
        _GOOGLE + "noto-sans-arabic@0.4.3",
        "400Regular/NotoSansArabic_400Regular.ttf",
        "252629ca0e87b6233851249b8cbf7b43445211a8caf199f1b306a19202251508",
    ),
    Font(
        "NotoSansHebrew-Regular",
        _GOOGLE + "noto-sans-hebrew@0.4.1",
        "400Regular/NotoSansHebrew_400Regular.ttf",
        "e0ee753f09733337b9236221018d4bf71fd6d06c87dd76bbc83120514bc55911",
    ),
    Font(
        "NotoSansThai-Regular",
        _GOOGLE + "noto-sans-thai@0.4.2",
        "400Regular/NotoSansThai_400Regular.ttf",
        "9acb585d8662ca4ed1b1cf5889dfa1393f8555103b3986e1ea1e3af4faef70bd",
    ),
    Font(
        "NotoSansArmenian-Regular",
        _GOOGLE + "noto-sans-armenian@0.4.2",
        "400Regular/NotoSansArmenian_400Regular.ttf",
        "678a89f5dafb25b71ba5c323b428a579e4e664e9dc8c35b9f1d327d82fc9e5ba",
    ),
    Font(
        "NotoSansGeorgian-Regular",
        _GOOGLE + "noto-sans-georgian@0.4.3",
        "400Regular/NotoSansGeorgian_400Regular.ttf",
        "35b1dc2d78025505b6d4b7977960060fdb0a9a0dfb21c356fe8ca554172e8f00",
    ),
    Font(
        "NotoEmoji-Regular",
        _GOOGLE + "noto-emoji@0.4.7",
        "400Regular/NotoEmoji_400Regular.ttf",
        "24aaa2a20c9c06ffe9bf04284bfd1f14376a329d10122f902abe2770817eb504",
    ),
)
BIG = (
    Font(
        "NotoSansSC-Regular",
        _GOOGLE + "noto-sans-sc@0.4.3",
        "400Regular/NotoSansSC_400Regular.ttf",
        "d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16",
        is_big=True,
    ),
    Font(
        "NotoSansKR-Regular",
        _GOOGLE + "noto-sans-kr@0.4.3",
        "400Regular/NotoSansKR_400Regular.ttf",
        "8cbc9b353bb9ce848fd69bb6a507319dfacc659cf5fd643db5d88f3c4970e1dd",
        is_big=True,
    ),
    Font(
        "NotoSansJP-Regular",
        _GOOGLE + "noto-sans-jp@0.4.3",
        "400Regular/NotoSansJP_400Regular.ttf",
        "d930d5d52d15231c283089760f84584272ad5e37e14607ba0d19c798e7a9caec",
        is_big=True,
    ),
)
NAMED = {font.name: font for font in (*SMALL, *BIG)}


@cache
def data_of(name: str) -> bytes:
    """Return the bytes of the font. Raises FontMissing, StoreUnavailable."""
    font = NAMED[name]
    data = path_of(font).read_bytes()
    if not is_whole(font, data):
        raise FontMissing(f"{path_of(font)} is not the font that it should be. {_how(font)}")
    return data


def is_whole(font: Font, data: bytes) -> bool:
    """Say whether these are the font's bytes."""
    return hashlib.sha256(data).hexdigest() == font.sha256


def path_of(font: Font) -> Path:
    """Return where the font lies on this machine. Raises FontMissing, StoreUnavailable."""
    path = (FETCHED if font.is_big else KEPT) / font.file_name
    if not path.is_file() and font.is_big and settings.ON_LAMBDA:
        path = Path(tempfile.gettempdir()) / FOLDER / font.file_name
        if not path.is_file():
            _copy_from_bucket(font, path)
    if not path.is_file():
        raise FontMissing(f"The font {font.name} is not here. {_how(font)}")
    return path


def _how(font: Font) -> str:
    if settings.ON_LAMBDA:
        return "Deploy again: manage.py deploy puts it into the bucket."
    return "Type: make fonts" if font.is_big else "Type: git checkout waivers/fonts"


def _copy_from_bucket(font: Font, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with answering(), default_storage.open(font.stored_name) as stored:
            data = stored.read()
    except FileNotFoundError:
        return
    # Another process of this machine may be at it too; renaming is all or nothing.
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as half:
        half.write(data)
    Path(half.name).rename(path)
