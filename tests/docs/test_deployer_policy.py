"""docs/deployer-policy.json against the template, what a deploy calls, and IAM's own list of actions."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import botocore.session
import cfnlint  # type: ignore[import-untyped]
import pytest
from botocore import xform_name
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]
from django.conf import settings

from scc.edge import template

TEXT = (settings.BASE_DIR / "docs/deployer-policy.json").read_text()
ALLOWED = sorted(
    action
    for statement in json.loads(TEXT)["Statement"]
    for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
)
LISTED = json.loads((Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json").read_text())
# Characters of a managed policy, without white space.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MOST_CHARACTERS = 6144

TYPES = sorted({each["Type"] for each in template.load(template.path().read_text())["Resources"].values()})
# What CloudFormation's handlers ask for beside what our template has: imports, replicas and streams of a table,
# metadata tables of a bucket, deliveries and policies of a log group, a boundary of a role, tenants of a distribution.
UNUSED = re.compile(
    r"kinesis:.*|s3tables:.*|firehose:.*|iam:(CreateServiceLinkedRole|\w+PermissionsBoundary)"
    r"|dynamodb:(\w*Replica|ImportTable|\w+KinesisStreamingDestination|\w+ResourcePolicy|Scan|BatchWriteItem)"
    r"|logs:(CreateLogStream|PutLogEvents|\w+(Delivery|Authentication|Protection|KmsKey)|(Put|Delete)\w+Policy)"
    r"|s3:(GetObject(Metadata)?|DeleteObject|REST\.PUT\.OBJECT|PutObject\w+|\w+Metadata\w+|DeleteBucket(?!Policy)\w+)"
    r"|s3:(Get|Put)(BucketObjectLock|Accelerate)Configuration|sns:PutDataProtectionPolicy|cloudfront:.*ConnectionGroup"
)
STEPS = ("create", "read", "update", "delete")
SERVICES = ("cloudformation", "cloudfront", "dynamodb", "lambda", "s3")
# Where the action has another name than the operation.
NAMED_OTHERWISE = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:CopyObject": "s3:PutObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjectsV2": "s3:ListBucket",
}
# What Zappa asks beside what we do: `deploy` and `update` with our settings.
BY_ZAPPA = {
    "lambda:DeleteFunctionConcurrency",
    "lambda:ListFunctionUrlConfigs",
    "events:ListRuleNamesByTarget",
    "iam:PassRole",
}


def calls() -> Iterator[str]:
    """Yield the name of each method that scc.edge calls, of each pager and of what each waiter asks."""
    for path in (settings.BASE_DIR / "scc/edge").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield node.func.attr
                if node.func.attr == "get_paginator" and isinstance(node.args[0], ast.Constant):
                    yield str(node.args[0].value)


def operations() -> dict[str, set[str]]:
    """Return the actions that a method of a client may stand for, by the method's name."""
    session = botocore.session.get_session()
    found: dict[str, set[str]] = {}
    for service in SERVICES:
        for name in session.get_service_model(service).operation_names:
            action = re.sub(r"\d{4}_\d\d_\d\d$|2020\d{4}$", "", f"{service}:{name}")
            found.setdefault(xform_name(name), set()).add(NAMED_OTHERWISE.get(action, action))
    return found


OPERATIONS = operations()
CALLED = sorted(set(calls()) & OPERATIONS.keys())


def is_allowed(action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in ALLOWED)


def test_policy_fits_into_a_managed_policy() -> None:
    assert len("".join(TEXT.split())) <= MOST_CHARACTERS


@pytest.mark.parametrize("pattern", sorted(set(ALLOWED)))
def test_policy_names_actions_that_exist(pattern: str) -> None:
    service, _, name = pattern.partition(":")

    assert [action for action in LISTED[service]["Actions"] if fnmatchcase(action, name.lower())]


@pytest.mark.parametrize("kind", TYPES)
def test_policy_allows_what_cloudformation_does_for(kind: str) -> None:
    handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-west-2", kind).schema["handlers"]
    needed = {action for step in STEPS for action in handlers.get(step, {}).get("permissions", [])}

    assert needed
    # The others' data is encrypted with keys of AWS's own.
    needed = {action for action in needed if kind.startswith("AWS::KMS::") or not action.startswith("kms:")}
    assert sorted(action for action in needed if not UNUSED.fullmatch(action) and not is_allowed(action)) == []


@pytest.mark.parametrize("method", CALLED)
def test_policy_allows_what_a_deploy_calls(method: str) -> None:
    assert any(is_allowed(action) for action in OPERATIONS[method])


@pytest.mark.parametrize("action", sorted(BY_ZAPPA))
def test_policy_allows_what_zappa_calls(action: str) -> None:
    assert is_allowed(action)


def test_policy_lets_nobody_read_documents() -> None:
    of_objects = [each for each in json.loads(TEXT)["Statement"] if "s3:GetObject" in each["Action"]]

    assert [bucket for each in of_objects for bucket in each["Resource"] if "documents" in bucket] == []
    assert all(bucket.startswith("arn:aws:s3:::scc-*-") for each in of_objects for bucket in each["Resource"])
