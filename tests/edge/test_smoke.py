"""Each fault that a smoke test is for, made on purpose and seen."""

from __future__ import annotations

import itertools
import re
import socket
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import settings as project
from pytest_django import Settings

from scc.dynamo.rows import Row
from scc.edge import smoke, statics, verdicts, visiting
from scc.edge.routes import Behaviour, Cache, Origin
from scc.edge.visiting import Finding, Slot, Target, Visitor
from scc.edge.web import Answer
from tests.builders import make_event
from tests.edge.standin import BUCKET_HOST, HOST, LIVE_HOST, RELEASE, SECRET, SLOT_HOST, Edge, Reply

SITE = f"https://{HOST}"
EVENT = "2026-05-23"
WAIVER = f"/g/{EVENT}/waiver"
# The names of checks.
WAIVERS = "/g/*/waiver"
ALIKE = "the waiver for everyone"
STATIC = "/static/*"
BUCKET = f"https://{BUCKET_HOST}/index.html"


@pytest.fixture(scope="session")
def static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("static")
    statics.collect(folder)
    return folder


@pytest.fixture
def edge(table: None, static: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edge]:
    """A stage that is as it must be, with one open departure."""
    settings.SCC_ORIGIN_SECRETS = [SECRET]
    settings.SCC_RELEASE = RELEASE
    settings.SCC_SITE_URL = SITE
    settings.SCC_HTTPS = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.ALLOWED_HOSTS = [HOST]
    settings.CSRF_TRUSTED_ORIGINS = [SITE]
    settings.STATIC_ROOT = static
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "scc.edge.statics.Storage"}}
    make_event()
    edge = Edge(static=static)
    edge.start()
    # Every host is asked there, each by its own name.
    monkeypatch.setenv("AWS_ENDPOINT_URL", edge.url)
    monkeypatch.setattr(visiting, "PAUSE", 0.01)
    yield edge
    edge.stop()


def make_target(
    *, event: str = EVENT, release: str = RELEASE, slot: Slot | None = None, static: Path | None = None
) -> Target:
    hosts = (LIVE_HOST, SLOT_HOST)
    return Target(site=SITE, release=release, event=event, slot=slot, static=static, hosts=hosts, buckets=(BUCKET,))


def find(name: str, target: Target, *, settle_seconds: float = 0) -> Finding:
    """Do the one check of that name."""
    (check,) = [check for check in smoke.checks(Visitor(target, settle_seconds)) if check.name == name]
    return check.find()


def stored() -> list[str]:
    # The client that there is: a new one would look for DynamoDB at the stand-in.
    client: Any = Row._get_connection().connection.client
    items = client.scan(TableName=project.SCC_TABLE)["Items"]
    return sorted(str(item) for item in items)


def run(target: Target, *, settle_seconds: float = 0) -> tuple[dict[str, str], list[str]]:
    """Return what each check that failed said, by its name, and every line."""
    said: list[str] = []
    findings = smoke.run(target, say=said.append, settle_seconds=settle_seconds)
    return {finding.name: "; ".join(finding.faults) for finding in smoke.failed(findings)}, said


def test_run_finds_nothing_wrong_with_what_is_right(edge: Edge, static: Path) -> None:
    failed, said = run(make_target())

    assert failed == {}
    assert "ok    /g/*/waiver  Lambda, 60 s, no cookie" in said
    assert "ok    /admin/events/event/  Lambda, not cached" in said
    assert "ok    /g/*/waiver/known  Lambda, not cached" in said
    assert "ok    /g/*/signed/*/waiver.pdf  Lambda, not cached" in said
    assert "ok    /wp-login.php  the landing's 404, no function" in said
    assert re.fullmatch(rf"{len(said) - 1} checks, 0 failed, \d+\.\d s", said[-1])


def test_run_asks_for_every_route_once_by_its_own_path(edge: Edge) -> None:
    run(make_target())

    asked = [path for method, host, path in edge.asked if (method, host) == ("GET", HOST)]
    for path in ("/", "/dispatch", "/admin", "/dispatch/smoke-test/money/", "/api/g/smoke-test", WAIVER):
        assert path in asked
    assert asked.count("/admin/events/event/add/") == 1


