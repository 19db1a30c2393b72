from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import settings

from scc.imports.lines import ImportFailed
from scc.legacy.scanning import LiveTable
from scc.legacy.sources import Files
from scc.media import create_bucket
from tests.legacy.generator import typed_of

ITEMS = [{"event_id": f"2026-05-{day}", "payments": [{"amount": day}]} for day in range(10, 20)]
ONE = json.dumps(ITEMS[0])


def lines(items: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps({"Item": typed_of(item)}) + "\n" for item in items).encode()


def md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def export(**summary: Any) -> dict[str, bytes]:
    """Return the files of an export of ITEMS, as DynamoDB writes them."""
    folder = "AWSDynamoDB/01693685827463-2d8752fd"
    parts = {"aaaa": ITEMS[:4], "bbbb": ITEMS[4:], "cccc": []}
    data = {f"data/{name}.json.gz": gzip.compress(lines(items)) for name, items in parts.items()}
    manifest = [
        {"itemCount": len(items), "md5Checksum": md5(packed), "etag": "x", "dataFileS3Key": f"{folder}/{name}"}
        for (name, packed), items in zip(data.items(), parts.values(), strict=True)
    ]
    files = "".join(json.dumps(each) + "\n" for each in manifest).encode()
    said = {"itemCount": 10, "outputFormat": "DYNAMODB_JSON", "exportType": "FULL_EXPORT", **summary}
    whole = {"manifest-files.json": files, "manifest-summary.json": json.dumps(said).encode(), "_started": b"", **data}
    for name in ("manifest-files", "manifest-summary"):
        whole[f"{name}.md5"] = md5(whole[f"{name}.json"]).encode()
    return {f"{folder}/{name}": content for name, content in whole.items()}


def stored(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def ids(source: Files | LiveTable) -> list[str]:
    found = (json.loads(each.raw) for each in source.items())
    return [(each.get("Item", each)["event_id"]).get("S") if "Item" in each else each["event_id"] for each in found]


# Workers share an emulator.
OLD_TABLE = f"{settings.SCC_TABLE}-old"
PREFIX = f"legacy-{settings.SCC_TABLE}"
EXPECTED = [item["event_id"] for item in ITEMS]

# Files


@pytest.mark.parametrize("name", ["table.jsonl", "table.json.gz", "table"])
def test_files_reads_lines_packed_or_not(name: str, tmp_path: Path) -> None:
    data = lines(ITEMS)
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)

    assert ids(Files(str(tmp_path / name))) == EXPECTED


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_reads_what_other_shells_write(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    path.write_text(json.dumps({"Items": [{"event_id": "サンセット"}]}, ensure_ascii=False), encoding=encoding)

    assert ids(Files(str(path))) == ["サンセット"]


def test_files_shows_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "table.jsonl"
    path.write_bytes(ONE.encode() + '\n{"title": "Élan"}\n'.encode("latin-1"))

    assert [each.raw for each in Files(str(path)).items()] == [ONE, '{"title": "\\xc9lan"}']


def test_files_reads_a_folder_without_a_manifest(tmp_path: Path) -> None:
    packed = gzip.compress(lines(ITEMS[4:]))
    stored(tmp_path, {"b.gz": packed, "a.json": lines(ITEMS[:4]), "notes.txt": b"{", "more/table.csv": b"x"})

    source = Files(str(tmp_path))

    assert source.said == "2 files; not read: more/table.csv, notes.txt"
    assert ids(source) == EXPECTED
    assert [each.place for each in source.items()][3:5] == ["a.json line 4", "b.gz line 1"]
    assert [each.number for each in source.items()] == list(range(1, 11))


@pytest.mark.parametrize("cut", [1, 9, 40])
def test_files_fails_where_what_is_packed_is_cut_off(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "table.json.gz"
    path.write_bytes(gzip.compress(lines(ITEMS))[:-cut])

    with pytest.raises(ImportFailed, match=r"table\.json\.gz is cut off"):
        ids(Files(str(path)))


def test_files_fails_where_what_is_packed_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "table.json.gz"
    packed = bytearray(gzip.compress(lines(ITEMS)))
    packed[-8] ^= 1
    path.write_bytes(packed)

    with pytest.raises(ImportFailed, match=r"table\.json\.gz is damaged"):
        ids(Files(str(path)))


@pytest.mark.parametrize(
    ("files", "reason"), [({"notes.txt": b"{}"}, "holds no file of JSON"), (None, "no such file or folder")]
)
def test_files_of_nothing(files: dict[str, bytes] | None, reason: str, tmp_path: Path) -> None:
    place = stored(tmp_path, files) if files else tmp_path / "absent"

    with pytest.raises(ImportFailed, match=reason):
        Files(str(place))


def test_files_digest_is_of_what_they_hold(tmp_path: Path) -> None:
    names = {"a/1.json": lines(ITEMS), "b/renamed.json": lines(ITEMS), "c/1.json": lines(ITEMS[1:])}
    stored(tmp_path, names)
    sources = [Files(str(tmp_path / folder)) for folder in "abc"]
    for source in sources:
        ids(source)

    a, b, c = (source.digest for source in sources)

    assert (a == b, a == c) == (True, False)


# Exports


def test_files_reads_an_export(tmp_path: Path) -> None:
    source = Files(str(stored(tmp_path, export())))

    assert source.said == "an export of DynamoDB's, 3 files, held to its manifest"
    assert source.about == 10
    assert ids(source) == EXPECTED


def test_files_reads_nothing_that_the_manifest_does_not_name(tmp_path: Path) -> None:
    files = export() | {"AWSDynamoDB/01693685827463-2d8752fd/data/stray.json.gz": gzip.compress(lines(ITEMS))}

    assert ids(Files(str(stored(tmp_path, files)))) == EXPECTED


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"data/aaaa.json.gz": gzip.compress(lines(ITEMS[:3]))}, "data/aaaa.json.gz is not what the manifest says"),
        ({"data/aaaa.json.gz": None}, "data/aaaa.json.gz is missing"),
        ({"manifest-summary.json": None}, "manifest-summary.json is missing"),
        ({"manifest-files.json": b'{"itemCount": 0}\n'}, "manifest-files.json is not what .*manifest-files.md5 says"),
        ({"manifest-files.json": b"[]\n", "manifest-files.md5": None}, "holds no object"),
        ({"manifest-files.json": b"{\n", "manifest-files.md5": None}, "is no JSON"),
    ],
)
def test_files_fails_where_an_export_is_not_whole(damage: dict[str, bytes | None], reason: str, tmp_path: Path) -> None:
    files = export()
    for name, content in damage.items():
        key = f"AWSDynamoDB/01693685827463-2d8752fd/{name}"
        files = {**files, key: content} if content is not None else {k: v for k, v in files.items() if k != key}

    with pytest.raises(ImportFailed, match=reason):
        ids(Files(str(stored(tmp_path, files))))


