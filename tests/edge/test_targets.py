"""A stage in an emulator that refuses strangers: what a smoke test finds out about it, and what it sees there."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import boto3
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from events.rows import Event, Status
from scc.dynamo.rows import Row
from scc.edge import functions, routes, smoke, stack, stages, targets, template
from scc.edge.errors import EdgeError
from scc.edge.stages import LIVE, SLOT, Stage
from scc.edge.visiting import Finding, Target, Visitor
from scc.emulator import Emulator

OWN = "crew.example.com"
RELEASE = "20260523T000000Z-abcdef0"
SECRET = "the-origins-secret"
WAIVERS = "/g/*/waiver"
# As short as a function of ours can be.
SOURCE = f"""
def web(event, context):
    print(event["rawPath"])
    if event["headers"].get("x-origin-verify") != "{SECRET}":
        return {{"statusCode": 403, "headers": {{"content-type": "text/plain"}}, "body": "Forbidden"}}
    headers = {{"content-type": "application/json", "cache-control": "no-store", "x-scc-release": "{RELEASE}"}}
    return {{"statusCode": 200, "headers": headers, "body": '{{"status": "ok"}}'}}
"""
# boto3's types know each service by name; the stubs of these are not installed.
aws: Any = boto3


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stage `staging`, deployed but for its code, in an emulator of its own."""
    # The tests' own client, which lives as long as the process, is of the tests' own emulator.
    assert Row._get_connection().connection.client is not None
    emulator = Emulator(folder=tmp_path_factory.mktemp("aws"), keep=False, enforce_iam=True)
    with emulator, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", emulator.url)
        stage = stages.read("staging")
        set_up(stage)
        yield stage


def set_up(stage: Stage) -> None:
    parameters = {
        "Project": stage.project,
        "Stage": stage.name,
        "OriginSecret": SECRET,
        "SiteHost": OWN,
        "CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-4000-8000-000000000000",
        "TableProtection": "false",
    }
    stack.apply(stage, body=template.body(), parameters={**parameters, "LiveHost": ""}, say=lambda line: None)
    outputs = stack.outputs(stage)
    client = aws.client("lambda")
    for name in (stage.web, stage.ops):
        make_function(client, name, outputs["WebRoleArn"])
    for qualifier in (SLOT, LIVE):
        functions.ensure_url(client, stage.web, qualifier)
        functions.close_invoke_permission(client, stage.web, qualifier)
    host = functions.url_host(client, stage.web, LIVE)
    stack.apply(stage, body=template.body(), parameters={**parameters, "LiveHost": host}, say=lambda line: None)
    boto3.client("s3").put_object(
        Bucket=outputs["SiteBucket"], Key="index.html", Body=b"<h1>SPA dispatch</h1>", ContentType="text/html"
    )


