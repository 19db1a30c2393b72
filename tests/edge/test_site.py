from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import settings

from scc.edge import site
from scc.edge.errors import EdgeError

IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture
def client() -> Any:
    return boto3.client("s3")


@pytest.fixture
def bucket(client: Any) -> Iterator[str]:
    name = f"{settings.SCC_TABLE}-site"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    yield name
    versions = client.list_object_versions(Bucket=name)
    for version in versions.get("Versions", []) + versions.get("DeleteMarkers", []):
        client.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
    client.delete_bucket(Bucket=name)


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """Static files as `statics.collect` leaves them."""
    return write_static(tmp_path / "static", {"scc.css": "body {}", "js/pay.js": "pay()"})


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path / "landing"
    folder.mkdir()
    write_landing(folder, "first")
    return folder


def write_static(folder: Path, texts: dict[str, str]) -> Path:
    paths = {}
    for name, text in texts.items():
        stem, _, suffix = name.rpartition(".")
        paths[name] = f"{stem}.{abs(hash(text)):x}.{suffix}"
        (folder / paths[name]).parent.mkdir(parents=True, exist_ok=True)
        (folder / paths[name]).write_text(text)
    (folder / "staticfiles.json").write_text(json.dumps({"paths": paths}))
    return folder


def write_landing(folder: Path, text: str) -> None:
    for name in ("index.html", "404.html", "robots.txt", "favicon.ico"):
        (folder / name).write_text(f"{name} {text}")


def upload(bucket: str, static: Path, landing: Path) -> list[str]:
    return site.upload_slot(bucket, static, landing, silent)


def deploy(bucket: str, static: Path, landing: Path) -> list[str]:
    keys = upload(bucket, static, landing)
    site.go_live(bucket, keys, silent)
    return keys


def silent(text: str) -> None:
    pass


def read(client: Any, bucket: str, key: str) -> str:
    text: str = client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    return text


def listed(client: Any, bucket: str, prefix: str = "") -> list[str]:
    return [found["Key"] for found in client.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]


def test_upload_slot_says_how_each_file_is_served(client: Any, bucket: str, static: Path, landing: Path) -> None:
    keys = upload(bucket, static, landing)

    served = {}
    for key in keys:
        head = client.head_object(Bucket=bucket, Key=f"_staging/{key}")
        name = key.split(".")[0] + key[key.rindex(".") :]
        served[name] = (head["ContentType"], head["CacheControl"])
    assert served == {
        "static/scc.css": ("text/css; charset=utf-8", IMMUTABLE),
        "static/js/pay.js": ("text/javascript; charset=utf-8", IMMUTABLE),
        "index.html": ("text/html; charset=utf-8", "public, max-age=60"),
        "404.html": ("text/html; charset=utf-8", "public, max-age=60"),
        "robots.txt": ("text/plain; charset=utf-8", "public, max-age=60"),
        "favicon.ico": ("image/vnd.microsoft.icon", "public, max-age=60"),
    }
    assert sorted(listed(client, bucket)) == sorted(f"_staging/{key}" for key in keys)


def test_upload_slot_sends_only_what_is_other(bucket: str, static: Path, landing: Path) -> None:
    said: list[str] = []
    upload(bucket, static, landing)
    (landing / "index.html").write_text("second")

    site.upload_slot(bucket, static, landing, said.append)

    assert said == ["slot: 1 files uploaded, 5 there already, 0 of others removed"]


def test_upload_slot_leaves_nothing_of_another_release(client: Any, bucket: str, static: Path, landing: Path) -> None:
    client.put_object(Bucket=bucket, Key="_staging/static/of-another.css", Body=b"")
    client.put_object(Bucket=bucket, Key="static/of-another.css", Body=b"")

    keys = upload(bucket, static, landing)

    assert sorted(listed(client, bucket, "_staging/")) == sorted(f"_staging/{key}" for key in keys)
    assert listed(client, bucket, "static/") == ["static/of-another.css"]


def test_upload_slot_refuses_a_type_that_it_does_not_know(bucket: str, static: Path, landing: Path) -> None:
    (landing / "paper.docx").write_text("")

    with pytest.raises(EdgeError, match=r"no content type is known for '\.docx'"):
        upload(bucket, static, landing)


def test_go_live_copies_how_it_is_served(client: Any, bucket: str, static: Path, landing: Path) -> None:
    for key in deploy(bucket, static, landing):
        staged, live = (client.head_object(Bucket=bucket, Key=each) for each in (f"_staging/{key}", key))

        assert [live[name] for name in ("ContentType", "CacheControl", "Metadata", "ETag")] == [
            staged[name] for name in ("ContentType", "CacheControl", "Metadata", "ETag")
        ]


def test_go_live_copies_what_pages_refer_to_first(
    client: Any, bucket: str, static: Path, landing: Path, requests: list[str]
) -> None:
    keys = upload(bucket, static, landing)

    site.go_live(bucket, keys, silent)

    order = [request.removeprefix("CopyObject ") for request in requests if request.startswith("CopyObject ")]
    kinds = ["static" if key.startswith("static/") else key.rpartition(".")[2] == "html" for key in order]
    assert kinds == ["static", "static", False, False, True, True]


def test_go_live_leaves_what_is_there(bucket: str, static: Path, landing: Path) -> None:
    keys = deploy(bucket, static, landing)
    said: list[str] = []

    site.go_live(bucket, keys, said.append)

    assert said == ["live: 0 files copied, 6 there already"]


