"""A stage's stack in the emulator: made, left alone, changed, put right after runs that were cut off, and serving."""

from __future__ import annotations

import copy
import io
import json
import secrets
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from scc.edge import routes, stack, stages, template, web
from scc.edge.errors import EdgeError
from scc.edge.stages import LIVE, Stage

SECRET = "a secret of CloudFront's alone"
# Answers with the event that it was given.
ECHO = """import json
def handler(event, context):
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(event)}
"""
SECURITY = (
    "content-security-policy",
    "referrer-policy",
    "strict-transport-security",
    "x-content-type-options",
    "x-frame-options",
)


def new_stage() -> Stage:
    # The emulator is one for all workers.
    return replace(stages.read("production"), name=f"t{secrets.token_hex(4)}")


def parameters(stage: Stage, **more: str) -> dict[str, str]:
    return {"Project": stage.project, "Stage": stage.name, "OriginSecret": SECRET, "LiveHost": "", **more}


def apply(stage: Stage, *, body: str = "", **more: str) -> bool:
    return stack.apply(stage, body=body or template.body(), parameters=parameters(stage, **more), say=quiet)


def quiet(line: str) -> None:
    pass


def clean(stage: Stage) -> None:
    """Take the stack away: its schedules go on as long as it stands."""
    boto3.client("cloudformation").delete_stack(StackName=stage.stack)


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = new_stage()
    yield stage
    clean(stage)


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    """A stage whose distribution leads to functions that answer with what they were sent, and to some files."""
    stage = new_stage()
    apply(stage)
    apply(stage, LiveHost=make_functions(stage))
    put_files(stack.outputs(stage)["SiteBucket"])
    yield stage
    clean(stage)


def make_functions(stage: Stage) -> str:
    """Make both functions with their alias, and return the host of the web function's URL."""
    client: Any = boto3.client("lambda")
    outputs = stack.outputs(stage)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("echo.py", ECHO)
    for name, role in ((stage.web, "WebRoleArn"), (stage.ops, "OpsRoleArn")):
        client.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="echo.handler",
            Role=outputs[role],
            Code={"ZipFile": package.getvalue()},
            Publish=True,
        )
        client.create_alias(FunctionName=name, Name=LIVE, FunctionVersion="1")
    url = client.create_function_url_config(FunctionName=stage.web, Qualifier=LIVE, AuthType="NONE")["FunctionUrl"]
    return str(url.split("/")[2])


def put_files(bucket: str) -> None:
    client = boto3.client("s3")
    forever = "public, max-age=31536000, immutable"
    client.put_object(Bucket=bucket, Key="static/app.1a2b.css", Body=b"body{}", CacheControl=forever)
    client.put_object(Bucket=bucket, Key="_staging/static/app.3c4d.css", Body=b"p{}", CacheControl="no-store")
    client.put_object(Bucket=bucket, Key="robots.txt", Body=b"User-agent: *", ContentType="text/plain")
    client.put_object(Bucket=bucket, Key="secret.txt", Body=b"not the landing's")


def ask(stage: Stage, path: str, **more: Any) -> web.Answer:
    return web.ask(f"https://{stack.outputs(stage)['DistributionDomain']}{path}", **more)


def test_apply_makes_what_is_described_and_then_nothing(stage: Stage) -> None:
    made = apply(stage, TableProtection="true")
    again = apply(stage, TableProtection="true")

    name = stage.stack
    assert (made, again) == (True, False)
    outputs = stack.outputs(stage)
    assert outputs.pop("DataKey").startswith("arn:aws:kms:us-west-2:000000000000:key/")
    assert outputs == {
        "Table": name,
        "SiteBucket": f"{name}-site-000000000000",
        "DocumentsBucket": f"{name}-documents-000000000000",
        "DeployBucket": f"{name}-deploys-000000000000",
        "WebRoleArn": f"arn:aws:iam::000000000000:role/{name}-web",
        "OpsRoleArn": f"arn:aws:iam::000000000000:role/{name}-ops",
        "AlarmTopic": f"arn:aws:sns:us-west-2:000000000000:{name}-alarms",
    }
    assert boto3.client("dynamodb").describe_table(TableName=name)["Table"]["KeySchema"][0]["AttributeName"] == "pk"