def make_function(client: Any, name: str, role: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("index.py", SOURCE)
    code = {"ZipFile": buffer.getvalue()}
    client.create_function(FunctionName=name, Runtime="python3.13", Role=role, Handler="index.web", Code=code)
    version = client.publish_version(FunctionName=name, Description=RELEASE)["Version"]
    functions.point_alias(client, name, version)


@pytest.fixture
def domain(stage: Stage) -> str:
    return stack.outputs(stage)["DistributionDomain"]


def find(name: str, target: Target) -> Finding:
    (check,) = [check for check in smoke.checks(Visitor(target)) if check.name == name]
    return check.find()


def test_live_knows_the_stage(stage: Stage, domain: str) -> None:
    target = targets.live(stage, release=RELEASE)

    assert (target.site, target.canonical) == (f"https://{domain}", f"https://{OWN}")
    assert target.own_hosts == {domain, OWN}
    assert len(set(target.hosts)) == 2
    assert all(host.endswith(".lambda-url.us-west-2.on.aws") for host in target.hosts)
    assert "https://scc-staging-site-000000000000.s3.us-west-2.amazonaws.com/index.html" in target.buckets
    assert "https://s3.us-west-2.amazonaws.com/scc-staging-deploys-000000000000/" in target.buckets
    assert (target.event, target.slot) == ("", None)


def test_live_refuses_a_stage_that_is_not_there(stage: Stage) -> None:
    with pytest.raises(EdgeError, match=r"manage\.py deploy production"):
        targets.live(stages.read("production"), release=RELEASE)


def test_slot_is_the_function_that_is_not_live(stage: Stage) -> None:
    target = targets.slot(stage, secret=SECRET, release=RELEASE)

    assert target.slot is not None
    assert target.slot.host == functions.url_host(aws.client("lambda"), stage.web, SLOT)
    assert find("the table", target).faults == ()


def test_find_takes_either_address(stage: Stage, domain: str) -> None:
    by_own, by_domain = (targets.find(f"https://{host}") for host in (OWN, domain))

    assert (by_own.site, by_own.home) == (f"https://{OWN}", f"https://{OWN}")
    assert (by_domain.site, by_domain.home) == (f"https://{domain}", f"https://{OWN}")
    assert by_own.release == by_domain.release == RELEASE
    assert targets.find(f"https://{domain}/", stage="staging", release="other").release == "other"


@pytest.mark.parametrize(
    ("url", "stage_name", "words"),
    [
        ("https://elsewhere.example", "", "no stage; looked at production, staging"),
        (f"https://{OWN}", "production", "no stage; looked at production"),
        (f"https://{OWN}", "nowhere", "no stage 'nowhere'"),
        (f"http://{OWN}", "", "no address of a site"),
        (OWN, "", "no address of a site"),
        (f"https://{OWN}/dispatch/", "", f"more than a host. Give https://{OWN}"),
    ],
)
def test_find_refuses(url: str, stage_name: str, words: str, stage: Stage) -> None:
    with pytest.raises(EdgeError, match=words):
        targets.find(url, stage=stage_name)


def test_next_departure_is_the_next_that_is_open(stage: Stage) -> None:
    today = timezone.now()
    put(stage, slug="past", starts_at=today - timedelta(days=2))
    assert targets.next_departure(stage) == ""

    put(stage, slug="next-year", starts_at=datetime(today.year + 1, 1, 2, tzinfo=UTC))
    put(stage, slug="draft", starts_at=today + timedelta(hours=1), status=Status.DRAFT.value)
    assert targets.next_departure(stage) == "next-year"

    put(stage, slug="under-way", starts_at=today - timedelta(hours=1))
    assert targets.next_departure(stage) == "under-way"
    assert targets.live(stage, release=RELEASE).event == "under-way"
    assert targets.live(stage, release=RELEASE, event="given").event == "given"
    empty(stage)


def put(stage: Stage, *, slug: str, starts_at: datetime, status: str = Status.SCHEDULED.value) -> None:
    event = Event(
        slug=slug,
        date=date(2026, 5, 23),
        year=str(starts_at.year),
        starts_at=starts_at,
        time_zone="America/Los_Angeles",
        title="Sunset sail",
        folded_title="sunset sail",
        vessel_id="queen",
        vessel_name="Queen",
        status=status,
        capacity=12,
        currency="USD",
    )
    boto3.client("dynamodb").put_item(TableName=stage.table, Item=event.stamp().serialize())


def empty(stage: Stage) -> None:
    client = boto3.client("dynamodb")
    for item in client.scan(TableName=stage.table)["Items"]:
        client.delete_item(TableName=stage.table, Key={name: item[name] for name in ("pk", "sk")})


def test_what_is_closed_is_found_closed(stage: Stage, domain: str) -> None:
    target = targets.live(stage, release=RELEASE)

    for name in (
        *target.hosts,
        *target.buckets,
        *(check.name for check in target.more),
        "/wp-login.php",
        "/g",
        "http:",
    ):
        assert find(name, target).faults == ()


def test_a_bucket_that_is_open(stage: Stage) -> None:
    target = targets.live(stage, release=RELEASE)
    name = stack.outputs(stage)["SiteBucket"]
    client = boto3.client("s3")
    closed = client.get_bucket_policy(Bucket=name)["Policy"]
    client.delete_public_access_block(Bucket=name)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
    client.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    findings = [find(address, target) for address in target.buckets if name in address]

    client.put_bucket_policy(Bucket=name, Policy=closed)
    for finding in findings:
        assert "expected 403, got S3: 200 text/html '<h1>SPA dispatch</h1>'" in str(finding)


def test_a_permission_that_is_open(stage: Stage) -> None:
    target = targets.live(stage, release=RELEASE)
    client = aws.client("lambda")
    # What Zappa adds by itself.
    client.add_permission(FunctionName=stage.web, StatementId="Open", Action="lambda:InvokeFunction", Principal="*")

    finding = find(f"who may invoke {stage.web}", target)

    client.remove_permission(FunctionName=stage.web, StatementId="Open")
    assert "Open" in str(finding)
    assert str(finding).startswith("FAIL")


def test_commands_that_have_an_address(stage: Stage) -> None:
    target = targets.live(stage, release=RELEASE)
    client = aws.client("lambda")
    host = functions.ensure_url(client, stage.ops, LIVE)

    finding = find(stage.ops, target)

    client.delete_function_url_config(FunctionName=stage.ops, Qualifier=LIVE)
    assert finding.faults == (f"expected no Function URL, got {host}",)


@pytest.fixture
def spa(stage: Stage) -> Iterator[None]:
    """The distribution that this project began with: no behaviour for the waiver, and S3's page for what it has not."""
    client = aws.client("cloudfront")
    identifier = stack.outputs(stage)["DistributionId"]
    found = client.get_distribution_config(Id=identifier)
    right = json.loads(json.dumps(found["DistributionConfig"]))
    wrong = found["DistributionConfig"]
    kept = [each for each in wrong["CacheBehaviors"]["Items"] if not each["PathPattern"].startswith("/g/")]
    wrong["CacheBehaviors"] = {"Quantity": len(kept), "Items": kept}
    wrong["DefaultCacheBehavior"]["FunctionAssociations"] = {"Quantity": 0}
    page = {"ErrorCode": 403, "ResponsePagePath": "/index.html", "ResponseCode": "200", "ErrorCachingMinTTL": 0}
    wrong["CustomErrorResponses"] = {"Quantity": 1, "Items": [page]}
    etag = client.update_distribution(Id=identifier, IfMatch=found["ETag"], DistributionConfig=wrong)["ETag"]
    yield
    client.update_distribution(Id=identifier, IfMatch=etag, DistributionConfig=right)


@pytest.mark.usefixtures("spa")
def test_the_waiver_served_by_s3_with_status_200(stage: Stage) -> None:
    """The bug that this project began with, as CloudFront has it and as a visitor sees it."""
    target = targets.live(stage, release=RELEASE, event="2026-05-23")

    seen = find(WAIVERS, target)
    deployed = find(target.more[-1].name, target)

    assert "GET /g/2026-05-23/waiver: expected Lambda, got" in seen.faults[0]
    assert seen.faults[0].endswith(": 200 text/html '<h1>SPA dispatch</h1>'")
    assert "/g/<str:slug>/waiver (waivers.views.waiver) is served by no behaviour" in str(deployed)
    assert "replaces what Lambda answers with 403" in str(deployed)


def test_behaviour_faults_finds_what_no_route_misses() -> None:
    behaviours = routes.behaviours()

    assert targets.behaviour_faults(behaviours) == []
    (said,) = targets.behaviour_faults([each for each in behaviours if each.pattern != "/media/*"])
    assert said.endswith("Missing: /media/*. Not ours: none.")
    (said,) = targets.behaviour_faults([behaviours[0], behaviours[2], behaviours[1], *behaviours[3:]])
    assert "in its order" in said


def test_smoke_names_the_stage_that_it_does_not_find(stage: Stage) -> None:
    with pytest.raises(CommandError, match=r"looked at production, staging.*--public"):
        call_command("smoke", "https://elsewhere.example")


@pytest.mark.parametrize("options", [[], ["--public"]])
def test_smoke_fails_with_what_it_finds(options: list[str], stage: Stage, domain: str) -> None:
    output = StringIO()

    with pytest.raises(CommandError, match=f"https://{domain} is not as it must be") as caught:
        call_command("smoke", f"https://{domain}", *options, stdout=output)

    lines = output.getvalue().splitlines()
    assert caught.value.returncode == 1
    assert "ok    the table  answers" in lines
    assert (f"ok    {stage.ops}  has no address" in lines) is (not options)
    assert f"{len(lines) - 1} checks" in lines[-1]
    assert SECRET not in output.getvalue()


def test_smoke_says_that_aws_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")

    with pytest.raises(CommandError, match=r"AWS was not reached.*--public"):
        call_command("smoke", "https://crew.example.com")