def test_run_writes_nothing(edge: Edge) -> None:
    before = stored()

    run(make_target())

    assert stored() == before


def test_the_waiver_served_by_s3_with_status_200(edge: Edge) -> None:
    """The bug that this project began with."""
    edge.behaviours = [each for each in edge.behaviours if not each.pattern.startswith("/g/")]
    edge.default = lambda path: Reply(
        200, {"Content-Type": "text/html", "Server": "AmazonS3"}, b"<h1>SPA dispatch</h1>"
    )

    failed, said = run(make_target())

    assert failed[WAIVERS] == (
        f"GET {WAIVER}: expected Lambda, got S3: 200 text/html '<h1>SPA dispatch</h1>'; "
        f"GET {WAIVER}: expected Cache-Control public, max-age=60, got none"
    )
    assert f"FAIL  {WAIVERS}  {failed[WAIVERS]}" in said
    assert {"/g/*/signed/*", "/g/*/waiver/", ALIKE} <= failed.keys()
    assert not [name for name in failed if name.startswith(("/admin", "/dispatch", "/api"))]


def test_the_waiver_answered_by_the_landing(edge: Edge) -> None:
    edge.behaviours = [each for each in edge.behaviours if not each.pattern.startswith("/g/")]

    assert "expected Lambda, got the landing: 404" in str(find(WAIVERS, make_target()))


Break = Callable[[Edge], None]
Change = Callable[[Reply], None]


def on(path: str, change: Change) -> Break:
    """Return what breaks the answers to `path` alone; to "*.css", those of all such files."""

    def break_it(edge: Edge) -> None:
        edge.change = lambda asked, reply: change(reply) if fnmatch(asked, path) and reply.status == 200 else None

    return break_it


def header(name: str, value: str) -> Change:
    def change(reply: Reply) -> None:
        reply.headers = {each: reply.headers[each] for each in reply.headers if each.lower() != name.lower()}
        reply.headers |= {name: value} if value else {}

    return change


def body(old: bytes, new: bytes) -> Change:
    def change(reply: Reply) -> None:
        reply.body = reply.body.replace(old, new)

    return change


def status(number: int) -> Change:
    return lambda reply: setattr(reply, "status", number)


def cookies(*lines: str) -> Change:
    return lambda reply: setattr(reply, "cookies", list(lines))


def drop(name: str, paths: str) -> Break:
    """Return what keeps a visitor's header from Django."""
    return lambda edge: setattr(edge, "drops", lambda path: {name} if fnmatch(path, paths) else set())


def lead(pattern: str, origin: Origin) -> Break:
    """Return what leads a pattern elsewhere, before all other behaviours that lead it nowhere else first."""

    def break_it(edge: Edge) -> None:
        others = [each for each in edge.behaviours if each.pattern != pattern]
        edge.behaviours = [*others, Behaviour(pattern, origin, Cache.NONE)]
        if pattern != "*":
            edge.behaviours = edge.behaviours[-1:] + edge.behaviours[:-1]

    return break_it


def error_pages(edge: Edge) -> None:
    """The distribution's own page for every 403 and 404."""

    def replace(path: str, reply: Reply) -> None:
        if reply.status in {403, 404}:
            reply.status, reply.headers = 200, {"Content-Type": "text/html"}
            reply.body = (edge.landing / "index.html").read_bytes()

    edge.change = replace


def switch(name: str, value: bool) -> Break:
    return lambda edge: setattr(edge, name, value)


PAGE = b'<meta name="generator" content="Ship Captain Crew">'
ICON = b'<link rel="icon" href="'
LOGIN = "/admin/login/"
FORM = "the login's form"
COOKIES = "the login's cookies"
OWN = "a signature from our own page"
NO_FILE = "/static/* without a file"