def test_names_are_written_out_for_what_a_new_stack_takes_over(stage: Stage) -> None:
    body = stack._with_names(template.body(), stage)

    resources = json.loads(body)["Resources"]
    named = [
        resources[each]["Properties"].get("TableName", resources[each]["Properties"].get("BucketName"))
        for each in ("Table", "SiteBucket", "DocumentsBucket", "DeployBucket")
    ]
    buckets = [f"{stage.stack}-{each}-000000000000" for each in ("site", "documents", "deploys")]
    assert named == [stage.stack, *buckets]


def test_a_new_stack_looks_for_what_the_last_one_left(stage: Stage) -> None:
    before = stack._has_outlived(stage)
    apply(stage)

    assert (before, stack._has_outlived(stage)) == (False, True)


def test_there_is_nothing_of_a_stack_that_was_never_made(stage: Stage) -> None:
    assert stack.outputs(stage) == {}
    assert stack.current(stage) is None


def test_preview_leaves_nothing(stage: Stage) -> None:
    lines = stack.preview(stage, body=template.body(), parameters=parameters(stage))

    assert "add Table (AWS::DynamoDB::Table)" in lines
    assert stack._status(stack._client(stage), stage) in stack._GONE


def test_preview_names_what_would_change(served: Stage) -> None:
    body = template.body()
    spoilt = body.replace('"MaxTTL":60', '"MaxTTL":61')

    assert stack.preview(served, body=body, parameters={}) == ["no changes"]
    assert [line for line in stack.preview(served, body=spoilt, parameters={}) if "SharedCachePolicy" in line]
    assert stack.preview(served, body=body, parameters={}) == ["no changes"]


def test_preview_tells_what_is_refused(stage: Stage) -> None:
    with pytest.raises(EdgeError, match="CloudFormation refused the template"):
        stack.preview(stage, body='{"Resources":{"Anchor":{"Type":"AWS::Boat::Anchor"}}}', parameters={})


def test_apply_keeps_parameters_that_are_not_given(served: Stage) -> None:
    changed = stack.apply(served, body=template.body(), parameters={}, say=quiet)

    assert not changed


def test_current_tells_template_and_parameters_but_no_secret(served: Stage) -> None:
    found = stack.current(served)

    assert found is not None
    body, values = found
    assert json.loads(body) == json.loads(template.body())
    assert values["Stage"] == served.name
    assert values["LiveHost"].endswith(".on.aws")
    assert "OriginSecret" not in values
    assert SECRET not in body + str(values)


def test_the_table_is_protected_once_there_is_something_to_lose(served: Stage, stage: Stage) -> None:
    apply(stage, TableProtection="true")

    client = boto3.client("dynamodb")
    assert client.describe_table(TableName=served.table)["Table"]["DeletionProtectionEnabled"]
    assert not client.describe_table(TableName=stage.table)["Table"]["DeletionProtectionEnabled"]


def test_a_first_run_that_fails_says_why_and_leaves_nothing_in_the_way(stage: Stage) -> None:
    # Somebody else's, of the name that ours shall have.
    bucket = f"{stage.stack}-deploys-000000000000"
    client: Any = boto3.client("s3")
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": stage.region})

    with pytest.raises(EdgeError, match=rf"(?s)is ROLLBACK_COMPLETE\..*'{bucket}' already exists") as raised:
        apply(stage)
    client.delete_bucket(Bucket=bucket)

    assert SECRET not in str(raised.value)
    assert stack.current(stage) is None
    assert apply(stage)


def test_a_change_that_fails_says_why_and_changes_nothing(stage: Stage) -> None:
    apply(stage)
    before = stack.current(stage)

    with pytest.raises(EdgeError, match=r"is UPDATE_ROLLBACK_COMPLETE\.\nAnchor: .*already exists"):
        apply(stage, body=with_resource("AWS::S3::Bucket", BucketName=stack.outputs(stage)["SiteBucket"]))

    assert stack.current(stage) == before
    assert not apply(stage)


