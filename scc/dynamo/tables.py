"""The one table: made, looked for, and taken away."""

from __future__ import annotations

import time
from typing import Any

from botocore.exceptions import ClientError
from django.conf import settings

from scc.dynamo.rows import Row

INDEXES = ("gsi1", "gsi2")
# Where DynamoDB finds the second after which an item may be dropped.
EXPIRES = "expires_at"
# AWS makes a table in about ten seconds; an index of a large one takes longer.
ACTIVE_SECONDS = 300.0


def create_table(*, protected: bool = False) -> bool:
    """Make the table if it is not there, and wait until it can be used. Returns whether it was made.

    protected: with point-in-time recovery and deletion protection, as production has them.
    Raises TimeoutError when it is not usable after five minutes, and botocore's ClientError when AWS refuses.
    """
    client = _client()
    try:
        client.create_table(**_description(protected=protected))
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "ResourceInUseException":
            raise
        _wait_until_active()
        return False
    _wait_until_active()
    client.update_time_to_live(
        TableName=settings.SCC_TABLE,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRES},
    )
    if protected:
        client.update_continuous_backups(
            TableName=settings.SCC_TABLE,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
    return True


def delete_table() -> None:
    """Take the table away, with all that is in it. Raises botocore's ClientError when it is protected or not there."""
    _client().delete_table(TableName=settings.SCC_TABLE)
    deadline = time.monotonic() + ACTIVE_SECONDS
    while _status() is not None:
        _wait_or_give_up(deadline)


def _description(*, protected: bool) -> dict[str, Any]:
    keys = ["pk", "sk", *(f"{index}{part}" for index in INDEXES for part in ("pk", "sk"))]
    description: dict[str, Any] = {
        "TableName": settings.SCC_TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
        "KeySchema": _key_schema("pk", "sk"),
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index,
                "KeySchema": _key_schema(f"{index}pk", f"{index}sk"),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index in INDEXES
        ],
    }
    # Left out where it is not wanted: DynamoDB Local knows no such parameter.
    return description | ({"DeletionProtectionEnabled": True} if protected else {})


def _key_schema(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [{"AttributeName": hash_key, "KeyType": "HASH"}, {"AttributeName": range_key, "KeyType": "RANGE"}]


def _wait_until_active() -> None:
    deadline = time.monotonic() + ACTIVE_SECONDS
    while _status() != "ACTIVE":
        _wait_or_give_up(deadline)


def _wait_or_give_up(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise TimeoutError(f"{settings.SCC_TABLE} is {_status()} after {ACTIVE_SECONDS:.0f} seconds")
    time.sleep(0.2)


def _status() -> str | None:
    """Return the state of the table, or None when there is none."""
    try:
        table = _client().describe_table(TableName=settings.SCC_TABLE)["Table"]
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None
    indexes = table.get("GlobalSecondaryIndexes", [])
    busy = [index["IndexStatus"] for index in indexes if index["IndexStatus"] != "ACTIVE"]
    return str(busy[0] if busy else table["TableStatus"])


def _client() -> Any:
    # PynamoDB's own client of the same process; its type says less than it is.
    return Row._get_connection().connection.client
