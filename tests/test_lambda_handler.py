"""The functions, called as Lambda calls them."""

from __future__ import annotations

import base64
import gc
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from pytest_django import Settings

from scc import lambda_handler
from scc.staff.models import User
from tests.builders import make_event
from tests.conftest import RequestsMade
from tests.people import PASSWORD

SECRET, NEXT = "the-origins-secret", "the-secret-after-it"
FOREIGN = "evil.example"


@pytest.fixture(autouse=True)
def _secrets(settings: Settings) -> None:
    settings.SCC_ORIGIN_SECRETS = [SECRET, NEXT]
    settings.SCC_SITE_URL = "https://crew.example.com"
    settings.ALLOWED_HOSTS = ["crew.example.com"]
    settings.SCC_RELEASE = "20260523T000000Z-abcdef0"


def make_request(
    path: str = "/dispatch/",
    *,
    method: str = "GET",
    query: str = "",
    headers: dict[str, str] | None = None,
    cookies: list[str] | None = None,
    body: bytes = b"",
) -> dict[str, Any]:
    """Return an event of payload version 2.0, as AWS documents it for Function URLs."""
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "abc.lambda-url.us-west-2.on.aws", "x-forwarded-proto": "https", **(headers or {})},
        "requestContext": {
            "accountId": "anonymous",
            "domainName": "abc.lambda-url.us-west-2.on.aws",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "130.176.0.1",
                "userAgent": "Amazon CloudFront",
            },
            "requestId": "e1506fd5",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    if cookies:
        event["cookies"] = cookies
    if body:
        event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return event


def through_cloudfront(path: str = "/dispatch/", **more: Any) -> dict[str, Any]:
    headers = {"x-origin-verify": SECRET, "x-viewer-address": "203.0.113.7", **more.pop("headers", {})}
    return lambda_handler.web(make_request(path, headers=headers, **more), None)


FORGED = [
    {},
    {"x-origin-verify": ""},
    {"x-origin-verify": "wrong"},
    {"x-origin-verify": SECRET[:-1]},
    {"x-origin-verify": SECRET + "x"},
    {"x-origin-verify": SECRET.upper()},
    {"x-origin-verify": f" {SECRET}"},
    {"x-origin-verify": f"{SECRET},{SECRET}"},
    {"x-origin-verify": f"{SECRET} {NEXT}"},
    {"x-origin-verify": "\u00e9" * 20},
    {"x-origin-verify": "*"},
    {"x_origin_verify": SECRET},
    {"x-origin-verify-2": SECRET},
    {"origin-verify": SECRET},
    {"authorization": f"Bearer {SECRET}"},
    {"cookie": f"x-origin-verify={SECRET}"},
    {"x-amz-cf-id": SECRET},
    {"host": "crew.example.com"},
    {"host": FOREIGN},
    {"host": "d111111abcdef8.cloudfront.net"},
    {"x-forwarded-host": "crew.example.com"},
    {"x-forwarded-host": FOREIGN},
    {"x-forwarded-for": "127.0.0.1"},
    {"x-forwarded-proto": "http"},
    {"x-forwarded-port": "80"},
    {"forwarded": f"for=127.0.0.1;host={FOREIGN};proto=https"},
    {"x-original-host": FOREIGN, "x-original-url": "/admin/"},
    {"x-rewrite-url": "/admin/"},
    {"x-viewer-address": "127.0.0.1"},
    {"via": "2.0 abc.cloudfront.net (CloudFront)", "user-agent": "Amazon CloudFront"},
    {"cloudfront-viewer-address": "127.0.0.1:80"},
    {"x-real-ip": "127.0.0.1", "true-client-ip": "127.0.0.1"},
]
# What a visitor may add to a request that CloudFront then passes on.
ADDED = [headers for headers in FORGED if not any("verify" in name for name in headers)]