def test_go_live_corrects_how_a_file_is_served(client: Any, bucket: str, static: Path, landing: Path) -> None:
    keys = deploy(bucket, static, landing)
    client.put_object(Bucket=bucket, Key="index.html", Body=read(client, bucket, "index.html"), ContentType="text/css")

    site.go_live(bucket, keys, silent)

    assert client.head_object(Bucket=bucket, Key="index.html")["ContentType"] == "text/html; charset=utf-8"


def test_go_live_keeps_hashed_files_of_older_releases(
    client: Any, bucket: str, static: Path, landing: Path, tmp_path: Path
) -> None:
    old = deploy(bucket, static, landing)

    new = deploy(bucket, write_static(tmp_path / "new", {"scc.css": "body { color: navy }"}), landing)

    assert {*listed(client, bucket, "static/")} == {key for key in (*old, *new) if key.startswith("static/")}


def test_go_live_refuses_when_the_slot_lacks_a_file(client: Any, bucket: str, static: Path, landing: Path) -> None:
    keys = upload(bucket, static, landing)
    client.delete_object(Bucket=bucket, Key=f"_staging/{keys[0]}")

    with pytest.raises(EdgeError, match=rf"_staging/{keys[0]} is not in .*Deploy again"):
        site.go_live(bucket, keys, silent)

    assert "index.html" not in listed(client, bucket)


def test_restore_puts_back_what_was_live(client: Any, bucket: str, static: Path, landing: Path, tmp_path: Path) -> None:
    keys = deploy(bucket, static, landing)
    before = site.capture(bucket)
    write_landing(landing, "second")
    deploy(bucket, write_static(tmp_path / "new", {"scc.css": "body { color: navy }"}), landing)
    client.delete_object(Bucket=bucket, Key=keys[0])
    said: list[str] = []

    site.restore(bucket, before, said.append)

    assert read(client, bucket, "index.html") == "index.html first"
    after = site.capture(bucket)
    assert {key: replace(after[key], version="") for key in before} == {
        key: replace(before[key], version="") for key in before
    }
    assert said == ["static: 5 files restored, 1 as they were"]


def test_restore_may_be_run_again(bucket: str, static: Path, landing: Path) -> None:
    deploy(bucket, static, landing)
    before = site.capture(bucket)
    write_landing(landing, "second")
    deploy(bucket, static, landing)
    site.restore(bucket, before, silent)
    once = site.capture(bucket)
    said: list[str] = []

    site.restore(bucket, before, said.append)

    assert site.capture(bucket) == once
    assert said == ["static: 0 files restored, 6 as they were"]


def test_restore_goes_on_after_an_interruption(
    client: Any, bucket: str, static: Path, landing: Path, broken: list[str]
) -> None:
    deploy(bucket, static, landing)
    before = site.capture(bucket)
    write_landing(landing, "second")
    deploy(bucket, static, landing)
    broken.append("index.html")
    with pytest.raises(ConnectionError):
        site.restore(bucket, before, silent)
    assert read(client, bucket, "index.html") == "index.html second"
    broken.clear()

    site.restore(bucket, before, silent)

    assert read(client, bucket, "index.html") == "index.html first"


def test_restore_restores_how_a_file_is_served(client: Any, bucket: str, static: Path, landing: Path) -> None:
    deploy(bucket, static, landing)
    before = site.capture(bucket)
    client.put_object(Bucket=bucket, Key="index.html", Body=read(client, bucket, "index.html"), ContentType="text/css")

    site.restore(bucket, before, silent)

    assert client.head_object(Bucket=bucket, Key="index.html")["ContentType"] == "text/html; charset=utf-8"


def test_restore_names_what_is_gone_and_restores_the_rest(
    client: Any, bucket: str, static: Path, landing: Path
) -> None:
    deploy(bucket, static, landing)
    before = site.capture(bucket)
    write_landing(landing, "second")
    deploy(bucket, static, landing)
    client.delete_object(Bucket=bucket, Key="404.html", VersionId=before["404.html"].version)

    with pytest.raises(EdgeError, match=r"gone from .*, in every version: 404\.html\. Deploy"):
        site.restore(bucket, before, silent)

    assert read(client, bucket, "index.html") == "index.html first"


def test_a_record_leaves_out_the_slot_and_what_visitors_put_there(
    client: Any, bucket: str, static: Path, landing: Path
) -> None:
    keys = deploy(bucket, static, landing)
    client.put_object(Bucket=bucket, Key="media/boat.jpg", Body=b"")
    client.put_object(Bucket=bucket, Key="gone.html", Body=b"")
    client.delete_object(Bucket=bucket, Key="gone.html")

    assert sorted(site.capture(bucket)) == sorted(keys)


def test_a_record_is_stored_and_read(bucket: str, static: Path, landing: Path) -> None:
    deploy(bucket, static, landing)
    record = site.capture(bucket)

    assert site.from_json(json.loads(json.dumps(site.as_json(record)))) == record


@pytest.fixture
def requests() -> Iterator[list[str]]:
    """Each request that reaches S3, as "CopyObject index.html"."""
    made: list[str] = []

    def note(model: Any, params: dict[str, Any], **_: Any) -> None:
        made.append(f"{model.name} {params['url_path'].removeprefix('/')}")

    # Clients take over what their session listens to.
    events = boto3._get_default_session().events
    events.register("before-call.s3", note)
    yield made
    events.unregister("before-call.s3", note)


@pytest.fixture
def broken() -> Iterator[list[str]]:
    """The keys that the connection breaks for when they are copied."""
    keys: list[str] = []

    def fail(params: dict[str, Any], **_: Any) -> None:
        if params["url_path"].endswith(tuple(keys)) and keys:
            raise ConnectionError(params["url_path"])

    events = boto3._get_default_session().events
    events.register("before-call.s3.CopyObject", fail)
    yield keys
    events.unregister("before-call.s3.CopyObject", fail)
