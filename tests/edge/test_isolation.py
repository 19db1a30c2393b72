"""The isolation run against the project behind a cache, and against faults that it has to find."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from pytest_django import Settings

from scc.edge import routes
from scc.edge.web import Answer
from scc.staff.rows import Role
from scc.wsgi import Application
from tests.builders import DAY, make_event
from tests.people import PASSWORD, make_user
from tests.rehearsal import isolation
from tests.rehearsal.cache.distribution import Behaviour, CachePolicy, Distribution
from tests.rehearsal.cache.front import Front
from tests.rehearsal.isolation import Leak, Login, Report
from tests.rehearsal.isolation.judging import Judge, Visit
from waivers import publishing, views

DOMAIN = "d111111abcdef8.cloudfront.net"
SITE = f"https://{DOMAIN}"
SLUGS = [(DAY + timedelta(days=number)).isoformat() for number in range(6)]
STAFF = (
    Login("wilhelmina", PASSWORD, "Wilhelmina Quist"),
    Login("bartholomew", PASSWORD, "Bartholomew Zajac"),
)

POLICIES = {
    routes.Cache.SHARED: CachePolicy(default=60, maximum=60),
    routes.Cache.IMMUTABLE: CachePolicy(minimum=1, default=86_400, maximum=31_536_000),
    routes.Cache.NONE: CachePolicy(),
}


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(autouse=True)
def _season(table: None, settings: Settings) -> None:
    """Departures and staff, of a site that visitors know by CloudFront's name."""
    settings.SCC_SITE_URL, settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = SITE, [DOMAIN], [SITE]
    publishing.publish_shipped()
    for number, slug in enumerate(SLUGS):
        make_event(slug=slug, date=DAY + timedelta(days=number))
    for login in STAFF:
        make_user(username=login.username, name=login.name, role=Role.OWNER)


@contextmanager
def served() -> Iterator[str]:
    """Where the project answers, "host:port", by the settings as they are now. All that a visitor sends reaches it."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(Application())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run(*, requests: int = 300, policies: Mapping[routes.Cache, CachePolicy] = POLICIES) -> Report:
    behaviours = tuple(Behaviour(each.pattern, policies[each.cache]) for each in routes.behaviours())
    with served() as origin, Front(Distribution(DOMAIN, behaviours), upstream=origin) as front:
        return isolation.run(site=SITE, port=front.port, slugs=SLUGS, staff=STAFF, requests=requests)


def on_waivers(change: Callable[[HttpRequest, HttpResponse], None]) -> Callable[[Any], Any]:
    """Return a middleware that changes the page of a waiver before the others see it."""

    def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
        def answer(request: HttpRequest) -> HttpResponse:
            response = get_response(request)
            if request.method in {"GET", "HEAD"} and request.path.endswith("/waiver"):
                change(request, response)
            return response

        return answer

    return middleware


def put_token(request: HttpRequest, response: HttpResponse) -> None:
    field = f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">'
    response.content = response.content.replace(
        b'<input type="hidden" name="text"', field.encode() + b'<input type="hidden" name="text"'
    )


def put_name(request: HttpRequest, response: HttpResponse) -> None:
    response.content += getattr(request.user, "name", "").encode()


with_token = on_waivers(put_token)
with_name = on_waivers(put_name)


def test_run_nobody_gets_what_was_made_for_someone_else() -> None:
    report = run(requests=600)

    assert report.faults == [], str(report)
    assert report.requests >= 600
    assert set(report.modes) == {"no", "staff", "foreign"}
    assert report.hits.total() > 400
    assert report.signed == report.asked["sign"] + report.asked["sign by script"] >= 10


def test_run_finds_a_token_in_the_page(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.edge.test_isolation.with_token"]
    monkeypatch.setattr(views.waiver, "csrf_exempt", False)

    report = run()

    assert {Leak.COOKIE, Leak.VARIES, Leak.TOKEN, Leak.REFUSED} <= set(report.leaks), str(report)
    assert report.signed < report.asked["sign"] + report.asked["sign by script"]


def test_run_finds_the_session_in_the_page(settings: Settings) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.edge.test_isolation.with_name"]

    report = run()

    assert {Leak.VARIES, Leak.SECRET} <= set(report.leaks), str(report)


def test_run_finds_a_page_that_answers_a_broken_cookie(settings: Settings) -> None:
    stock = "django.contrib.sessions.middleware.SessionMiddleware"
    settings.MIDDLEWARE = [
        stock if name == "scc.middleware.SessionMiddleware" else name for name in settings.MIDDLEWARE
    ]

    report = run()

    assert set(report.leaks) == {Leak.COOKIE, Leak.VARIES}, str(report)


def test_run_finds_staff_pages_that_are_kept() -> None:
    # Above 0 the minimum counts for more than `no-store`.
    policies = POLICIES | {routes.Cache.NONE: CachePolicy(minimum=60, default=60, maximum=60)}

    report = run(policies=policies)

    # Whose page is kept first is chance: a stranger's way to the login holds no secret.
    assert {Leak.PRIVATE, Leak.NOT_OWN} <= set(report.leaks), str(report)


def test_run_without_a_cache_shows_nothing() -> None:
    policies = POLICIES | {routes.Cache.SHARED: CachePolicy()}

    with pytest.raises(LookupError, match="The cache keeps no waiver of 2026-05-2"):
        run(policies=policies)


def test_run_needs_departures_for_its_signatures() -> None:
    with pytest.raises(ValueError, match="takes 7 departures or more, not 6"):
        isolation.run(site=SITE, port=0, slugs=SLUGS, staff=STAFF)


def test_judge_sees_that_a_page_is_not_the_same_for_everyone() -> None:
    judge = Judge(seed=7)

    for body in (b"one", b"one", b"two"):
        judge.see(Visit("read", "/g/2026-05-23/waiver"), Answer(200, {}, body=body))
    judge.see(Visit("read", "/g/2026-05-24/waiver"), Answer(200, {}, body=b"three"))

    assert judge.finish().leaks == {Leak.DIFFERS: 2}


def test_report_says_what_leaked_but_no_secret() -> None:
    judge = Judge(seed=7)
    judge.keep_secret("a session's key", of="alice", is_staff=True)
    answer = Answer(200, {"x-cache": "Hit from cloudfront", "vary": "Accept, Cookie"}, ["a=b"], b"has a session's key")

    judge.see(Visit("read", "/g/2026-05-23/waiver?a=1", mode="staff"), answer)
    judge.see(Visit("receipt", "/g/2026-05-23/signed/a-secret", mode="no", names="Ana"), Answer(404, {}))
    report = judge.finish()

    assert report.leaks == {Leak.COOKIE: 1, Leak.VARIES: 1, Leak.SECRET: 1, Leak.NOT_OWN: 1, Leak.REFUSED: 1}
    assert str(report).splitlines() == [
        "2 requests in 0.0 s, seed 7",
        "1 hits, 1 misses, 0 signatures, 5 faults",
        "  read                      1,      1 hits",
        "  receipt                   1,      0 hits",
        "  shared pages, by cookies: staff 1",
        "  GET /g/2026-05-23/waiver?a=1 (read, staff cookies), 200: sets a cookie",
        "  GET /g/2026-05-23/waiver?a=1 (read, staff cookies), 200: varies by cookie",
        "  GET /g/2026-05-23/signed/... (receipt, no cookies), 404: does not name whom it is for",
        "  GET /g/2026-05-23/signed/... (receipt, no cookies), 404: was refused",
        "  GET /g/2026-05-23/waiver?a=1 (read, staff cookies): holds what belongs to someone else",
    ]
