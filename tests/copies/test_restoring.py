"""An export, and what a restore makes of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from scc import links
from scc.copies import manifests, restoring
from scc.copies.erased import Erased
from scc.copies.places import place
from scc.dynamo.items import Item
from tests.copies.conftest import Season, kept, without_its_own
from tests.dynamo import faults
from tests.people import PASSWORD, make_user
from tests.waivers import scenes


def restore(folder: Path | str, **options: Any) -> str:
    out = io.StringIO()
    call_command("restoreall", str(folder), stdout=out, **options)
    return out.getvalue()


def refusal(folder: Path, **options: Any) -> str:
    """Return what a restore that is refused says, all of it."""
    said = io.StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("restoreall", str(folder), stdout=said, stderr=said, **options)
    assert refused.value.returncode == 1
    return f"{said.getvalue()}{refused.value}"


def test_restoreall_brings_everything_back(season: Season, fresh: None) -> None:
    said = restore(season.folder)

    assert without_its_own(scenes.items()) == kept(season.items)
    assert scenes.objects("") == season.objects
    # And the line of the trail that tells of the export.
    assert f"items: 0 kept away, {len(kept(season.items)) + 1} carried" in said


def test_what_is_restored_works(season: Season, fresh: None) -> None:
    restore(season.folder)

    call_command("verifyledger", stdout=io.StringIO())
    call_command("verifywaivers", stdout=io.StringIO())
    client = Client()
    assert client.post("/admin/login/", {"username": "alice", "password": PASSWORD}).status_code == 302
    assert client.get(f"/dispatch/{season.signed.here.slug}/").status_code == 200
    line = season.signed["ana"]
    receipt = f"/g/{line.event_id}/signed/{links.link_of(line.ulid, line.secret)}"
    assert "Ana López" in Client().get(receipt).content.decode()
    assert Client().get(f"{receipt}/waiver.pdf").content.startswith(b"%PDF")


def test_restoreall_says_so_in_the_trail(season: Season, fresh: None) -> None:
    restore(season.folder)

    entries = [item for (pk, _), item in scenes.items().items() if pk == "AUDIT#RESTORE#restore"]
    assert [entry["action"]["S"] for entry in entries] == ["restored"]


def test_restoreall_takes_the_place_of_the_texts_of_a_new_table(season: Season, fresh: None) -> None:
    call_command("tables", stdout=io.StringIO())
    assert {item["kind"]["S"] for item in scenes.items().values()} == {"CURRENTTEXT", "TEXT", "WAIVERTEXT"}
    # As a later release ships it.
    scenes.put({"pk": {"S": "WAIVERTEXT#01KZ"}, "sk": {"S": "META"}, "kind": {"S": "WAIVERTEXT"}})

    restore(season.folder)

    assert without_its_own(scenes.items()) == kept(season.items)


def test_restoreall_refuses_a_table_that_is_not_empty(season: Season, fresh: None) -> None:
    make_user(username="zoe")
    before = scenes.items()

    assert "The table is not empty: " in refusal(season.folder)
    assert scenes.items() == before
    assert scenes.objects("") == {}


def test_restoreall_refuses_a_table_that_it_filled_already(season: Season, fresh: None) -> None:
    restore(season.folder)

    assert refusal(season.folder) == "This table was restored from this export already."


def test_restoreall_of_a_dry_run_writes_nothing(season: Season, fresh: None) -> None:
    counts = f"items: {len(kept(season.items)) + 1} read; files: {len(season.objects)} read; "
    assert restore(season.folder, dry_run=True).startswith(counts)

    assert scenes.items() == {}
    assert scenes.objects("") == {}


def test_restoreall_leaves_out_what_has_expired_since(season: Season, fresh: None) -> None:
    row = restoring.new(manifests.read(place(str(season.folder))), Erased(), brings_keys=True)
    row.began_at += timedelta(days=20 * 365)
    restoring.begin(row)
    expired = {"pk": {"S": "VESSEL#old"}, "sk": {"S": "META"}, "kind": {"S": "VESSEL"}, "expires_at": {"N": "1"}}

    with faults.meanwhile("BatchWriteItem", fill(expired)):
        said = restore(season.folder)

    wanted = kept(season.items)
    gone = {key for key, item in wanted.items() if "expires_at" in item}
    assert gone
    assert f", {len(gone)} expired" in said
    assert without_its_own(scenes.items()).keys() - {("VESSEL#old", "META")} == wanted.keys() - gone


# What is not as it was written


def spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_restoreall_names_each_file_of_which_a_byte_was_changed(season: Season, fresh: None, copy: Path) -> None:
    spoilt = [name for name, _ in place(str(copy)).names() if not name.startswith("manifest.")]
    for name in spoilt:
        spoil(copy / name)

    said = refusal(copy)

    assert [f"{name} was changed." for name in sorted(spoilt)] == said.splitlines()[:-1]
    assert scenes.items() == {}
    assert scenes.objects("") == {}


@pytest.mark.parametrize("name", ["manifest.jsonl", "manifest.sha256"])
def test_restoreall_refuses_a_changed_manifest(season: Season, fresh: None, copy: Path, name: str) -> None:
    spoil(copy / name)

    assert "manifest.jsonl or manifest.sha256 was changed" in refusal(copy)


def test_restoreall_names_what_is_missing_and_what_is_unknown(season: Season, fresh: None, copy: Path) -> None:
    names = sorted(path.relative_to(copy).as_posix() for path in (copy / "objects").rglob("*.pdf"))
    (copy / names[0]).unlink()
    (copy / "items" / "9999.jsonl.gz").write_bytes(b"")

    said = refusal(copy)

    assert f"{names[0]} is missing." in said
    assert "items/9999.jsonl.gz is unknown to the manifest." in said
    assert scenes.items() == {}


def test_restoreall_refuses_an_export_that_was_not_finished(season: Season, fresh: None, copy: Path) -> None:
    (copy / manifests.UNFINISHED).write_text("{}")

    assert "was not finished" in refusal(copy)


@pytest.mark.parametrize("name", ["../away", "/etc/away", "items/../../away", "objects//away", "keys/..\\away"])
def test_a_manifest_cannot_name_what_lies_elsewhere(season: Season, fresh: None, copy: Path, name: str) -> None:
    manifest = copy / manifests.NAME
    line = json.dumps({"name": name, "size": 0, "sha256": "", "count": 1})
    manifest.write_text(f"{manifest.read_text()}{line}\n")
    digest = manifests._digest_of(io.BytesIO(manifest.read_bytes()))
    (copy / manifests.SUM).write_text(f"{digest}  {manifests.NAME}\n")

    assert f"names {name!r}" in refusal(copy)


# Trouble on the way


def test_restoreall_leaves_what_lies_in_the_bucket(season: Season, fresh: None) -> None:
    name = next(name for name in season.objects if name.endswith(".pdf"))
    scenes.put_object(name, b"another one")
    err = io.StringIO()

    with pytest.raises(SystemExit) as ended:
        restore(season.folder, stderr=err)

    assert ended.value.code == 3
    assert f"{name}: another one lies in the bucket" in err.getvalue()
    assert scenes.objects("") == season.objects | {name: b"another one"}


def fill(item: Item) -> Callable[[], None]:
    return lambda: scenes.put(item)


def test_restoreall_writes_again_what_got_no_answer(season: Season, fresh: None) -> None:
    with faults.answers_lost("BatchWriteItem", times=9) as lost:
        restore(season.folder)

    assert len(lost) == 9
    assert without_its_own(scenes.items()) == kept(season.items)


def test_restoreall_writes_what_the_table_gave_back(season: Season, fresh: None) -> None:
    (key, item) = next(iter(kept(season.items).items()))
    request = {"PutRequest": {"Item": {"pk": {"S": key[0]}, "sk": {"S": key[1]}, "kind": item["kind"]}}}
    body = json.dumps({"UnprocessedItems": {settings.SCC_TABLE: [request]}}).encode()

    with faults.answered("BatchWriteItem", body, status=200, times=1) as given:
        said = refusal(season.folder)

    # The emulator's place was taken: what it did not give back is missing, and that is seen.
    assert given
    assert "The table is not as the export" in said
    assert restore(season.folder)
    assert without_its_own(scenes.items()) == kept(season.items)


def test_restoreall_notices_who_else_writes(season: Season, fresh: None) -> None:
    stranger = {"pk": {"S": "VESSEL#new"}, "sk": {"S": "META"}, "kind": {"S": "VESSEL"}}

    with faults.meanwhile("BatchWriteItem", fill(stranger)):
        said = refusal(season.folder)

    assert "The table is not as the export: VESSEL." in said
