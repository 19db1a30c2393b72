from __future__ import annotations

import base64
import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from django.conf import settings

from scc.edge import functions, web
from scc.edge.errors import EdgeError
from scc.edge.stages import LIVE, SLOT
from scc.emulator import Emulator

ROLE = "arn:aws:iam::000000000000:role/any"
SOURCE = """
import json, os

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps({"code": "CODE", "word": os.environ.get("WORD")})}
"""

Make = Callable[..., str]


def package(code: str = "one", source: str = SOURCE) -> bytes:
    """Return a zip with a handler that says `code`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(zipfile.ZipInfo("index.py"), source.replace("CODE", code))
    return buffer.getvalue()


def sha256(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


@pytest.fixture(scope="module")
def client() -> Any:
    any_client: Any = boto3
    return any_client.client("lambda")


@pytest.fixture
def make(client: Any) -> Iterator[Make]:
    """Make a function as Zappa would, which is not ready yet."""
    made = []

    def make_function(source: str = SOURCE, **environment: str) -> str:
        made.append(f"{settings.SCC_TABLE}-{uuid.uuid4().hex[:8]}")
        client.create_function(
            FunctionName=made[-1],
            Runtime="python3.11",
            Role=ROLE,
            Handler="index.handler",
            Code={"ZipFile": package(source=source)},
            Environment={"Variables": environment},
        )
        return made[-1]

    yield make_function
    for name in made:
        client.delete_function(FunctionName=name)


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    """A bucket with two packages, "one" and "two"."""
    s3: Any = boto3.client("s3")
    name = f"{settings.SCC_TABLE}-packages"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    for code in ("one", "two"):
        s3.put_object(Bucket=name, Key=code, Body=package(code))
    yield name
    for code in ("one", "two"):
        s3.delete_object(Bucket=name, Key=code)
    s3.delete_bucket(Bucket=name)


def test_wait_until_active_waits(client: Any, make: Make) -> None:
    name = make()

    with pytest.raises(EdgeError, match=r"is not active after 0 seconds\. Look at it"):
        functions.wait_until_active(client, name, seconds=0)
    functions.wait_until_active(client, name)

    assert client.get_function_configuration(FunctionName=name)["State"] == "Active"
    functions.wait_until_active(client, name, seconds=0)


def test_wait_until_active_says_why_it_failed(client: Any) -> None:
    with Stubber(client) as stub:
        answer = {"State": "Active", "LastUpdateStatus": "Failed", "LastUpdateStatusReason": "The role is gone."}
        stub.add_response("get_function_configuration", answer)

        with pytest.raises(EdgeError, match=r"The role is gone\."):
            functions.wait_until_active(client, "any")


def test_environment_of_no_function_is_empty(client: Any) -> None:
    assert functions.environment_of(client, "none") == {}
    assert functions.url_host(client, "none", SLOT) == ""


def test_set_environment_writes_only_what_is_other(client: Any, make: Make) -> None:
    name = make(WORD="old")

    first = functions.set_environment(client, name, {"WORD": "new"}, seen={"WORD": "old"})
    again = functions.set_environment(client, name, {"WORD": "new"}, seen={"WORD": "old"})

    assert (first, again) == (True, False)
    assert functions.environment_of(client, name) == {"WORD": "new"}


def test_set_environment_refuses_what_was_changed_since(client: Any, make: Make) -> None:
    name = make(WORD="by hand")

    with pytest.raises(EdgeError, match="was changed while this ran") as caught:
        functions.set_environment(client, name, {"WORD": "new"}, seen={"WORD": "old"})

    assert functions.environment_of(client, name) == {"WORD": "by hand"}
    assert "by hand" not in str(caught.value)


def test_set_environment_refuses_what_is_changed_at_that_moment(make: Make) -> None:
    any_client: Any = boto3
    client, other = any_client.client("lambda"), any_client.client("lambda")
    name = make(WORD="old")

    def set_by_hand(**_: Any) -> None:
        client.meta.events.unregister("before-call.lambda.UpdateFunctionConfiguration", set_by_hand)
        other.update_function_configuration(FunctionName=name, Environment={"Variables": {"WORD": "by hand"}})

    client.meta.events.register("before-call.lambda.UpdateFunctionConfiguration", set_by_hand)

    with pytest.raises(EdgeError, match="was changed while this ran"):
        functions.set_environment(client, name, {"WORD": "new"}, seen={"WORD": "old"})

    assert functions.environment_of(client, name) == {"WORD": "by hand"}


def test_set_environment_refuses_more_than_lambda_takes(client: Any) -> None:
    with pytest.raises(EdgeError, match="Lambda takes 4096"):
        functions.set_environment(client, "none", {"WORD": "w" * 5000}, seen={})


def test_set_code_writes_only_what_is_other(client: Any, make: Make, bucket: str) -> None:
    name = make()
    new = {"bucket": bucket, "key": "two", "sha256": sha256(package("two")), "architecture": "x86_64"}

    first = functions.set_code(client, name, **new)
    again = functions.set_code(client, name, **new)

    assert (first, again) == (True, False)
    assert client.get_function_configuration(FunctionName=name)["CodeSha256"] == new["sha256"]


def test_publish_makes_one_version_of_a_release(client: Any, make: Make) -> None:
    name = make()

    first = functions.publish(client, name, sha256(package()), "release-1")
    again = functions.publish(client, name, sha256(package()), "release-1")

    assert (first, again) == ("1", "1")
    assert [version["Description"] for version in functions.versions(client, name)] == ["release-1"]


def test_publish_makes_another_version_for_another_environment(client: Any, make: Make) -> None:
    name = make(WORD="old")
    functions.publish(client, name, sha256(package()), "release-1")
    functions.set_environment(client, name, {"WORD": "new"}, seen={"WORD": "old"})

    version = functions.publish(client, name, sha256(package()), "release-1")

    assert version == "2"
    assert functions.environment_of(client, name, "1") == {"WORD": "old"}


def test_publish_takes_an_older_version_that_is_the_same(client: Any, make: Make) -> None:
    name = make(WORD="old")
    functions.publish(client, name, sha256(package()), "release-1")
    functions.set_environment(client, name, {"WORD": "new"}, seen={"WORD": "old"})
    functions.publish(client, name, sha256(package()), "release-2")
    functions.set_environment(client, name, {"WORD": "old"}, seen={"WORD": "new"})

    version = functions.publish(client, name, sha256(package()), "release-1")

    assert version == "1"


def test_publish_gives_its_own_description_where_nothing_else_is_new(client: Any, make: Make) -> None:
    name = make()
    functions.wait_until_active(client, name)
    client.publish_version(FunctionName=name, Description="Zappa Deployment")

    version = functions.publish(client, name, sha256(package()), "release-1")

    assert functions.configuration(client, name, version)["Description"] == "release-1"  # type: ignore[index]


def test_publish_refuses_other_code(client: Any, make: Make) -> None:
    name = make()

    with pytest.raises(EdgeError, match="other code"):
        functions.publish(client, name, sha256(package("two")), "release-1")

    assert functions.versions(client, name) == []


def test_point_alias_says_what_it_named_before(client: Any, make: Make, bucket: str) -> None:
    name = make()
    functions.publish(client, name, sha256(package()), "release-1")
    functions.set_code(client, name, bucket=bucket, key="two", sha256=sha256(package("two")), architecture="x86_64")
    functions.publish(client, name, sha256(package("two")), "release-2")

    before = [functions.point_alias(client, name, version) for version in ("1", "2", "2")]

    assert before == ["", "1", "2"]
    assert functions.configuration(client, name, LIVE)["Description"] == "release-2"  # type: ignore[index]


def test_point_alias_sends_nothing_elsewhere(client: Any, make: Make) -> None:
    name = make(WORD="old")
    functions.publish(client, name, sha256(package()), "release-1")
    functions.set_environment(client, name, {"WORD": "new"}, seen={"WORD": "old"})
    functions.publish(client, name, sha256(package()), "release-2")
    weights = {"AdditionalVersionWeights": {"2": 0.5}}
    client.create_alias(FunctionName=name, Name=LIVE, FunctionVersion="1", RoutingConfig=weights)

    functions.point_alias(client, name, "1")

    assert "RoutingConfig" not in client.get_alias(FunctionName=name, Name=LIVE)


def test_ensure_url_makes_one_for_the_slot_and_one_for_the_alias(client: Any, make: Make) -> None:
    name = make(WORD="old")
    functions.point_alias(client, name, functions.publish(client, name, sha256(package()), "release-1"))
    functions.set_environment(client, name, {"WORD": "new"}, seen={"WORD": "old"})

    slot, live = functions.ensure_url(client, name, SLOT), functions.ensure_url(client, name, LIVE)

    assert [json.loads(web.ask(f"https://{host}/").text)["word"] for host in (slot, live)] == ["new", "old"]
    assert functions.ensure_url(client, name, LIVE) == functions.url_host(client, name, LIVE) == live


def test_ensure_url_opens_one_that_was_for_iam(client: Any, make: Make) -> None:
    name = make()
    client.create_function_url_config(FunctionName=name, AuthType="AWS_IAM")

    functions.ensure_url(client, name, SLOT)

    assert client.get_function_url_config(FunctionName=name)["AuthType"] == "NONE"


def permit_as_zappa(client: Any, name: str) -> None:
    public = {"FunctionName": name, "Principal": "*"}
    client.add_permission(
        StatementId="FunctionURLAllowPublicAccess",
        Action="lambda:InvokeFunctionUrl",
        FunctionUrlAuthType="NONE",
        **public,
    )
    client.add_permission(StatementId="FunctionURLAllowPublicAccessInvoke", Action="lambda:InvokeFunction", **public)


def test_close_invoke_permission_leaves_the_function_url_alone(client: Any, make: Make) -> None:
    name = make()
    permit_as_zappa(client, name)
    before = functions.open_permissions(client, name, [SLOT])

    closed = [functions.close_invoke_permission(client, name) for _ in range(2)]

    assert before == [f"{name}:$LATEST: statement FunctionURLAllowPublicAccessInvoke lets anyone invoke the function."]
    assert closed == [True, False]
    assert functions.open_permissions(client, name, [SLOT]) == []
    statements = json.loads(client.get_policy(FunctionName=name)["Policy"])["Statement"]
    assert {each["Action"]: each["Condition"] for each in statements} == {
        "lambda:InvokeFunctionUrl": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        "lambda:InvokeFunction": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
    }
    # By these names Zappa takes both for there.
    assert {each["Sid"] for each in statements} == {
        "FunctionURLAllowPublicAccess",
        "FunctionURLAllowPublicAccessInvoke",
    }


def test_close_invoke_permission_gives_the_alias_its_own_pair(client: Any, make: Make) -> None:
    name = make()
    permit_as_zappa(client, name)
    functions.point_alias(client, name, functions.publish(client, name, sha256(package()), "release-1"))

    closed = [functions.close_invoke_permission(client, name, LIVE) for _ in range(2)]

    assert closed == [True, False]
    statements = json.loads(client.get_policy(FunctionName=name, Qualifier=LIVE)["Policy"])["Statement"]
    assert {each["Action"] for each in statements} == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
    assert len(functions.open_permissions(client, name, [SLOT, LIVE])) == 1


def test_close_invoke_permission_closes_what_zappa_opens_on_the_alias(client: Any, make: Make) -> None:
    """AWS tells the alias's URL to Zappa by the alias's name, and Zappa opens it; the emulator tells the function's."""
    name = make()
    functions.point_alias(client, name, functions.publish(client, name, sha256(package()), "release-1"))
    functions.close_invoke_permission(client, name, LIVE)
    client.add_permission(
        FunctionName=name,
        Qualifier=LIVE,
        StatementId="FunctionURLAllowPublicAccessInvoke",
        Action="lambda:InvokeFunction",
        Principal="*",
    )
    before = functions.open_permissions(client, name, [LIVE])

    closed = [functions.close_invoke_permission(client, name, LIVE) for _ in range(2)]

    assert len(before) == 1
    assert closed == [True, False]
    assert functions.open_permissions(client, name, [LIVE]) == []