# What is broken, the check that must see it, and what it says.
FAULTS: dict[str, tuple[Break, str, str]] = {
    "a cookie on the waiver": (on(WAIVER, cookies("sessionid=hers")), WAIVERS, "expected no cookie, got sessionid"),
    "the waiver varies": (on(WAIVER, header("Vary", "Cookie")), WAIVERS, "but Accept-Encoding, got cookie"),
    "the waiver kept long": (on(WAIVER, header("Cache-Control", "public, max-age=600")), WAIVERS, "max-age=60, got pu"),
    "the waiver not kept": (on(WAIVER, header("Cache-Control", "")), WAIVERS, "public, max-age=60, got none"),
    "a token in the waiver": (on(WAIVER, body(PAGE, PAGE + b"csrftoken")), WAIVERS, "no token in the page, got csrft"),
    "the waiver gone": (on(WAIVER, status(404)), WAIVERS, "expected the page, got Lambda"),
    "no page of ours": (on(WAIVER, body(PAGE, b"")), WAIVERS, "expected a page of ours, got Lambda"),
    "the waiver breaks": (on(WAIVER, status(500)), WAIVERS, "expected no error, got 500"),
    "another release": (on(WAIVER, header("x-scc-release", "old")), WAIVERS, f"expected release {RELEASE}, got old"),
    "no release": (on(WAIVER, header("x-scc-release", "")), WAIVERS, "expected Lambda, got somebody else: 200"),
    "a foreign link": (on(LOGIN, body(ICON, ICON + b"//evil.example")), LOGIN, "got evil.example"),
    "the admin kept": (
        on(LOGIN, header("Cache-Control", "max-age=60")),
        LOGIN,
        "Cache-Control no-store, got max-age=60",
    ),
    "the admin from a cache": (on(LOGIN, header("X-Cache", "Hit from cloudfront")), LOGIN, "got one from a cache"),
    "no JSON": (on("/healthz", body(b"{", b"")), "/healthz", "expected a JSON object, got Lambda"),
    "neither page nor JSON": (on("/healthz", header("Content-Type", "text/plain")), "/healthz", "a page or JSON, got"),
    "the table away": (on("/healthz", body(b"ok", b"unavailable")), "the table", 'expected {"status": "ok"}, got'),
    "a plain cookie": (on(LOGIN, cookies("csrftoken=x; Path=/")), COOKIES, "expected Secure cookies, got csrftoken"),
    "no cookie": (on(LOGIN, cookies()), COOKIES, "expected a cookie, got none"),
    "no cookie arrives": (drop("cookie", "/admin/*"), FORM, "expected 200, got Lambda"),
    "no Origin arrives": (drop("origin", "/g/*"), OWN, "expected 404, got Lambda"),
    "the default leads to Lambda": (lead("*", Origin.LAMBDA), "/wp-login.php", "that no function is asked, got Lambda"),
    "a path of Django's leads to S3": (
        lead("/dispatch/*", Origin.SITE),
        "/dispatch/*/money/",
        "expected Lambda, got S3",
    ),
    "a slash is missing": (lead("/dispatch", Origin.SITE), "/dispatch", "expected Lambda, got S3: 403"),
    "error pages": (error_pages, "/g/*/signed/*", "expected Lambda, got the landing: 200"),
    "error pages for scanners": (error_pages, "/.env", "expected the landing's 404, got the landing: 200"),
    "error pages for files": (error_pages, NO_FILE, "expected 403 or 404, got the landing: 200"),
    "files by Lambda": (lead("/static/*", Origin.LAMBDA), STATIC, "that no function is asked, got Lambda"),
    "files gone": (on("*.css", status(403)), STATIC, "expected a file of text/css, got S3: 403"),
    "files empty": (on("*.css", lambda reply: setattr(reply, "body", b"")), STATIC, "expected a file of text/css, got"),
    "files of another type": (
        on("*.css", header("Content-Type", "text/plain")),
        STATIC,
        "of text/css, got S3: 200 text/pl",
    ),
    "files of another release": (on("*.css", body(b"}", b" }")), STATIC, "expected the release's own file, got S3"),
    "files for a minute": (on("*.css", header("Cache-Control", "max-age=60")), STATIC, "a year, got max-age=60"),
    "http": (switch("redirects", False), "http:", "expected a redirect to https, got Lambda"),
    "an open bucket": (switch("bucket_is_open", True), BUCKET, "expected 403, got S3: 200 text/html"),
    "an open function": (switch("checks_secret", False), LIVE_HOST, "that no function is asked, got Lambda"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_finds(fault: str, edge: Edge) -> None:
    break_it, name, words = FAULTS[fault]
    target = make_target(static=edge.static)
    assert str(find(name, target)).startswith("ok ")
    break_it(edge)

    finding = find(name, target)

    assert words in str(finding)
    assert str(finding).startswith(f"FAIL  {name}  ")


def test_run_finds_a_waiver_that_is_not_the_same_for_all(edge: Edge) -> None:
    numbers = itertools.count()
    edge.change = lambda path, reply: body(PAGE, PAGE + b"%d" % next(numbers))(reply) if path == WAIVER else None

    finding = find(ALIKE, make_target())

    assert len(finding.faults) == 3
    for name, fault in zip(("cookies", "forged headers", "a query"), finding.faults, strict=True):
        assert fault.startswith(f"GET {WAIVER} with {name}: expected the same bytes as without, got Lambda")


@pytest.mark.parametrize(
    "location", ["https://forged.invalid/admin/login/", "//forged.invalid/", "https:forged.invalid"]
)
def test_run_finds_a_redirect_elsewhere(location: str, edge: Edge) -> None:
    edge.change = lambda path, reply: header("Location", location)(reply) if path == "/admin/" else None

    assert "expected a redirect" in str(find("/admin/", make_target()))
    assert "expected forged.invalid nowhere" in str(find("forged headers", make_target()))


def test_run_finds_files_that_no_page_names(edge: Edge) -> None:
    on("*", body(b"/static/", b"/files/"))(edge)

    assert find(STATIC, make_target()).faults == (f"GET {LOGIN}: expected links to /static/, got none",)


def test_run_without_a_departure_says_so(edge: Edge) -> None:
    failed, said = run(make_target(event=""))

    assert failed == {}
    assert "ok    /g/*/waiver  Lambda, not cached, 404: no departure is open" in said


def test_run_without_a_departure_finds_the_waiver_at_s3(edge: Edge) -> None:
    lead("/g/*", Origin.SITE)(edge)

    assert "expected Lambda, got S3: 403" in str(find(WAIVERS, make_target(event="")))


def test_run_asks_a_slot_as_cloudfront_does(edge: Edge) -> None:
    failed, said = run(make_target(slot=Slot(SLOT_HOST, SECRET), static=edge.static))

    assert failed == {}
    for host, path in ((SLOT_HOST, WAIVER), (SLOT_HOST, "/admin/events/event/"), (HOST, "/wp-login.php")):
        assert ("GET", host, path) in edge.asked
    assert ("GET", HOST, "/admin/events/event/") not in edge.asked
    assert [
        path for _, host, path in edge.asked if "/static/" in path and not path.startswith("/_staging/static/")
    ] == []
    assert SECRET not in "".join(said)


def test_run_finds_before_a_release_is_live_that_cloudfront_leads_elsewhere(edge: Edge) -> None:
    edge.behaviours = [each for each in edge.behaviours if not each.pattern.startswith("/g/")]

    failed, _ = run(make_target(slot=Slot(SLOT_HOST, SECRET)))

    assert failed.keys() == {"/g/*/waiver through CloudFront", "/g/* through CloudFront"}
    assert f"GET {WAIVER}: expected Lambda, got the landing: 404" in failed["/g/*/waiver through CloudFront"]


def test_run_lets_a_release_be_mended(edge: Edge) -> None:
    """What is live breaks on every page; what shall replace it is in the slot."""

    def broken(path: str, reply: Reply) -> None:
        if "x-scc-release" in reply.headers:
            reply.status, reply.headers = 502, {"Content-Type": "application/json"}

    edge.change = broken

    assert run(make_target(slot=Slot(SLOT_HOST, SECRET)))[0] == {}


def test_run_does_not_wait_for_a_slot_to_be_live(edge: Edge) -> None:
    edge.change = lambda path, reply: (
        header("x-scc-release", "old")(reply) if "x-scc-release" in reply.headers else None
    )

    assert run(make_target(slot=Slot(SLOT_HOST, SECRET)), settle_seconds=60)[0] == {}
    assert edge.asked.count(("GET", HOST, "/dispatch")) == 1


def test_run_finds_a_slot_that_takes_another_secret(edge: Edge) -> None:
    failed, said = run(make_target(slot=Slot(SLOT_HOST, "another-secret")))

    assert "expected Lambda, got somebody else: 403 text/plain 'Forbidden'" in failed["/dispatch/"]
    assert "another-secret" not in "".join(said)


def test_slot_shows_no_secret() -> None:
    assert SECRET not in repr(make_target(slot=Slot(SLOT_HOST, SECRET)))


def test_run_expects_one_release_where_none_is_named(edge: Edge) -> None:
    on(LOGIN, header("x-scc-release", "old"))(edge)

    failed, _ = run(make_target(release=""))

    assert f"expected release {RELEASE}, got old" in failed[LOGIN]


@pytest.mark.parametrize("change", [status(502), status(503), status(504), header("x-scc-release", "old")])
def test_run_asks_again_while_something_is_on_its_way(change: Change, edge: Edge) -> None:
    first: set[str] = set()

    def be_late(path: str, reply: Reply) -> None:
        if path not in first:
            change(reply)
        first.add(path)

    edge.change = be_late

    assert find(WAIVERS, make_target(), settle_seconds=60).faults == ()
    assert len(edge.asked) == 2


def test_run_does_not_ask_again_for_ever(edge: Edge) -> None:
    on(WAIVER, status(503))(edge)

    assert "expected no error, got 503" in str(find(WAIVERS, make_target(), settle_seconds=0.05))


def test_run_does_not_ask_again_for_what_is_wrong(edge: Edge) -> None:
    on("/healthz", status(500))(edge)

    find("/healthz", make_target(), settle_seconds=60)

    assert edge.asked == [("GET", HOST, "/healthz")]


def test_run_ends_when_nobody_answers(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL", nobody)

    failed, said = run(make_target(), settle_seconds=0.05)

    assert failed == {SITE: f"{HOST} did not answer: [Errno 111] Connection refused"}
    assert len(said) == 2


def test_run_goes_on_when_one_is_not_answered(edge: Edge) -> None:
    edge.silent = {"/api/events"}

    failed, _ = run(make_target())

    assert failed == {"/api/events": f"{HOST} did not answer: Remote end closed connection without response"}


def test_run_ends_in_time(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visiting, "LONGEST", 0.05)

    failed, said = run(make_target())

    assert "was not asked: the test took too long" in "".join(failed.values())
    assert said[-1].startswith(f"{len(said) - 1} checks")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/static/css/app.css", "expected a hash in the name, got none"),
        ("/static/app.0123456789ab.exe", "a known type"),
    ],
)
def test_of_static_finds(path: str, words: str) -> None:
    headers = {"content-type": "text/css", "cache-control": "public, max-age=31536000, immutable"}

    assert words in "".join(verdicts.of_static(Answer(200, headers, body=b"a {}"), path))


def test_every_page_names_the_software() -> None:
    """The marker by which a page of Django's is known, and not taken for the landing's."""
    templates = Path(project.BASE_DIR) / "templates"
    landing = Path(project.BASE_DIR) / "infra" / "landing"

    for page in (templates / "base.html", templates / "admin" / "base_site.html"):
        assert verdicts.PAGE in page.read_text()
    for page in landing.glob("*.html"):
        assert verdicts.LANDING in page.read_text()
        assert verdicts.PAGE not in page.read_text()


def test_an_emulator_that_checks_nobody_is_not_taken_for_closed() -> None:
    client = boto3.client("s3")
    name = "scc-smoke-test-open"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    client.put_object(Bucket=name, Key="index.html", Body=b"<h1>Welcome aboard</h1>", ContentType="text/html")
    address = f"https://{name}.s3.us-west-2.amazonaws.com/index.html"

    finding = find(address, Target(site=SITE, buckets=(address,)))

    client.delete_object(Bucket=name, Key="index.html")
    client.delete_bucket(Bucket=name)
    assert "expected 403, got S3: 200" in str(finding)
