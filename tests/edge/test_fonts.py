"""The large fonts go into the bucket once, whole, and are asked for where they are missing."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path
from typing import Any

import boto3
import pytest

from scc.edge import fonts as deployed
from scc.edge.errors import EdgeError
from scc.edge.stages import Stage
from waivers.pdfs import fonts
from waivers.pdfs.fonts import Font

STAGE = Stage("staging", "scc", "us-west-2", "python3.11", "x86_64", memory_mb=128)
DATA = b"a font"


@pytest.fixture
def font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Font:
    """The only large font, which is on this machine."""
    made = Font("Dock-Regular", "any@1", "any.ttf", hashlib.sha256(DATA).hexdigest(), is_big=True)
    monkeypatch.setattr(fonts, "BIG", (made,))
    monkeypatch.setattr(fonts, "FETCHED", tmp_path)
    (tmp_path / made.file_name).write_bytes(DATA)
    return made


@pytest.fixture
def bucket() -> str:
    name = f"documents-{uuid.uuid4().hex[:8]}"
    boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    return name


def test_upload_puts_a_font_there_once(font: Font, bucket: str) -> None:
    said: list[str] = []

    for _ in range(2):
        deployed.upload(STAGE, bucket, said.append)

    client: Any = boto3.client("s3")
    assert client.get_object(Bucket=bucket, Key=font.stored_name)["Body"].read() == DATA
    assert font.sha256[:12] in font.stored_name
    assert said == ["font Dock-Regular: 0.0 MB to the documents bucket"]


def test_upload_refuses_a_font_that_is_another(font: Font, bucket: str) -> None:
    (fonts.FETCHED / font.file_name).write_bytes(b"half a f")

    with pytest.raises(EdgeError, match=r"Dock-Regular\.ttf is not the font that it should be.*make fonts"):
        deployed.upload(STAGE, bucket, print)


def test_check_says_what_to_type(font: Font, bucket: str) -> None:
    (fonts.FETCHED / font.file_name).unlink()

    for where in ("", bucket):
        with pytest.raises(EdgeError, match=r"not on this machine: Dock-Regular\. Type: make fonts"):
            deployed.check(STAGE, where)


def test_check_wants_nothing_here_of_what_is_there(font: Font, bucket: str) -> None:
    deployed.upload(STAGE, bucket, lambda line: None)
    (fonts.FETCHED / font.file_name).unlink()

    deployed.check(STAGE, bucket)