@pytest.mark.parametrize(
    ("statement", "is_open"),
    [
        ({"Principal": "*", "Action": "lambda:InvokeFunction"}, True),
        ({"Principal": {"AWS": "*"}, "Action": "lambda:*"}, True),
        ({"Principal": {"AWS": ["*"]}, "Action": ["lambda:InvokeFunction"]}, True),
        ({"Principal": {"Service": "events.amazonaws.com"}, "Action": "lambda:InvokeFunction"}, True),
        (
            {
                "Principal": "*",
                "Action": "lambda:InvokeFunction",
                "Condition": {"Bool": {"lambda:InvokedViaFunctionUrl": "false"}},
            },
            True,
        ),
        ({"Principal": "*", "Action": "lambda:InvokeFunctionUrl"}, False),
        ({"Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "lambda:InvokeFunction"}, False),
        ({"Principal": "*", "Action": "lambda:InvokeFunction", "Effect": "Deny"}, False),
        (
            {
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "lambda:InvokeFunction",
                "Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:events:us-west-2:000000000000:rule/any"}},
            },
            False,
        ),
    ],
)
def test_open_permissions_are_those_for_anyone(client: Any, statement: dict[str, Any], is_open: bool) -> None:
    policy = {
        "Statement": [
            {"Sid": "any", "Effect": "Allow", "Resource": "arn:aws:lambda:us-west-2:000000000000:function:scc"}
            | statement
        ]
    }
    with Stubber(client) as stub:
        stub.add_response("get_policy", {"Policy": json.dumps(policy)})

        assert bool(functions.open_permissions(client, "scc", [SLOT])) is is_open