@pytest.mark.parametrize(
    ("summary", "reason"),
    [
        ({"itemCount": 11}, "does not name all of the 11 items"),
        ({"outputFormat": "ION"}, "Export the table as DynamoDB JSON"),
        ({"exportType": "INCREMENTAL_EXPORT"}, "Make a full export"),
    ],
)
def test_files_refuses_other_exports(summary: dict[str, Any], reason: str, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match=reason):
        Files(str(stored(tmp_path, export(**summary))))


def test_files_fails_where_a_file_has_fewer_items_than_the_manifest_says(tmp_path: Path) -> None:
    files = export()
    name = "AWSDynamoDB/01693685827463-2d8752fd/manifest-files.json"
    entries = [json.loads(line) for line in files[name].splitlines()]
    entries[0]["itemCount"], entries[1]["itemCount"] = 5, 5
    files[name] = "".join(json.dumps(entry) + "\n" for entry in entries).encode()
    del files[name.replace(".json", ".md5")]

    with pytest.raises(ImportFailed, match=r"aaaa.json.gz has 4 items, and the manifest says 5"):
        ids(Files(str(stored(tmp_path, files))))


def test_files_asks_which_of_two_exports(tmp_path: Path) -> None:
    stored(tmp_path / "one", export())
    stored(tmp_path / "two", export())

    with pytest.raises(ImportFailed, match=r"holds 2 exports\. Name one of them: one/AWSDynamoDB"):
        Files(str(tmp_path))


# S3


@pytest.fixture
def media() -> Any:
    create_bucket()
    client = boto3.client("s3")
    yield client
    for each in client.list_objects_v2(Bucket=settings.SCC_MEDIA_BUCKET, Prefix=PREFIX).get("Contents", ()):
        client.delete_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=each["Key"])


@pytest.mark.parametrize("ending", ["", "/", "/AWSDynamoDB/01693685827463-2d8752fd"])
def test_files_reads_an_export_in_s3(ending: str, media: Any) -> None:
    for name, content in export().items():
        media.put_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=f"{PREFIX}/2026/{name}", Body=content)
    media.put_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=f"{PREFIX}/2026-other/x.json", Body=b"{}")

    source = Files(f"s3://{settings.SCC_MEDIA_BUCKET}/{PREFIX}/2026{ending}")

    assert ids(source) == EXPECTED


def test_files_reads_one_object_of_s3(media: Any) -> None:
    media.put_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=f"{PREFIX}/table.json.gz", Body=gzip.compress(lines(ITEMS)))

    assert ids(Files(f"s3://{settings.SCC_MEDIA_BUCKET}/{PREFIX}/table.json.gz")) == EXPECTED


@pytest.mark.usefixtures("media")
@pytest.mark.parametrize(
    ("bucket", "reason"),
    [("no-such-bucket", "cannot be read"), (settings.SCC_MEDIA_BUCKET, "holds no file of JSON")],
    ids=["no bucket", "no file"],
)
def test_files_fails_where_s3_has_nothing(bucket: str, reason: str) -> None:
    with pytest.raises(ImportFailed, match=reason):
        Files(f"s3://{bucket}/{PREFIX}-absent/")


# A live table


@pytest.fixture
def old_table() -> Any:
    client = boto3.client("dynamodb")
    client.create_table(
        TableName=OLD_TABLE,
        KeySchema=[{"AttributeName": "event_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "event_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield client
    client.delete_table(TableName=OLD_TABLE)


def test_live_table_gives_every_item_once(old_table: Any) -> None:
    for number in range(60):
        item = typed_of({"event_id": f"event-{number}", "ballast": "x" * 50_000})
        old_table.put_item(TableName=OLD_TABLE, Item=item)

    source = LiveTable(OLD_TABLE)

    assert sorted(ids(source)) == sorted(f"event-{number}" for number in range(60))
    assert source.said == f"the table {OLD_TABLE} in us-west-2"


def test_live_table_may_be_left_half_read(old_table: Any) -> None:
    for number in range(30):
        old_table.put_item(TableName=OLD_TABLE, Item=typed_of({"event_id": f"e{number}", "ballast": "x" * 100_000}))

    items = LiveTable(OLD_TABLE).items()
    next(items)
    items.close()  # type: ignore[attr-defined]


def test_live_table_that_is_not_there() -> None:
    with pytest.raises(ImportFailed, match="There is no table nowhere in us-west-2"):
        LiveTable("nowhere")


def test_live_table_is_never_our_own() -> None:
    with pytest.raises(ImportFailed, match="is this site's own table"):
        LiveTable(settings.SCC_TABLE)