@pytest.mark.parametrize("headers", FORGED, ids=str)
def test_web_refuses_what_did_not_come_through_cloudfront(
    headers: dict[str, str], requests_made: RequestsMade, capsys: pytest.CaptureFixture[str]
) -> None:
    with requests_made() as made:
        answer = lambda_handler.web(make_request("/healthz", headers=headers), None)

    assert (answer["statusCode"], answer["body"]) == (403, "Forbidden")
    assert made == {}
    assert SECRET not in capsys.readouterr().out


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("headers", ADDED, ids=str)
@pytest.mark.parametrize("path", ["/admin", "/dispatch/", "/g/2026-05-23/waiver", "/admin/login/"])
def test_web_lets_no_header_choose_the_host(path: str, headers: dict[str, str]) -> None:
    make_event()

    answer = through_cloudfront(path, headers=headers)

    assert answer["statusCode"] in {200, 301, 302}
    assert FOREIGN not in json.dumps(answer)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("secret", [SECRET, NEXT])
def test_web_takes_both_secrets_while_they_are_changed(secret: str) -> None:
    answer = through_cloudfront("/healthz", headers={"x-origin-verify": secret})

    assert (answer["statusCode"], answer["body"]) == (200, '{"status": "ok"}')
    assert answer["headers"]["x-scc-release"] == "20260523T000000Z-abcdef0"


def test_web_without_secrets_refuses_everyone(settings: Settings) -> None:
    settings.SCC_ORIGIN_SECRETS = []

    assert through_cloudfront("/healthz", headers={"x-origin-verify": ""})["statusCode"] == 403


def test_web_takes_the_address_from_cloudfront_alone() -> None:
    event = make_request(headers={"x-viewer-address": "2001:db8::7", "x-forwarded-for": "198.51.100.1"})

    seen = lambda_handler._as_it_is(event)

    assert seen["requestContext"]["http"]["sourceIp"] == "2001:db8::7"
    assert seen["headers"] == {"host": "crew.example.com", "x-forwarded-proto": "https"}


@pytest.mark.parametrize("address", ["", "203.0.113.7, 10.0.0.1", "203.0.113.7:4711", "nobody"])
def test_web_takes_no_address_that_is_none(address: str) -> None:
    seen = lambda_handler._as_it_is(make_request(headers={"x-viewer-address": address}))

    assert seen["requestContext"]["http"]["sourceIp"] == "130.176.0.1"


@pytest.mark.usefixtures("table")
def test_web_reads_cookies_query_and_body_as_aws_sends_them(alice: User) -> None:
    login = through_cloudfront("/admin/login/", query="next=%2Fdispatch%2F%3Fday%3D2026-05-23+2")
    token = login["cookies"][0].partition(";")[0]
    body = (
        f"csrfmiddlewaretoken={token.partition('=')[2]}&username={alice.username}&password={PASSWORD}&next=/dispatch/"
    )

    answer = through_cloudfront(
        "/admin/login/",
        method="POST",
        cookies=["other=1", token],
        headers={
            "content-type": "application/x-www-form-urlencoded",
            "origin": "https://crew.example.com",
            "referer": "https://crew.example.com/admin/login/",
        },
        body=body.encode(),
    )

    assert 'value="/dispatch/?day=2026-05-23 2"' in login["body"]
    assert answer["statusCode"] == 302
    assert answer["headers"]["location"] == "/dispatch/"
    assert sorted(cookie.partition("=")[0].strip() for cookie in answer["cookies"]) == ["csrftoken", "sessionid"]


@pytest.mark.usefixtures("table")
def test_web_compresses_what_cloudfront_does_not() -> None:
    answer = through_cloudfront("/admin/login/", headers={"accept-encoding": "gzip"})

    assert answer["headers"]["content-encoding"] == "gzip"
    assert answer["isBase64Encoded"]


@pytest.mark.usefixtures("table")
def test_web_prints_one_line_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    through_cloudfront("/g/2026-05-23/signed/the-links-secret", query="token=hidden")

    (line,) = capsys.readouterr().out.splitlines()

    said = json.loads(line)
    assert said.pop("ms") >= 0
    assert said == {
        "method": "GET",
        "path": "/g/2026-05-23/signed/...",
        "status": 404,
        "release": "20260523T000000Z-abcdef0",
        "request": "e1506fd5",
    }


@pytest.mark.parametrize("event", [{}, {"manage": ["check"]}, {"detail-type": "Scheduled Event"}])
def test_web_is_no_way_to_commands(event: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="answers requests"):
        lambda_handler.web(event, None)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("arguments", [["deliverletters", "--dry-run"], "deliverletters --dry-run"])
