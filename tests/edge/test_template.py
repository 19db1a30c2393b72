"""The template says what the code needs, and no role may do more than its function does."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as real_settings
from django.core.management import get_commands, load_command_class

from scc.dynamo import tables
from scc.dynamo.checks import kinds
from scc.dynamo.sessions import Session
from scc.edge import routes, template
from scc.edge.errors import EdgeError
from scc.edge.routes import SITE, Behaviour, Cache, Origin
from scc.imports.objects import KEPT_DAYS

INFRA: Path = real_settings.BASE_DIR / "infra"
HEADERS_READ = re.compile(r"""headers(?:\.get\(|\[)"([^"]+)"|_header\(request, "([^"]+)"\)""")


@pytest.fixture(scope="module")
def sent() -> dict[str, Any]:
    """What is sent to CloudFormation."""
    loaded: dict[str, Any] = json.loads(template.body())
    return loaded


def properties(sent: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = sent["Resources"][name]["Properties"]
    return found


def test_the_block_is_what_the_urlconf_needs() -> None:
    text = template.path().read_text()

    assert template.render(text, routes.behaviours()) == text


def test_behaviours_read_back_are_those_that_were_written(sent: dict[str, Any]) -> None:
    assert template.behaviours_of(sent) == routes.behaviours()


def test_render_replaces_what_was_there() -> None:
    found = [Behaviour("/a b: *#", Origin.LAMBDA, Cache.SHARED), SITE[0], SITE[-1]]

    text = template.render(template.path().read_text(), found)

    assert template.behaviours_of(template.load(text)) == found
    assert template.render(text, routes.behaviours()) == template.path().read_text()


def test_a_pattern_without_its_slash_is_one_with_it(sent: dict[str, Any]) -> None:
    config = properties(sent, "Distribution")["DistributionConfig"]
    edited = {**config, "CacheBehaviors": [{**config["CacheBehaviors"][0], "PathPattern": "g/*/waiver"}]}

    found = template.behaviours_of({"Resources": {"Distribution": {"Properties": {"DistributionConfig": edited}}}})

    assert found == [routes.behaviours()[0], SITE[-1]]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref Table", {"Ref": "Table"}),
        ("!Condition HasFunction", {"Condition": "HasFunction"}),
        ("!GetAtt Table.Arn", {"Fn::GetAtt": ["Table", "Arn"]}),
        ("!GetAtt [Table, Arn]", {"Fn::GetAtt": ["Table", "Arn"]}),
        ('!Sub "${Project}-x"', {"Fn::Sub": "${Project}-x"}),
        ('!If [A, !Ref B, !Ref "AWS::NoValue"]', {"Fn::If": ["A", {"Ref": "B"}, {"Ref": "AWS::NoValue"}]}),
        ("!Transform {Name: x}", {"Fn::Transform": {"Name": "x"}}),
    ],
)
def test_load_writes_short_tags_out(short: str, long: dict[str, Any]) -> None:
    assert template.load(f"value: {short}") == {"value": long}


def test_body_holds_all_that_it_needs(sent: dict[str, Any]) -> None:
    viewer = properties(sent, "ViewerFunction")["FunctionCode"]
    landing = properties(sent, "LandingFunction")["FunctionCode"]

    assert viewer == (INFRA / "functions" / "viewer.js").read_text()
    assert json.dumps((INFRA / "landing" / "404.html").read_text()) in landing
    assert json.dumps(["/favicon.ico", "/index.html", "/robots.txt"]) in landing
    assert json.dumps(template.content_security_policy(sent)) in landing
    assert "__" not in landing
    assert len(template.body().encode()) < template.LARGEST_BODY


@pytest.fixture
def infra(tmp_path: Path, settings: Any) -> Path:
    """A copy of `infra`, to be spoilt."""
    for file in INFRA.rglob("*"):
        if file.is_file():
            copy = tmp_path / file.relative_to(real_settings.BASE_DIR)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    settings.BASE_DIR = tmp_path
    return tmp_path / "infra"


def test_body_refuses_a_function_that_is_too_large(infra: Path) -> None:
    (infra / "landing" / "404.html").write_text("x" * template.LARGEST_FUNCTION)

    with pytest.raises(EdgeError, match=r"landing\.js has \d+ bytes, and CloudFront takes 10240"):
        template.body()


def test_body_refuses_what_cloudformation_does_not_take(infra: Path) -> None:
    text = template.path().read_text()
    template.path().write_text(text.replace("Parameters:\n", f"Metadata: {{long: {'x' * 51_200}}}\nParameters:\n"))

    with pytest.raises(EdgeError, match="CloudFormation takes 51200"):
        template.body()


@pytest.mark.parametrize("page", ["404.html", "index.html"])
def test_the_landings_policy_allows_its_own_style_alone(sent: dict[str, Any], page: str) -> None:
    text = (INFRA / "landing" / page).read_text()
    (style,) = re.findall(r"<style>(.*)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"style-src 'sha256-{digest}';" in template.content_security_policy(sent)
    assert not re.search(r"<script|style=|src=", text)


def test_the_table_is_that_of_development(sent: dict[str, Any]) -> None:
    described = tables._description(protected=False)
    table = properties(sent, "Table")

    assert {name: table[name] for name in described if name != "TableName"} == {
        name: value for name, value in described.items() if name != "TableName"
    }
    assert table["TimeToLiveSpecification"] == {"AttributeName": tables.EXPIRES, "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}


@pytest.mark.parametrize("name", ["Table", "SiteBucket", "DocumentsBucket", "DeployBucket", "DataKey"])
def test_what_is_stored_outlives_the_stack(sent: dict[str, Any], name: str) -> None:
    assert sent["Resources"][name]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert sent["Resources"][name]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("name", ["SiteBucket", "DocumentsBucket", "DeployBucket"])
def test_buckets_are_private(sent: dict[str, Any], name: str) -> None:
    bucket = properties(sent, name)
    denied = properties(sent, f"{name}Policy")["PolicyDocument"]["Statement"][0]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]
    assert (denied["Effect"], denied["Condition"]["Bool"]) == ("Deny", {"aws:SecureTransport": "false"})


def test_shared_pages_are_kept_a_minute_under_their_path_alone(sent: dict[str, Any]) -> None:
    cache = properties(sent, "SharedCachePolicy")["CachePolicyConfig"]
    request = properties(sent, "SharedOriginRequestPolicy")["OriginRequestPolicyConfig"]

    assert template.policy_faults(cache, request) == []
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
    assert len(request["HeadersConfig"]["Headers"]) <= 10


def test_the_waivers_view_gets_every_header_that_it_reads(sent: dict[str, Any]) -> None:
    request = properties(sent, "SharedOriginRequestPolicy")["OriginRequestPolicyConfig"]
    passed = {name.lower() for name in request["HeadersConfig"]["Headers"]}

    sources = [
        *(real_settings.BASE_DIR / "waivers").glob("*.py"),
        real_settings.BASE_DIR / "scc" / "api" / "bodies.py",
    ]
    read = {(first or second).lower() for file in sources for first, second in HEADERS_READ.findall(file.read_text())}

    assert {"origin", "sec-fetch-site", "accept", "user-agent", "accept-language", "content-encoding"} <= read
    # What the handler reads, and what says how a body is to be read.
    assert read | {"x-viewer-address", "content-type"} == passed


def allows(sent: dict[str, Any], role: str, action: str, *, partition: str = "") -> bool:
    """Return whether a role may do `action` to something of the stage's own, in the partition of a key."""
    (policy,) = properties(sent, role)["Policies"]
    effects = {
        statement["Effect"]
        for statement in policy["PolicyDocument"]["Statement"]
        if any(fnmatchcase(action, pattern) for pattern in as_list(statement["Action"]))
        and holds(statement.get("Condition", {}), partition)
    }
    return effects == {"Allow"}


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def holds(condition: dict[str, Any], partition: str) -> bool:
    for operator, keys in condition.items():
        if operator == "StringEquals":
            # The region, the stage: its own is meant.
            continue
        (patterns,) = keys.values()
        like = any(fnmatchcase(partition, pattern) for pattern in patterns)
        if like is operator.endswith("NotLike"):
            return False
    return True


@pytest.mark.parametrize(
    "action",
    [
        "dynamodb:Scan",
        "dynamodb:DeleteTable",
        "dynamodb:UpdateTable",
        "dynamodb:UpdateTimeToLive",
        "dynamodb:BatchWriteItem",
        "dynamodb:PartiQLDelete",
        "dynamodb:ExportTableToPointInTime",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:ListBucketVersions",
        "kms:Encrypt",
        "kms:ScheduleKeyDeletion",
        "lambda:InvokeFunction",
    ],
)
def test_web_may_not(sent: dict[str, Any], action: str) -> None:
    assert not allows(sent, "WebRole", action)


@pytest.mark.parametrize(
    "action",
    [
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:ConditionCheckItem",
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListBucket",
        "kms:GenerateDataKey",
        "kms:Decrypt",
        "ses:SendEmail",
        "ses:SendRawEmail",
        "logs:PutLogEvents",
    ],
)
def test_web_may(sent: dict[str, Any], action: str) -> None:
    assert allows(sent, "WebRole", action, partition="EVENT#2026-05-23")


def partitions() -> list[str]:
    return sorted({kind.KEYS["pk"] for kind in kinds() if hasattr(kind, "KEYS") and kind.__module__[:5] != "tests"})


@pytest.mark.parametrize("partition", partitions())
def test_web_deletes_nothing_but_sessions(sent: dict[str, Any], partition: str) -> None:
    assert allows(sent, "WebRole", "dynamodb:DeleteItem", partition=partition) == (partition == Session.KEYS["pk"])


@pytest.mark.parametrize(
    ("partition", "may"),
    [
        ("EVENT#1", True),
        ("WAIVERTEXT#1", True),
        ("KEY#1", False),
        ("WAIVER#1", False),
        ("TEXT#1", False),
        ("AUDIT#USER#1", False),
        ("CLOSE", False),
    ],
)
def test_web_changes_nothing_that_is_added_once(sent: dict[str, Any], partition: str, may: bool) -> None:
    assert allows(sent, "WebRole", "dynamodb:UpdateItem", partition=partition) == may


@pytest.mark.parametrize(
    ("action", "may"),
    [
        ("dynamodb:Scan", True),
        ("dynamodb:DeleteItem", False),
        ("s3:DeleteObject", True),
        ("s3:DeleteObjectVersion", True),
        ("s3:ListBucketVersions", True),
        ("kms:GenerateDataKey", True),
        ("kms:Decrypt", True),
        ("kms:ScheduleKeyDeletion", False),
        ("dynamodb:DeleteTable", False),
        ("dynamodb:UpdateTable", False),
        ("lambda:InvokeFunction", False),
    ],
)
def test_ops_may_what_commands_need(sent: dict[str, Any], action: str, may: bool) -> None:
    assert allows(sent, "OpsRole", action, partition="EVENT#2026-05-23") == may


@pytest.mark.parametrize(
    ("role", "action", "folders"),
    [
        ("WebRole", "s3:GetObject", {"keys", "waivers", "uploads"}),
        ("WebRole", "s3:PutObject", {"keys", "waivers", "uploads"}),
        ("OpsRole", "s3:GetObject", {"keys", "waivers", "fonts", "uploads"}),
        ("OpsRole", "s3:PutObject", {"keys", "waivers", "uploads"}),
        ("OpsRole", "s3:DeleteObjectVersion", {"keys", "waivers"}),
    ],
)
def test_functions_reach_folders_of_documents(sent: dict[str, Any], role: str, action: str, folders: set[str]) -> None:
    (policy,) = properties(sent, role)["Policies"]
    found = [
        resource["Fn::Sub"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and action in as_list(statement["Action"])
        for resource in ([statement["Resource"]] if isinstance(statement["Resource"], dict) else statement["Resource"])
    ]

    assert sorted(found) == sorted(f"${{DocumentsBucket.Arn}}/{folder}/*" for folder in folders)


def test_keys_that_were_deleted_do_not_stay(sent: dict[str, Any]) -> None:
    rules = properties(sent, "DocumentsBucket")["LifecycleConfiguration"]["Rules"]
    days = {each.get("Prefix", ""): each.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays") for each in rules}

    assert (days["keys/"], days["waivers/"]) == (7, 7)
    assert [each["Prefix"] for each in rules if "ExpirationInDays" in each] == ["uploads/"]


def test_what_was_uploaded_goes_after_a_month(sent: dict[str, Any]) -> None:
    rules = properties(sent, "DocumentsBucket")["LifecycleConfiguration"]["Rules"]
    (rule,) = [each for each in rules if each.get("Prefix") == "uploads/"]

    assert (rule["ExpirationInDays"], rule["NoncurrentVersionExpiration"]) == (KEPT_DAYS, {"NoncurrentDays": 1})


def test_the_key_of_personal_data_rotates(sent: dict[str, Any]) -> None:
    key = properties(sent, "DataKey")

    assert (key["EnableKeyRotation"], key["PendingWindowInDays"]) == (True, 30)
    assert [tag["Key"] for tag in key["Tags"]] == ["project", "stage"]
    assert properties(sent, "DataKeyAlias")["TargetKeyId"] == {"Ref": "DataKey"}


@pytest.mark.parametrize(
    "name", ["ErasuresSchedule", "ImportsSchedule", "LettersSchedule", "PdfsSchedule", "RemindersSchedule"]
)
def test_schedules_run_commands_that_there_are(sent: dict[str, Any], name: str) -> None:
    (target,) = properties(sent, name)["Targets"]
    command, *arguments = json.loads(target["Input"])["manage"]

    # Ends the test when it does not take them.
    load_command_class(get_commands()[command], command).create_parser("manage.py", command).parse_args(arguments)

    assert target["Arn"]["Fn::Sub"].endswith(":function:${Project}-${Stage}-ops:live")


def test_every_alarm_tells_the_topic(sent: dict[str, Any]) -> None:
    alarms = [each for each in sent["Resources"].values() if each["Type"] == "AWS::CloudWatch::Alarm"]

    assert len(alarms) == 12
    for alarm in alarms:
        assert alarm["Properties"]["AlarmActions"] == alarm["Properties"]["OKActions"] == [{"Ref": "AlarmTopic"}]


def test_outputs_are_those_that_a_deploy_reads(sent: dict[str, Any]) -> None:
    assert set(sent["Outputs"]) == {
        "Table",
        "SiteBucket",
        "DocumentsBucket",
        "DeployBucket",
        "DataKey",
        "WebRoleArn",
        "OpsRoleArn",
        "AlarmTopic",
        "DistributionId",
        "DistributionDomain",
    }
