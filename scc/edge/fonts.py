"""The fonts that are too large for a package: in the documents bucket, where the function for commands reads them.

Each has a name that holds its hash, so that an older release finds its own there too, and nothing is written over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import boto3

from scc.edge.errors import EdgeError
from scc.edge.stages import Stage
from waivers.pdfs import fonts
from waivers.pdfs.fonts import Font

Say = Callable[[str], None]


def check(stage: Stage, bucket: str) -> None:
    """Raise EdgeError when a font is neither in the bucket nor on this machine. bucket: "" before the first deploy."""
    missing = [font.name for font in _absent(stage, bucket) if not _is_here(font)]
    if missing:
        raise EdgeError(f"Fonts for PDFs are not on this machine: {', '.join(missing)}. Type: make fonts")


def upload(stage: Stage, bucket: str, say: Say) -> None:
    """Put the fonts into the bucket that are not there. Raises as `check`, and when a file is another than it was."""
    check(stage, bucket)
    client = boto3.client("s3", region_name=stage.region)
    for font in _absent(stage, bucket):
        data = (fonts.FETCHED / font.file_name).read_bytes()
        if not fonts.is_whole(font, data):
            path = fonts.FETCHED / font.file_name
            raise EdgeError(f"{path} is not the font that it should be. Delete it, and type: make fonts")
        client.put_object(Bucket=bucket, Key=font.stored_name, Body=data)
        say(f"font {font.name}: {len(data) / 1e6:.1f} MB to the documents bucket")


def _absent(stage: Stage, bucket: str) -> list[Font]:
    there = set(_keys(stage, bucket, fonts.FOLDER)) if bucket else set()
    return [font for font in fonts.BIG if font.stored_name not in there]


def _keys(stage: Stage, bucket: str, folder: str) -> Iterator[str]:
    client = boto3.client("s3", region_name=stage.region)
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder):
        yield from (each["Key"] for each in page.get("Contents", []))


def _is_here(font: Font) -> bool:
    return (fonts.FETCHED / font.file_name).is_file()
