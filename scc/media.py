"""The bucket of what is made and kept: waivers as PDF."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.exceptions import ClientError
from django.conf import settings


def create_bucket() -> bool:
    """Make the bucket if it is not there. Returns whether it was made. Raises botocore's ClientError if AWS refuses."""
    # Its types know each region by name; ours comes from the environment.
    client: Any = boto3.client("s3")
    name = settings.SCC_MEDIA_BUCKET
    try:
        client.head_bucket(Bucket=name)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "404":
            raise
    else:
        return False
    # The one region that may not be named.
    named = client.meta.region_name != "us-east-1"
    place = {"CreateBucketConfiguration": {"LocationConstraint": client.meta.region_name}} if named else {}
    try:
        client.create_bucket(Bucket=name, **place)
    except client.exceptions.BucketAlreadyOwnedByYou:
        # Another process was first.
        return False
    return True
