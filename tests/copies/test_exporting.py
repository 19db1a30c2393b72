"""What an export holds, and where it may lie."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from ulid import ULID

from scc.copies import places
from tests.copies.conftest import Season, holds, kept, without_its_own
from tests.copies.test_restoring import refusal, restore
from tests.dynamo import faults
from tests.waivers import scenes

# What a waiver tells that nobody may read without its key.
SEALED = ("Zoe Emergency", "555 0142", "203.0.113.77", "Tricorder", "1980-03-31", "horseshoe", "[[1000,2000")


def export(target: Path | str, **options: Any) -> str:
    out = io.StringIO()
    call_command("exportall", str(target), stdout=out, **options)
    return out.getvalue()


def unpacked(folder: Path) -> str:
    """Return all that is in an export, as text."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    data = [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in files]
    return b"\n".join(data).decode(errors="replace")


def items_of(folder: Path) -> list[dict[str, Any]]:
    lines = [line for path in folder.glob("items/*") for line in gzip.decompress(path.read_bytes()).splitlines()]
    return [json.loads(line)["Item"] for line in lines]


def test_the_manifest_names_every_file_with_its_size_and_sum(season: Season) -> None:
    lines = (season.folder / "manifest.jsonl").read_bytes().splitlines()
    paths = {path.relative_to(season.folder).as_posix(): path for path in season.folder.rglob("*") if path.is_file()}

    said = {each["name"]: (each["size"], each["sha256"]) for each in map(json.loads, lines[1:])}

    data = {name: path.read_bytes() for name, path in paths.items() if not name.startswith("manifest.")}
    assert said == {name: (len(each), hashlib.sha256(each).hexdigest()) for name, each in data.items()}
    digest = hashlib.sha256((season.folder / "manifest.jsonl").read_bytes()).hexdigest()
    assert (season.folder / "manifest.sha256").read_text() == f"{digest}  manifest.jsonl\n"


def test_an_export_holds_every_item_but_sessions_throttles_and_what_expired(season: Season) -> None:
    found = {(item["pk"]["S"], item["sk"]["S"]) for item in items_of(season.folder)}
    head = json.loads((season.folder / "manifest.jsonl").read_bytes().splitlines()[0])

    assert {key for key in found if not key[0].startswith("AUDIT#EXPORT#")} == kept(season.items).keys()
    assert sum(kind["count"] for kind in head["items"].values()) == len(found)
    assert {"THROTTLE", "expired"} <= head["left_out"].keys()
    assert sum(head["left_out"].values()) == len(season.items) - len(kept(season.items))


def test_what_is_sealed_stays_sealed(season: Season) -> None:
    text = unpacked(season.folder)

    assert [mark for mark in SEALED if mark in text] == []
    # As the table holds it: a waiver's line names who signed.
    assert "Ana López" in text


def test_keys_lie_apart_and_may_be_left_out(season: Season, fresh: None, tmp_path: Path) -> None:
    restore(season.folder)

    export(tmp_path / "all")
    export(tmp_path / "less", without_keys=True)

    names = {path.relative_to(tmp_path / "all").as_posix() for path in (tmp_path / "all").rglob("*") if path.is_file()}
    less = {path.relative_to(tmp_path / "less").as_posix() for path in (tmp_path / "less").rglob("*") if path.is_file()}
    assert names - less == {name for name in season.objects if name.startswith("keys/")}


def test_without_keys_nothing_opens_and_the_buckets_own_keys_do(
    season: Season, bucket_lives: None, tmp_path: Path
) -> None:
    restore(season.folder)
    export(tmp_path / "less", without_keys=True)
    for item in scenes.items().values():
        scenes.take_away(item)

    restore(tmp_path / "less")

    call_command("verifywaivers", stdout=io.StringIO())


def test_restoreall_without_keys_does_not_look_for_them(season: Season, fresh: None, copy: Path) -> None:
    for path in (copy / "keys").rglob("*"):
        path.unlink() if path.is_file() else None

    assert "is missing" in refusal(copy)
    restore(copy, without_keys=True)

    assert scenes.objects("keys/") == {}
    assert without_its_own(scenes.items()) == kept(season.items)


def told_of_exports() -> list[str]:
    trail = [item for (pk, _), item in scenes.items().items() if pk.startswith("AUDIT#EXPORT#")]
    return sorted(item["action"]["S"] for item in trail)


# In the clear


