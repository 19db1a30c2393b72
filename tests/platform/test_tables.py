"""`manage.py tables` makes what is missing, and leaves what is there."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from django.conf import settings
from django.core.management import call_command

from scc.dynamo.tables import create_table, delete_table


@pytest.fixture
def client() -> Iterator[Any]:
    """DynamoDB, without the table at the start and at the end."""
    client: Any = boto3.client("dynamodb")
    yield client
    if settings.SCC_TABLE in client.list_tables()["TableNames"]:
        client.update_table(TableName=settings.SCC_TABLE, DeletionProtectionEnabled=False)
        delete_table()


def call(*arguments: str) -> list[str]:
    said = StringIO()
    call_command("tables", *arguments, stdout=said)
    return said.getvalue().splitlines()


def test_tables_may_be_run_again(client: Any) -> None:
    first = call()
    second = call()

    assert first[0] == f"table {settings.SCC_TABLE}: made"
    assert first[2] == "waiver's texts: published"
    assert second == [
        f"table {settings.SCC_TABLE}: is there",
        f"bucket {settings.SCC_MEDIA_BUCKET}: is there",
        "waiver's texts: are there",
    ]


def test_create_table_has_both_indexes_and_expiry(client: Any) -> None:
    made = create_table()

    table = client.describe_table(TableName=settings.SCC_TABLE)["Table"]
    expiry = client.describe_time_to_live(TableName=settings.SCC_TABLE)["TimeToLiveDescription"]
    indexes = {index["IndexName"]: index["Projection"]["ProjectionType"] for index in table["GlobalSecondaryIndexes"]}
    assert made
    assert indexes == {"gsi1": "ALL", "gsi2": "ALL"}
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", "expires_at")


@pytest.mark.parametrize(("arguments", "protected"), [((), False), (("--protected",), True)])
def test_tables_are_protected_on_request(client: Any, arguments: tuple[str, ...], protected: bool) -> None:
    call(*arguments)

    table = client.describe_table(TableName=settings.SCC_TABLE)["Table"]
    backups = client.describe_continuous_backups(TableName=settings.SCC_TABLE)["ContinuousBackupsDescription"]
    recovery = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
    assert table.get("DeletionProtectionEnabled", False) is protected
    assert (recovery == "ENABLED") is protected


def test_delete_table_refuses_a_protected_one(client: Any) -> None:
    create_table(protected=True)

    with pytest.raises(ClientError, match="protect"):
        delete_table()