def test_ops_runs_a_command(arguments: object, capsys: pytest.CaptureFixture[str]) -> None:
    answer = lambda_handler.ops({"manage": arguments}, None)

    assert "none sent (dry run)" in answer["output"]
    said = capsys.readouterr().out.splitlines()
    assert said[0] == answer["output"].splitlines()[0]
    assert json.loads(said[-1]) == {"command": "deliverletters", "exit": 0}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nosuchcommand"], "Unknown command"),
        (["importevents", "/nowhere.csv"], "nowhere"),
        (["createsuperuser", "--noinput"], "createsuperuser ended with 1"),
    ],
)
@pytest.mark.usefixtures("table")
def test_ops_fails_with_the_command(arguments: list[str], said: str) -> None:
    with pytest.raises(lambda_handler.CommandFailed, match=said):
        lambda_handler.ops({"manage": arguments}, None)


@pytest.mark.parametrize(
    "event",
    [{}, {"manage": []}, {"manage": ""}, {"manage": [1]}, {"command": "os.system"}, {"raw_command": "1"}],
)
def test_ops_takes_nothing_but_commands(event: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="takes"):
        lambda_handler.ops(event, None)


NOT_FOR_A_START = [
    "PIL",
    "bidi",
    "cryptography",
    "markdown_it",
    "nh3",
    "openpyxl",
    "reportlab",
    "rich",
    "scc.edge.deploying",
    "scc.emulator",
    "scc.sealing.boxes",
    "stripe",
    "uharfbuzz",
    "waivers.pdfs",
]


def test_importing_the_handler_makes_no_client_and_asks_nobody() -> None:
    code = (
        "import sys, boto3, botocore.session\n"
        "def refuse(*args, **kwargs): raise SystemExit('a client was made')\n"
        "botocore.session.Session.create_client = refuse\n"
        "from scc import lambda_handler\n"
        f"later = {NOT_FOR_A_START}\n"
        "print([name for name in later if name in sys.modules])"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "scc.settings",
        "AWS_LAMBDA_FUNCTION_NAME": "scc-production",
        "SCC_SITE_URL": "https://crew.example.com",
        "SCC_SECRET_KEY": "x" * 50,
        "SCC_KMS_KEY": "alias/scc-production",
    }

    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[]", "")


# The text that it shows is Markdown.
FOR_THE_TEXT = {"markdown_it", "nh3"}
# Each was imported once before a visitor's first page, which needs none of them.
NOT_FOR_A_WAIVER = [
    *[name for name in NOT_FOR_A_START if name not in FOR_THE_TEXT],
    "boto3",
    "django.contrib.sitemaps",
    "django_stubs_ext",
    "packaging.version",
    "payments.cards.provider",
    "payments.views",
    "requests",
    "s3transfer",
    "scc.dispatch.views",
    "scc.edge.routes",
    "scc.mail.outbox",
    "scc.staff.site",
    "segno",
    "storages",
    "waivers.forms",
    "waivers.signing",
]


@pytest.mark.usefixtures("table")
def test_the_first_waiver_imports_what_it_needs_and_no_more() -> None:
    event = make_event(slug="2026-05-23")
    request = make_request(f"/g/{event.slug}/waiver", headers={"x-origin-verify": SECRET})
    code = (
        "import json, sys\n"
        "from scc import lambda_handler\n"
        f"answer = lambda_handler.web(json.loads({json.dumps(request)!r}), None)\n"
        f"imported = [name for name in {NOT_FOR_A_WAIVER} if name in sys.modules]\n"
        "print(answer['statusCode'], 'id=\"typed\"' in answer['body'], imported)"
    )
    environment = {
        **{name: value for name, value in os.environ.items() if name.startswith("AWS_")},
        "PATH": os.environ["PATH"],
        "SCC_TABLE": settings.SCC_TABLE,
        "SCC_ORIGIN_SECRETS": SECRET,
    }

    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "200 True []"


def test_the_handler_leaves_the_collecting_of_garbage_on() -> None:
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