def test_open_permissions_of_no_policy_are_none(client: Any, make: Make) -> None:
    assert functions.open_permissions(client, make(), [SLOT]) == []


def test_a_stranger_may_not_invoke_once_that_is_closed(tmp_path: Path) -> None:
    with Emulator(folder=tmp_path, keep=False, enforce_iam=True) as emulator:

        def connect(service: str, keys: dict[str, Any]) -> Any:
            any_client: Any = boto3
            return any_client.client(
                service,
                endpoint_url=emulator.url,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                config=Config(retries={"total_max_attempts": 1}),
            )

        owner = {"AccessKeyId": "test", "SecretAccessKey": "test"}
        iam, client = connect("iam", owner), connect("lambda", owner)
        iam.create_user(UserName="stranger")
        stranger = connect("lambda", iam.create_access_key(UserName="stranger")["AccessKey"])
        role = iam.create_role(RoleName="web", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        client.create_function(
            FunctionName="web",
            Runtime="python3.11",
            Role=role,
            Handler="index.handler",
            Code={"ZipFile": package()},
        )
        functions.wait_until_active(client, "web")
        permit_as_zappa(client, "web")
        assert stranger.invoke(FunctionName="web", Payload=b"{}")["StatusCode"] == 200

        functions.close_invoke_permission(client, "web")

        with pytest.raises(ClientError, match="AccessDenied"):
            stranger.invoke(FunctionName="web", Payload=b"{}")


def ops(bucket: str, **changes: Any) -> dict[str, Any]:
    """Return the arguments of `ensure_ops`."""
    return {
        "role": ROLE,
        "bucket": bucket,
        "key": "one",
        "sha256": sha256(package("one")),
        "runtime": "python3.11",
        "architecture": "x86_64",
        "memory_mb": 256,
        "environment": {"WORD": "one"},
        "seen": {},
        "release": "release-1",
    } | changes


@pytest.fixture
def ops_name(client: Any) -> Iterator[str]:
    name = f"{settings.SCC_TABLE}-{uuid.uuid4().hex[:8]}-ops"
    yield name
    client.delete_function(FunctionName=name)


def test_ensure_ops_makes_the_function_that_runs_commands(client: Any, bucket: str, ops_name: str) -> None:
    made = functions.ensure_ops(client, ops_name, **ops(bucket))
    again = functions.ensure_ops(client, ops_name, **ops(bucket))

    assert (made, again) == (True, False)
    found = client.get_function_configuration(FunctionName=ops_name, Qualifier=LIVE)
    assert (found["Handler"], found["Timeout"], found["MemorySize"]) == ("scc.lambda_handler.ops", 900, 256)
    assert functions.variables(found) == {"WORD": "one"}
    assert [version["Description"] for version in functions.versions(client, ops_name)] == ["release-1"]
    for at in ({}, {"Qualifier": LIVE}):
        retries = client.get_function_event_invoke_config(FunctionName=ops_name, **at)
        assert retries["MaximumRetryAttempts"] == 0
    assert functions.url_host(client, ops_name, SLOT) == functions.url_host(client, ops_name, LIVE) == ""


def test_ensure_ops_changes_the_slot_and_leaves_the_alias(client: Any, bucket: str, ops_name: str) -> None:
    functions.ensure_ops(client, ops_name, **ops(bucket))
    new = {"key": "two", "sha256": sha256(package("two")), "memory_mb": 512, "release": "release-2"}

    functions.ensure_ops(client, ops_name, **ops(bucket, **new, environment={"WORD": "two"}, seen={"WORD": "one"}))

    slot, live = (functions.configuration(client, ops_name, qualifier) for qualifier in (SLOT, LIVE))
    assert slot is not None
    assert live is not None
    assert (slot["CodeSha256"], slot["MemorySize"], functions.variables(slot)) == (new["sha256"], 512, {"WORD": "two"})
    assert (live["Description"], functions.variables(live)) == ("release-1", {"WORD": "one"})


def test_ensure_ops_refuses_what_was_set_by_hand_since(client: Any, bucket: str, ops_name: str) -> None:
    functions.ensure_ops(client, ops_name, **ops(bucket))

    with pytest.raises(EdgeError, match="was changed while this ran"):
        functions.ensure_ops(client, ops_name, **ops(bucket, environment={"WORD": "two"}, seen={"WORD": "other"}))


def test_ensure_ops_refuses_a_function_with_an_address(client: Any, bucket: str, ops_name: str) -> None:
    functions.ensure_ops(client, ops_name, **ops(bucket))
    functions.ensure_url(client, ops_name, SLOT)

    with pytest.raises(EdgeError, match="must have no address"):
        functions.ensure_ops(client, ops_name, **ops(bucket))

    client.delete_function_url_config(FunctionName=ops_name)


def test_ensure_ops_waits_for_a_role_that_was_made_just_now(client: Any, bucket: str, ops_name: str) -> None:
    message = "The role defined for the function cannot be assumed by Lambda."
    refusal = {"Error": {"Code": "InvalidParameterValueException", "Message": message}, "ResponseMetadata": {}}
    refusals = iter([(SimpleNamespace(status_code=400), refusal)])

    def refuse(**_: Any) -> Any:
        return next(refusals, None)

    client.meta.events.register("before-call.lambda.CreateFunction", refuse)
    try:
        assert functions.ensure_ops(client, ops_name, **ops(bucket))
    finally:
        client.meta.events.unregister("before-call.lambda.CreateFunction", refuse)

    assert next(refusals, None) is None


COMMANDS = """
def handler(event, context):
    if event["manage"] == ["fail"]:
        raise RuntimeError("fail ended with 1.")
    return {"output": " ".join(event["manage"])}
"""


def test_run_command_returns_what_it_wrote(client: Any, make: Make) -> None:
    name = make(source=COMMANDS)

    assert functions.run_command(client, name, ["publishtexts", "--all of them"]) == "publishtexts --all of them"


def test_run_command_says_why_it_failed(client: Any, make: Make) -> None:
    name = make(source=COMMANDS)

    with pytest.raises(EdgeError, match=r"fail failed on .*: fail ended with 1\."):
        functions.run_command(client, name, ["fail"])


def test_prune_keeps_the_newest_and_what_an_alias_names(client: Any, make: Make) -> None:
    name = make(WORD="0")
    functions.wait_until_active(client, name)
    for number in range(1, 6):
        client.update_function_code(FunctionName=name, ZipFile=package(str(number)), Publish=True)
    client.create_alias(FunctionName=name, Name="old", FunctionVersion="2")
    functions.point_alias(client, name, "5")

    deleted = [functions.prune(client, name, 2), functions.prune(client, name, 2)]

    assert deleted == [["1", "3"], []]
    assert [version["Version"] for version in functions.versions(client, name)] == ["2", "4", "5"]


def test_prune_keeps_all_where_there_are_few(client: Any, make: Make) -> None:
    name = make()
    functions.publish(client, name, sha256(package()), "release-1")

    assert functions.prune(client, name, 20) == []