def with_resource(kind: str, **properties: str) -> str:
    """Return the template with one thing more."""
    body = json.loads(template.body())
    body["Resources"]["Anchor"] = {"Type": kind, "Properties": properties}
    return json.dumps(body)


def make_change_set(stage: Stage, kind: str) -> str:
    """Make a change set that nobody executes, as a run that is cut off there leaves one."""
    client: Any = boto3.client("cloudformation")
    return str(
        client.create_change_set(
            StackName=stage.stack,
            ChangeSetName="left-over",
            ChangeSetType=kind,
            TemplateBody=template.body(),
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in parameters(stage, AlarmEmail="dana@example.com").items()
            ],
            Capabilities=stack.CAPABILITIES,
        )["Id"]
    )


def change_sets(stage: Stage) -> list[str]:
    client: Any = boto3.client("cloudformation")
    found = client.list_change_sets(StackName=stage.stack)["Summaries"]
    return [each["ChangeSetName"] for each in found if each["ExecutionStatus"] == "AVAILABLE"]


def test_apply_goes_on_where_a_first_run_was_cut_off(stage: Stage) -> None:
    make_change_set(stage, "CREATE")

    assert apply(stage)
    assert change_sets(stage) == []


def test_apply_goes_on_where_a_change_was_cut_off(stage: Stage) -> None:
    apply(stage)
    make_change_set(stage, "UPDATE")

    assert not apply(stage)
    assert change_sets(stage) == []


def test_apply_waits_for_what_an_earlier_run_began(stage: Stage) -> None:
    client: Any = boto3.client("cloudformation")
    client.execute_change_set(ChangeSetName=make_change_set(stage, "CREATE"))

    # The other run subscribed somebody, and this one does not.
    assert apply(stage)
    assert stack.current(stage) is not None


def test_apply_refuses_a_stack_that_it_cannot_mend(stage: Stage) -> None:
    # A network in which somebody else has put something: the stack cannot be deleted.
    apply(stage, body=with_resource("AWS::EC2::VPC", CidrBlock="10.0.0.0/16"))
    client: Any = boto3.client("ec2")
    (network,) = [
        each["VpcId"]
        for each in client.describe_vpcs()["Vpcs"]
        if {"Key": "stage", "Value": stage.name} in each.get("Tags", [])
    ]
    client.create_subnet(VpcId=network, CidrBlock="10.0.0.0/24")
    clean(stage)

    with pytest.raises(EdgeError, match=r"(?s)is DELETE_FAILED, which no deploy can mend\..*Anchor: "):
        apply(stage)


def test_a_wait_has_an_end(served: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "WAIT_SECONDS", 0)

    with pytest.raises(EdgeError, match="Run this again: it goes on where this one ended"):
        stack.wait_until_deployed(stack.outputs(served)["DistributionId"], quiet)


def test_the_distribution_has_the_behaviours_of_the_urlconf(served: Stage) -> None:
    distribution = stack.outputs(served)["DistributionId"]
    stack.wait_until_deployed(distribution, quiet)

    assert template.deployed(config_of(distribution)) == routes.behaviours()
    assert stack.distribution_faults(distribution) == []


def config_of(distribution: str) -> dict[str, Any]:
    client: Any = boto3.client("cloudfront")
    config: dict[str, Any] = client.get_distribution_config(Id=distribution)["DistributionConfig"]
    return config


Spoil = Callable[[dict[str, Any]], object]


def behaviour(config: dict[str, Any], pattern: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in config["CacheBehaviors"]["Items"] if each["PathPattern"] == pattern)
    return found