def test_open_writes_what_is_sealed_into_a_folder_of_its_own(season: Season, fresh: None, tmp_path: Path) -> None:
    restore(season.folder)
    err = io.StringIO()

    said = export(tmp_path / "all", open=True, yes=True, stderr=err)

    line = season.signed["ana"]
    told = json.loads((tmp_path / "all/open" / line.event_id / f"{line.ulid}.json").read_text())
    assert told["private"]["address"] == "203.0.113.77"
    assert told["care"]["emergency_name"] == "Zoe Emergency"
    assert (tmp_path / "all/open" / line.event_id / f"{line.ulid}.pdf").read_bytes().startswith(b"%PDF")
    assert "in the clear" in err.getvalue()
    assert "7 opened" in said
    assert told_of_exports() == ["exported", "exporting", "opened"]


def test_restoreall_ignores_what_is_open(season: Season, fresh: None, tmp_path: Path) -> None:
    restore(season.folder)
    export(tmp_path / "all", open=True, yes=True)
    for item in scenes.items().values():
        scenes.take_away(item)
    (tmp_path / "all/open/manifest.jsonl").unlink()

    restore(tmp_path / "all")

    assert holds(scenes.items(), kept(season.items))


def test_open_needs_a_yes(season: Season, fresh: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Add --yes"):
        export(tmp_path / "all", open=True)

    assert not (tmp_path / "all").exists()


def test_open_reports_what_does_not_open(season: Season, fresh: None, tmp_path: Path) -> None:
    restore(season.folder, without_keys=True)
    err = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        export(tmp_path / "all", open=True, yes=True, stderr=err)

    assert ended.value.code == 3
    assert f"{season.signed['ana'].reference}: record {season.signed['ana'].ulid} was erased" in err.getvalue()


# Where it lies


def test_exportall_refuses_a_place_that_holds_something(season: Season, fresh: None, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ana")

    with pytest.raises(CommandError, match=r"letter\.txt lies there"):
        export(tmp_path)
    with pytest.raises(CommandError, match="holds an export already"):
        export(season.folder)


def test_an_export_is_for_its_maker_alone(season: Season) -> None:
    modes = {path.stat().st_mode & 0o077 for path in (season.folder, *season.folder.rglob("*"))}

    assert modes == {0}


def test_an_export_of_a_dry_run_writes_nothing(season: Season, fresh: None, tmp_path: Path) -> None:
    restore(season.folder)

    said = export(tmp_path / "all", dry_run=True)

    assert f"items: {len(kept(season.items)) + 2} carried" in said
    assert not (tmp_path / "all").exists()
    # The season's own, which came with it.
    assert told_of_exports() == ["exporting"]


def test_an_export_that_was_stopped_is_made_anew(season: Season, fresh: None, tmp_path: Path) -> None:
    restore(season.folder)
    with pytest.raises(CommandError, match="Type the same again"), faults.meanwhile("Scan", interrupt):
        export(tmp_path / "all")
    (tmp_path / "all/items").mkdir(exist_ok=True)
    (tmp_path / "all/items/7777.jsonl.gz").write_bytes(b"of before")

    export(tmp_path / "all")
    before = kept(scenes.items())

    assert not (tmp_path / "all/items/7777.jsonl.gz").exists()
    assert not (tmp_path / "all/unfinished.json").exists()
    found = {(item["pk"]["S"], item["sk"]["S"]): item for item in items_of(tmp_path / "all")}
    assert without_its_own(found).keys() == without_its_own(before).keys()


def interrupt() -> None:
    raise KeyboardInterrupt


def test_an_export_goes_to_a_bucket_and_back(season: Season, fresh: None) -> None:
    restore(season.folder)
    bucket = f"scc-exports-{str(ULID()).lower()}"
    scenes.s3().create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": scenes.s3().meta.region_name}
    )

    export(f"s3://{bucket}/2026/november/")
    for item in scenes.items().values():
        scenes.take_away(item)
    restore(f"s3://{bucket}/2026/november")

    assert holds(scenes.items(), kept(season.items))


def test_place_refuses_the_bucket_that_is_exported(fresh: None) -> None:
    with pytest.raises(places.PlaceFailed, match="is the bucket that is exported"):
        places.place(f"s3://{settings.SCC_MEDIA_BUCKET}/exports")
    with pytest.raises(places.PlaceFailed, match="names no bucket"):
        places.place("s3:///exports")


def test_exportall_says_what_it_could_not_reach(season: Season, fresh: None, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(CommandError, match=r"file/below: Not a directory"):
        export(tmp_path / "file" / "below")
    with pytest.raises(CommandError, match="NoSuchBucket"):
        export("s3://scc-nothing-there/below")
