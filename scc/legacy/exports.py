"""DynamoDB's export of a table to S3: which files belong to it, and whether all of it is there.

Docs: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
`manifest-summary.json` tells of the export, `manifest-files.json` has a line for each file of data, and beside each
stands its MD5. A copy of them in another folder or bucket is as good, as long as they stand to each other as they did.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from scc.imports.lines import ImportFailed
from scc.legacy.stores import Store, md5_of

SUMMARY, FILES = "manifest-summary.json", "manifest-files.json"

_MD5 = re.compile(r"[A-Za-z0-9+/]{22}==")


@dataclass(frozen=True)
class File:
    """A file of data, and what the manifest says of it; None and "" where there is no manifest."""

    name: str
    items: int | None = None
    md5: str = ""


def files_of(store: Store, names: list[str]) -> list[File] | None:
    """Return the files of the export that `store` holds, None where it holds none.

    Raises ImportFailed when it holds more than one, or one that is not whole or that cannot be read.
    """
    manifests = [name for name in names if PurePosixPath(name).name == FILES]
    if not manifests:
        return None
    if len(manifests) > 1:
        folders = ", ".join(str(PurePosixPath(name).parent) for name in manifests)
        raise ImportFailed(f"{store.place} holds {len(manifests)} exports. Name one of them: {folders}.")
    folder = PurePosixPath(manifests[0]).parent
    summary = _summary(store, names, folder)
    files = [_file(entry, store, names, folder) for entry in _entries(store, names, folder)]
    total = summary.get("itemCount")
    if (
        total is not None
        and None not in [file.items for file in files]
        and sum(file.items or 0 for file in files) != total
    ):
        raise ImportFailed(f"{store.place}: {FILES} does not name all of the {total} items that {SUMMARY} tells of.")
    return files


def _summary(store: Store, names: list[str], folder: PurePosixPath) -> Mapping[str, Any]:
    name = str(folder / SUMMARY)
    if name not in names:
        raise ImportFailed(f"{store.place}: {SUMMARY} is missing. The export is not done, or was not copied whole.")
    summary: Mapping[str, Any] = _object(_text(store, names, name), name)
    if summary.get("outputFormat", "DYNAMODB_JSON") != "DYNAMODB_JSON":
        raise ImportFailed(f"{store.place} is in {summary['outputFormat']}. Export the table as DynamoDB JSON.")
    if summary.get("exportType", "FULL_EXPORT") != "FULL_EXPORT":
        raise ImportFailed(f"{store.place} holds changes alone. Make a full export of the table.")
    return summary


def _entries(store: Store, names: list[str], folder: PurePosixPath) -> list[Mapping[str, Any]]:
    name = str(folder / FILES)
    return [_object(line, name) for line in _text(store, names, name).splitlines() if line.strip()]


def _file(entry: Mapping[str, Any], store: Store, names: list[str], folder: PurePosixPath) -> File:
    key = PurePosixPath(str(entry.get("dataFileS3Key", "")))
    name = str(folder / "data" / key.name)
    if name not in names:
        raise ImportFailed(f"{store.place}: {name} is missing, which {FILES} names.")
    return File(name, entry.get("itemCount"), str(entry.get("md5Checksum", "")))


def _text(store: Store, names: list[str], name: str) -> str:
    """Return a manifest, held to the checksum beside it, which is called so or so."""
    with store.open(name) as file:
        found = md5_of(file)
        text = file.read().decode(errors="backslashreplace")
    beside = name.removesuffix(".json")
    for other in (f"{beside}.md5", f"{beside}.checksum"):
        if other in names:
            with store.open(other) as file:
                said = file.read(100).decode(errors="replace").strip()
            if _MD5.fullmatch(said) and said != found:
                raise ImportFailed(f"{store.place}: {name} is not what {other} says. Copy the export again.")
    return text


def _object(text: str, name: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as exc:
        raise ImportFailed(f"{name} is no JSON: {exc}") from exc
    if not isinstance(found, dict):
        raise ImportFailed(f"{name} holds no object.")
    return found
