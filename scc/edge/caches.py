"""CloudFront's caches, emptied."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.exceptions import WaiterError

from scc.edge.errors import EdgeError

# It takes a minute or two until every edge has forgotten.
WAIT = {"Delay": 2, "MaxAttempts": 300}


def empty(distribution_id: str, *, reference: str) -> None:
    """Have every edge forget every page, and wait until it has.

    reference: names this request; the same one again is the same request to CloudFront.
    Raises EdgeError when that takes more than ten minutes.
    """
    client: Any = boto3.client("cloudfront")
    # One path with a star counts as one; the first thousand of a month cost nothing.
    batch = {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": reference}
    made = client.create_invalidation(DistributionId=distribution_id, InvalidationBatch=batch)["Invalidation"]["Id"]
    try:
        client.get_waiter("invalidation_completed").wait(DistributionId=distribution_id, Id=made, WaiterConfig=WAIT)
    except WaiterError as exc:
        raise EdgeError(f"CloudFront has not emptied its caches ({made}). Run this again in some minutes.") from exc