def origin(config: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in config["Origins"]["Items"] if each["Id"] == name)
    return found


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda config: config.update(Enabled=False), "The distribution is not enabled."),
        (lambda config: config.update(DefaultRootObject="index.html"), "takes / from Django"),
        (
            lambda config: config["CustomErrorResponses"]["Items"][2].update(ResponsePagePath="/404.html"),
            "A page of the distribution replaces what Lambda answers with 404.",
        ),
        (
            lambda config: config["CustomErrorResponses"]["Items"][2].update(ErrorCachingMinTTL=10),
            "CloudFront keeps answers with 404 for everyone",
        ),
        (lambda config: config["Origins"]["Items"].pop(), "There is no origin 'site'."),
        (lambda config: origin(config, "lambda")["CustomHeaders"].update(Items=[]), "is not sent X-Origin-Verify"),
        (
            lambda config: origin(config, "lambda")["CustomOriginConfig"].update(OriginProtocolPolicy="http-only"),
            "is not asked by https alone",
        ),
        (lambda config: origin(config, "site").update(OriginAccessControlId=""), "no origin access control"),
        (lambda config: behaviour(config, "/api/*").update(TargetOriginId="x"), "/api/* is not ours."),
        (
            lambda config: behaviour(config, "/api/*").update(ViewerProtocolPolicy="allow-all"),
            "/api/* does not redirect to https.",
        ),
        (
            lambda config: behaviour(config, "/api/*")["AllowedMethods"].update(Items=["GET", "HEAD"]),
            "/api/* allows GET, HEAD.",
        ),
        (
            lambda config: behaviour(config, "/api/*")["FunctionAssociations"].update(Items=[]),
            "/api/* must have viewer before it, and has nothing.",
        ),
        (
            lambda config: config["DefaultCacheBehavior"]["FunctionAssociations"].update(Items=[]),
            "* must have landing before it, and has nothing.",
        ),
        (
            lambda config: behaviour(config, "/g/*/waiver").update(
                OriginRequestPolicyId=template.MANAGED["AllViewerExceptHostHeader"]
            ),
            "/g/*/waiver sends Django not what it must",
        ),
        (
            lambda config: behaviour(config, "/dispatch/*").update(OriginRequestPolicyId="another"),
            "/dispatch/* sends Django not what it must",
        ),
    ],
)
def test_faults_names_what_is_not_as_the_template_has_it(served: Stage, spoil: Spoil, said: str) -> None:
    config = copy.deepcopy(config_of(stack.outputs(served)["DistributionId"]))
    spoil(config)

    found = template.faults(config)

    assert len(found) == 1
    assert said in found[0]
    assert SECRET not in found[0]


def test_distribution_faults_looks_into_the_shared_policies(stage: Stage) -> None:
    apply(stage)
    host = make_functions(stage)
    body = (
        template.body()
        .replace('"MaxTTL":60', '"MaxTTL":3600')
        .replace('"CookieBehavior":"none"', '"CookieBehavior":"all"')
    )
    apply(stage, LiveHost=host, body=body)

    assert stack.distribution_faults(stack.outputs(stage)["DistributionId"]) == [
        "The shared pages are kept for (0, 60, 3600) seconds (least, default, most).",
        "The shared pages' cache has Cookies in its key.",
        "The shared pages' view gets more Cookies of a visitor than it reads.",
    ]


