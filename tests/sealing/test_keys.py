from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from ulid import ULID

from scc.dynamo.errors import StoreUnavailable
from scc.sealing import boxes, keys, masters

pytestmark = pytest.mark.usefixtures("no_keys_known")


@pytest.fixture(params=["local", "kms"])
def master(request: pytest.FixtureRequest, settings: Any) -> Iterator[str]:
    if request.param == "kms":
        client: Any = boto3.client("kms")
        settings.SCC_KMS_KEY = client.create_key()["KeyMetadata"]["KeyId"]
    masters.forget()
    yield request.param
    masters.forget()


@pytest.fixture
def place() -> str:
    return f"tests/{ULID()}"


def stored(settings: Any, key_id: str) -> bytes:
    client: Any = boto3.client("s3")
    body: bytes = client.get_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=keys.FOLDER + key_id)["Body"].read()
    return body


def test_fetch_returns_the_key_in_a_process_that_remembers_nothing(master: str, place: str) -> None:
    made = keys.new(place)
    masters.forget()

    assert keys.fetch(made.id) == made


def test_fetch_opens_what_another_key_of_kms_wrapped(place: str, settings: Any) -> None:
    client: Any = boto3.client("kms")
    settings.SCC_KMS_KEY = client.create_key()["KeyMetadata"]["KeyId"]
    made = keys.new(place)
    settings.SCC_KMS_KEY = client.create_key()["KeyMetadata"]["KeyId"]
    masters.forget()

    assert keys.fetch(made.id) == made


def test_new_stores_nothing_in_the_clear(master: str, place: str, settings: Any) -> None:
    made = keys.new(place)

    assert made.secret not in stored(settings, made.id)
    assert repr(made.secret) not in repr(made)


def test_new_never_takes_the_place_of_another(place: str) -> None:
    first, second = keys.new(place), keys.new(place)

    assert first.id != second.id
    assert keys.fetch(first.id) == first


def test_destroy_leaves_no_version(place: str, settings: Any) -> None:
    client: Any = boto3.client("s3")
    client.put_bucket_versioning(Bucket=settings.SCC_MEDIA_BUCKET, VersioningConfiguration={"Status": "Enabled"})
    made, other = keys.new(place), keys.new(f"{place}0")
    client.delete_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=keys.FOLDER + made.id)

    assert keys.destroy(place) == 1

    left = client.list_object_versions(Bucket=settings.SCC_MEDIA_BUCKET, Prefix=f"{keys.FOLDER}{place}/")
    assert "Versions" not in left
    assert "DeleteMarkers" not in left
    assert keys.fetch(made.id) is None
    assert keys.fetch(other.id) == other


def test_fetch_refuses_a_touched_key(place: str, settings: Any) -> None:
    made = keys.new(place)
    client: Any = boto3.client("s3")
    body = stored(settings, made.id).replace(b'"key": "A', b'"key": "B')
    client.put_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=keys.FOLDER + made.id, Body=body)

    with pytest.raises(boxes.Tampered):
        keys.fetch(made.id)


def test_named_is_one_whoever_asks_first() -> None:
    name = str(ULID())

    def ask(_: int) -> bytes:
        return keys.named.__wrapped__(name)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1


def test_new_says_when_the_bucket_does_not_answer(settings: Any) -> None:
    settings.SCC_MEDIA_BUCKET = "there-is-no-such-bucket"

    with pytest.raises(StoreUnavailable):
        keys.new("tests/nowhere")