def test_a_behaviour_is_taken_out_and_put_back(stage: Stage) -> None:
    apply(stage)
    host = make_functions(stage)
    spoilt = json.loads(template.body())
    config = spoilt["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    config["CacheBehaviors"] = [each for each in config["CacheBehaviors"] if not each["PathPattern"].startswith("/g/")]

    apply(stage, LiveHost=host, body=json.dumps(spoilt))
    without = ask(stage, "/g/2026-05-23/waiver")
    apply(stage, LiveHost=host)
    put_back = ask(stage, "/g/2026-05-23/waiver")

    assert (without.status, without.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert put_back.status == 200
    assert json.loads(put_back.text)["rawPath"] == "/g/2026-05-23/waiver"


def test_django_gets_what_a_visitor_sent_and_who_that_is(served: Stage) -> None:
    sent = {"Cookie": "sessionid=1", "X-Viewer-Address": "192.0.2.1", "X-Origin-Verify": "guessed", "X-CSRFToken": "t"}

    answer = ask(served, "/dispatch/?day=1", method="POST", headers=sent, body=b"a=1")

    event = json.loads(answer.text)
    assert event["headers"]["x-viewer-address"] == "127.0.0.1"
    assert event["headers"]["x-origin-verify"] == SECRET
    assert event["headers"]["x-csrftoken"] == "t"
    assert event["headers"]["cookie"] == "sessionid=1"
    assert event["rawQueryString"] == "day=1"
    assert event["headers"]["host"].endswith(".on.aws")


def test_the_shared_page_gets_what_it_reads_and_no_more(served: Stage) -> None:
    read = {
        "Accept": "application/json",
        "Accept-Language": "es",
        "Content-Type": "application/json",
        "Origin": "https://crew.example.com",
        "Sec-Fetch-Site": "same-origin",
        "User-Agent": "Browser/1",
    }
    more = {"Cookie": "sessionid=1", "Authorization": "Bearer x", "X-Viewer-Address": "192.0.2.1", "Referer": "/x"}

    answer = ask(served, "/g/2026-05-23/waiver?token=1", method="POST", headers={**read, **more}, body=b"{}")

    event = json.loads(answer.text)
    assert {name: event["headers"].get(name.lower()) for name in read} == read
    assert event["headers"]["x-viewer-address"] == "127.0.0.1"
    assert not {"cookie", "authorization", "referer"} & set(event["headers"])
    assert event["rawQueryString"] == ""


@pytest.mark.parametrize("path", ["/nowhere", "/wp-login.php", "/g", "/secret.txt", "/404.html", "/INDEX.html"])
def test_what_is_no_path_of_ours_is_the_landings(served: Stage, path: str) -> None:
    answer = ask(served, path)

    page = (template.path().parent / "landing" / "404.html").read_bytes()
    assert (answer.status, answer.body) == (404, page)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "x-amzn-requestid" not in answer.headers
    assert set(security_headers(served)) <= set(answer.headers.items())


def security_headers(stage: Stage) -> list[tuple[str, str]]:
    """Return what the policy adds to a file of S3's."""
    answer = ask(stage, "/robots.txt")
    return [(name, answer.headers[name]) for name in SECURITY]


def test_files_come_from_the_bucket(served: Stage) -> None:
    style, slot, robots = (
        ask(served, path) for path in ("/static/app.1a2b.css", "/_staging/static/app.3c4d.css", "/robots.txt")
    )

    assert (style.body, style.headers["cache-control"]) == (b"body{}", "public, max-age=31536000, immutable")
    assert (slot.body, slot.headers["cache-control"]) == (b"p{}", "no-store")
    assert robots.body == b"User-agent: *"
    assert ask(served, "/static/app.1a2b.css", method="POST").status == 403
    assert ask(served, "/static/missing.css").status == 403


def test_plain_http_is_sent_to_https(served: Stage) -> None:
    domain = stack.outputs(served)["DistributionDomain"]

    answer = web.ask(f"http://{domain}/dispatch/")

    assert (answer.status, answer.headers["location"]) == (301, f"https://{domain}/dispatch/")


def test_a_site_of_its_own_has_its_name_and_certificate(stage: Stage) -> None:
    certificate = "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-4000-8000-000000000000"
    apply(stage)
    apply(stage, LiveHost=make_functions(stage), SiteHost=f"{stage.name}.example.com", CertificateArn=certificate)

    config = config_of(stack.outputs(stage)["DistributionId"])
    assert config["Aliases"]["Items"] == [f"{stage.name}.example.com"]
    assert config["ViewerCertificate"]["ACMCertificateArn"] == certificate
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert stack.distribution_faults(stack.outputs(stage)["DistributionId"]) == []


def test_schedules_may_call_the_ops_function(served: Stage) -> None:
    client: Any = boto3.client("lambda")
    policy = json.loads(client.get_policy(FunctionName=served.ops, Qualifier=LIVE)["Policy"])

    allowed = [(each["Principal"]["Service"], each["Condition"]["ArnLike"]) for each in policy["Statement"]]
    rule = f"arn:aws:events:us-west-2:000000000000:rule/{served.stack}"
    assert sorted(allowed, key=str) == [
        ("events.amazonaws.com", {"AWS:SourceArn": f"{rule}-erasures"}),
        ("events.amazonaws.com", {"AWS:SourceArn": f"{rule}-imports"}),
        ("events.amazonaws.com", {"AWS:SourceArn": f"{rule}-letters"}),
        ("events.amazonaws.com", {"AWS:SourceArn": f"{rule}-pdfs"}),
        ("events.amazonaws.com", {"AWS:SourceArn": f"{rule}-reminders"}),
    ]
