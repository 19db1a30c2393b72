"""What stands in for CloudFront's cache: that it keeps what CloudFront keeps, and shields nobody from a fault."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest

from tests.rehearsal.cache import front as fronts
from tests.rehearsal.cache.config import config
from tests.rehearsal.cache.distribution import Behaviour, CachePolicy, Distribution, Named, NotModelled, read
from tests.rehearsal.cache.front import Front

DOMAIN = "d111111abcdef8.cloudfront.net"
MINUTE = CachePolicy(default=60, maximum=60)
OFF = CachePolicy()
PAGE = "/g/2026-05-23/waiver"

MANAGED_OFF = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
MANAGED_ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]


@dataclass
class Origin:
    """A server that answers every request with `status` and `headers`, and remembers what it was asked."""

    port: int = 0
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    asked: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    # Called before each answer.
    meet: Callable[[], object] = bool

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@pytest.fixture
def origin() -> Iterator[Origin]:
    origin = Origin()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            origin.asked.append((self.command, self.path, {name.lower(): v for name, v in self.headers.items()}))
            body = f"answer {len(origin.asked)}".encode()
            origin.meet()
            self.send_response(origin.status)
            for name, value in [*origin.headers, ("Content-Length", str(len(body)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

        do_GET = do_POST = answer  # noqa: N815  # as http.server looks for them

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    origin.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield origin
    server.shutdown()
    thread.join()
    server.server_close()


def front(origin: Origin, *behaviours: Behaviour, errors: Mapping[int, int] | None = None) -> Front:
    """Return a front with these behaviours, and a default that keeps nothing."""
    return Front(Distribution(DOMAIN, (*behaviours, Behaviour("*", OFF)), errors or {}), upstream=origin.address)


@dataclass(frozen=True)
class Answer:
    status: int
    hit: bool
    body: str
    headers: http.client.HTTPMessage


def ask(
    front: Front,
    path: str = PAGE,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    body: bytes | None = None,
) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", front.port, timeout=20)
    connection.request(method, path, body, dict(headers or {}))
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    shown = {"Hit from cloudfront": True, "Miss from cloudfront": False}
    return Answer(answer.status, shown.get(answer.headers["X-Cache"], False), text, answer.headers)


def lifetime(front: Front) -> str:
    """Return the seconds that the rules of the first policy give to what the origin answers now."""
    with socket.socket(socket.AF_UNIX) as inner:
        inner.connect(str(front.folder / "policy0"))
        inner.sendall(b"GET / HTTP/1.0\r\n\r\n")
        head = b"".join(iter(lambda: inner.recv(4096), b"")).partition(b"\r\n\r\n")[0].decode()
    return dict(line.split(": ", 1) for line in head.splitlines()[1:])["X-Accel-Expires"]


# For how long an answer is kept

WIDE = CachePolicy(minimum=5, default=30, maximum=600)
LIFETIMES = [
    # Without a minimum the origin has its way, up to the maximum.
    (MINUTE, 200, "", "60"),
    (MINUTE, 200, "public, max-age=60", "60"),
    (MINUTE, 200, "max-age=7", "7"),
    (MINUTE, 200, "max-age=61", "60"),
    (MINUTE, 200, "max-age=1000", "60"),
    (MINUTE, 200, "max-age=0", "0"),
    (MINUTE, 200, "max-age=5, s-maxage=20", "20"),
    (MINUTE, 200, "S-MaxAge=20,max-age=5", "20"),
    (MINUTE, 200, "max-age=5, s-maxage=0", "0"),
    (MINUTE, 200, "max-age=60, private", "0"),
    (MINUTE, 200, "no-store", "0"),
    (MINUTE, 200, "no-cache, max-age=60", "0"),
    (MINUTE, 303, "max-age=60", "60"),
    # A minimum counts for more than what the origin refuses.
    (WIDE, 200, "", "30"),
    (WIDE, 200, "no-store", "5"),
    (WIDE, 200, "max-age=1", "5"),
    (WIDE, 200, "max-age=0007", "7"),
    (WIDE, 200, "max-age=599", "599"),
    (WIDE, 200, "max-age=601", "600"),
    (WIDE, 200, "max-age=6000", "600"),
    (OFF, 200, "", "0"),
    (OFF, 200, "max-age=3600", "0"),
    # Errors have a minimum of their own, by the status; some heed no refusal.
    (OFF, 500, "no-store", "10"),
    (OFF, 503, "max-age=60", "10"),
    (MINUTE, 503, "max-age=60", "60"),
    (MINUTE, 404, "", "10"),
    (MINUTE, 404, "no-store", "0"),
    (MINUTE, 404, "max-age=3600", "60"),
    (MINUTE, 404, "max-age=2", "10"),
    (MINUTE, 403, "", "0"),
    (MINUTE, 403, "max-age=30", "30"),
    (MINUTE, 403, "max-age=30, no-store", "0"),
    (WIDE, 429, "max-age=30", "0"),
]


@pytest.mark.parametrize("policy", [MINUTE, WIDE, OFF], ids=["minute", "wide", "off"])
def test_lifetimes_are_cloudfronts(origin: Origin, policy: CachePolicy) -> None:
    found = []
    with front(origin, Behaviour("/g/*", policy)) as cache:
        for each, status, control, _ in LIFETIMES:
            if each == policy:
                origin.status, origin.headers = status, [("Cache-Control", control)] if control else []
                found.append((policy, status, control, lifetime(cache)))

    assert found == [each for each in LIFETIMES if each[0] == policy]


def test_lifetimes_of_errors_are_the_distributions(origin: Origin) -> None:
    origin.status, origin.headers = 503, [("Cache-Control", "no-store")]
    with front(origin, errors={503: 0}) as cache:
        assert lifetime(cache) == "0"


def test_a_functions_answer_is_never_kept(origin: Origin) -> None:
    origin.status = 404
    origin.headers = [("X-Cache", "FunctionGeneratedResponse from cloudfront")]
    with front(origin, Behaviour("/g/*", MINUTE)) as cache:
        answer = ask(cache)

        assert lifetime(cache) == "0"
        assert answer.headers.get_all("X-Cache") == ["FunctionGeneratedResponse from cloudfront"]


def test_an_answer_that_ran_out_is_asked_for_again(origin: Origin) -> None:
    origin.headers = [("Cache-Control", "max-age=1")]
    with front(origin, Behaviour("/g/*", MINUTE)) as cache:
        bodies = {ask(cache).body}
        while len(bodies) == 1:
            bodies.add(ask(cache).body)

    assert bodies == {"answer 1", "answer 2"}


# What is the same


def test_nothing_but_the_path_tells_copies_apart(origin: Origin) -> None:
    with front(origin, Behaviour("/g/*/waiver", MINUTE)) as cache:
        first = ask(cache)
        again = [
            ask(cache, headers={"Cookie": "sessionid=alice"}),
            ask(cache, f"{PAGE}?utm_source=mail"),
            ask(
                cache,
                headers={"Accept": "application/json", "Authorization": "Bearer x", "Origin": "https://a.example"},
            ),
            ask(cache, headers={"Cache-Control": "no-cache", "Pragma": "no-cache"}),
        ]
        other = ask(cache, "/g/2026-05-24/waiver")

    assert (first.hit, first.body) == (False, "answer 1")
    assert {(each.hit, each.body) for each in again} == {(True, "answer 1")}
    assert (other.hit, other.body) == (False, "answer 2")


ONE = {"Cookie": "a=1; b=2", "X-Way": "one", "Accept-Encoding": "gzip, br"}


@pytest.mark.parametrize(
    ("named", "path", "headers"),
    [
        ({"queries": Named("all")}, "?a=1&b=3", ONE),
        ({"queries": Named("whitelist", ("a",))}, "?a=2&b=2", ONE),
        ({"cookies": Named("all")}, "?a=1&b=2", ONE | {"Cookie": "a=1; b=3"}),
        ({"cookies": Named("whitelist", ("a",))}, "?a=1&b=2", ONE | {"Cookie": "a=2; b=2"}),
        ({"headers": Named("whitelist", ("X-Way",))}, "?a=1&b=2", ONE | {"X-Way": "two"}),
        ({"codings": ("gzip",)}, "?a=1&b=2", ONE | {"Accept-Encoding": "br"}),
    ],
    ids=["queries", "query", "cookies", "cookie", "header", "coding"],
)
def test_what_a_policy_names_tells_copies_apart(
    origin: Origin, named: dict[str, Any], path: str, headers: dict[str, str]
) -> None:
    with front(origin, Behaviour("/g/*", CachePolicy(default=60, maximum=60, **named))) as cache:
        hits = [ask(cache, f"{PAGE}?a=1&b=2", ONE).hit for _ in range(2)]
        hits += [ask(cache, f"{PAGE}{path}", headers).hit for _ in range(2)]

    assert hits == [False, True, False, True]


def test_the_first_behaviour_that_matches_counts(origin: Origin) -> None:
    behaviours = (Behaviour("/g/*/waiver", MINUTE), Behaviour("/g/*", OFF), Behaviour("/?/c.d", MINUTE))
    with front(origin, *behaviours) as cache:
        paths = (PAGE, "/g/a/b/waiver", "/g/2026-05-23/waiver/", "/G/2026-05-23/waiver", "/a/c.d", "/a/cxd", "/aa/c.d")
        kept = {path: (ask(cache, path), ask(cache, path))[1].hit for path in paths}

    assert kept == {
        PAGE: True,
        "/g/a/b/waiver": True,
        "/g/2026-05-23/waiver/": False,
        "/G/2026-05-23/waiver": False,
        "/a/c.d": True,
        "/a/cxd": False,
        "/aa/c.d": False,
    }


# What is asked of the origin


def test_a_post_goes_through_and_is_not_kept(origin: Origin) -> None:
    with front(origin, Behaviour("/g/*", MINUTE)) as cache:
        ask(cache)
        posts = [ask(cache, method="POST", body=b"name=Ana") for _ in range(2)]
        page = ask(cache)

    assert [(each.hit, each.body) for each in posts] == [(False, "answer 2"), (False, "answer 3")]
    assert (page.hit, page.body) == (True, "answer 1")
    assert [method for method, _, _ in origin.asked] == ["GET", "POST", "POST"]


def test_head_and_get_share_a_copy(origin: Origin) -> None:
    with front(origin, Behaviour("/g/*", MINUTE)) as cache:
        head = ask(cache, method="HEAD")
        page = ask(cache)

    assert (head.hit, head.body) == (False, "")
    assert (page.hit, page.body) == (True, "answer 1")


def test_the_upstream_is_asked_by_the_distributions_name_and_https(origin: Origin) -> None:
    with front(origin, Behaviour("/g/*", MINUTE)) as cache:
        ask(cache, "/g/a%2Fb//c?q=%20", {"Host": "a.example", "X-Forwarded-Proto": "http", "X-Own": "mine"})

    [(method, path, headers)] = origin.asked
    assert (method, path) == ("GET", "/g/a%2Fb//c?q=%20")
    assert headers["host"] == DOMAIN
    assert headers["x-forwarded-proto"] == "https"
    assert headers["x-own"] == "mine"
    assert "x-forwarded-for" not in headers


@pytest.mark.parametrize(("collapses", "asked"), [(True, 1), (False, 3)])
def test_requests_at_once_ask_as_one_where_no_cookie_is_forwarded(origin: Origin, collapses: bool, asked: int) -> None:
    barrier = threading.Barrier(asked)
    origin.meet = lambda: barrier.wait(timeout=10)
    with front(origin, Behaviour("/g/*", MINUTE, collapses)) as cache, ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: ask(cache), range(3)))

    assert {answer.status for answer in answers} == {200}
    assert len(origin.asked) == asked


# What it shields nobody from


def test_cookies_and_vary_are_kept_with_the_page(origin: Origin) -> None:
    origin.headers = [
        ("Cache-Control", "max-age=60"),
        ("Set-Cookie", "sessionid=alice; Path=/"),
        ("Set-Cookie", "csrftoken=hers"),
        ("Vary", "Cookie"),
    ]
    with front(origin, Behaviour("/g/*", MINUTE)) as cache:
        ask(cache, headers={"Cookie": "a=1"})
        answer = ask(cache, headers={"Cookie": "a=2"})

    assert answer.hit
    assert answer.headers.get_all("Set-Cookie") == ["sessionid=alice; Path=/", "csrftoken=hers"]
    assert answer.headers["Vary"] == "Cookie"


# Browsers


def test_browsers_come_by_tls(origin: Origin) -> None:
    context = ssl.create_default_context(cafile=str(fronts.CERTIFICATE))
    with front(origin, Behaviour("/g/*", MINUTE)) as cache:
        connection = http.client.HTTPSConnection("localhost", cache.tls_port, context=context, timeout=20)
        connection.request("GET", PAGE, headers={"Host": DOMAIN})
        first = connection.getresponse().read().decode()
        connection.close()
        second = ask(cache)

    assert (first, second.hit, second.body) == ("answer 1", True, "answer 1")


# Start and end


def test_front_ends_with_its_process(origin: Origin) -> None:
    script = f"""
import sys
from tests.rehearsal.cache.distribution import Behaviour, CachePolicy, Distribution
from tests.rehearsal.cache.front import Front
with Front(Distribution("a.example", (Behaviour("*", CachePolicy()),)), upstream="{origin.address}") as front:
    print(front.port, front.folder, flush=True)
    sys.stdin.read()
"""
    holder = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=fronts.ROOT
    )
    assert holder.stdout
    port, folder = holder.stdout.readline().decode().split()
    with socket.create_connection(("127.0.0.1", int(port))) as open_connection:
        os.kill(holder.pid, signal.SIGKILL)
        ended = open_connection.recv(1)
    holder.communicate()
    shutil.rmtree(folder)

    assert ended == b""


def test_front_without_nginx_says_what_to_type(monkeypatch: pytest.MonkeyPatch, origin: Origin, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(fronts, "PLACES", (tmp_path / "nginx",))

    with pytest.raises(FileNotFoundError, match="Type: make nginx"), front(origin):
        pass


def test_front_shows_what_nginx_said(origin: Origin) -> None:
    broken = Distribution("two words;", (Behaviour("*", OFF),))

    with pytest.raises(RuntimeError, match=r"(?s)nginx does not answer.*invalid number of arguments"):
        Front(broken, upstream=origin.address).__enter__()


def test_config_refuses_a_name_that_nginx_has_no_variable_for(tmp_path: Path) -> None:
    policy = CachePolicy(queries=Named("whitelist", ("aws.manifestfilter",)))

    with pytest.raises(NotModelled, match=r"no variable for aws\.manifestfilter"):
        config(
            Distribution(DOMAIN, (Behaviour("*", policy),)),
            upstream="127.0.0.1:1",
            folder=tmp_path,
            port=1,
            tls_port=2,
            certificate=tmp_path,
        )


# As the emulator's CloudFront has it


def make_policy(client: Any, name: str, *, cookies: str = "none", **more: Any) -> str:
    """Return the id of a new cache policy: a minute, keyed by the path alone."""
    nothing = {"HeadersConfig": {"HeaderBehavior": "none"}, "QueryStringsConfig": {"QueryStringBehavior": "none"}}
    keyed = {
        "EnableAcceptEncodingGzip": True,
        "EnableAcceptEncodingBrotli": False,
        "CookiesConfig": {"CookieBehavior": cookies},
        **nothing,
        **more,
    }
    made = client.create_cache_policy(
        CachePolicyConfig={
            "Name": name,
            "MinTTL": 0,
            "DefaultTTL": 60,
            "MaxTTL": 60,
            "ParametersInCacheKeyAndForwardedToOrigin": keyed,
        }
    )
    return str(made["CachePolicy"]["Id"])


def make_request_policy(client: Any, name: str) -> str:
    """Return the id of a new origin request policy: Origin, and nothing else."""
    made = client.create_origin_request_policy(
        OriginRequestPolicyConfig={
            "Name": name,
            "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": {"Quantity": 1, "Items": ["Origin"]}},
            "CookiesConfig": {"CookieBehavior": "none"},
            "QueryStringsConfig": {"QueryStringBehavior": "none"},
        }
    )
    return str(made["OriginRequestPolicy"]["Id"])


def behaviour(policy: str, request: str = "", *, cached: tuple[str, ...] = ("GET", "HEAD")) -> dict[str, Any]:
    methods = {"Quantity": 7, "Items": METHODS, "CachedMethods": {"Quantity": len(cached), "Items": list(cached)}}
    made = {
        "TargetOriginId": "origin",
        "ViewerProtocolPolicy": "redirect-to-https",
        "AllowedMethods": methods,
        "CachePolicyId": policy,
    }
    return made | ({"OriginRequestPolicyId": request} if request else {})


def make_distribution(client: Any, origin: Origin, **config: Any) -> str:
    """Return the id of a new distribution, whose default passes everything but the host and keeps nothing."""
    server = {"HTTPPort": origin.port, "HTTPSPort": 443, "OriginProtocolPolicy": "http-only"}
    secret = {"HeaderName": "X-Origin-Verify", "HeaderValue": "known"}
    made = client.create_distribution(
        DistributionConfig={
            "CallerReference": str(uuid4()),
            "Comment": "",
            "Enabled": True,
            "Origins": {
                "Quantity": 1,
                "Items": [
                    {
                        "Id": "origin",
                        "DomainName": "127.0.0.1",
                        "CustomOriginConfig": server,
                        "CustomHeaders": {"Quantity": 1, "Items": [secret]},
                    }
                ],
            },
            "DefaultCacheBehavior": behaviour(MANAGED_OFF, MANAGED_ALL_BUT_HOST),
            **config,
        }
    )
    return str(made["Distribution"]["Id"])


def one(behaviour: dict[str, Any]) -> dict[str, Any]:
    return {"CacheBehaviors": {"Quantity": 1, "Items": [{"PathPattern": "/g/*/waiver", **behaviour}]}}


@pytest.fixture
def client() -> Any:
    make: Any = boto3.client
    return make("cloudfront")


@pytest.fixture
def shared(client: Any, request: pytest.FixtureRequest) -> dict[str, Any]:
    name = request.node.name.replace("_", "-")
    return behaviour(make_policy(client, name), make_request_policy(client, name))


def test_read_gives_what_is_deployed(client: Any, origin: Origin, shared: dict[str, Any]) -> None:
    errors = {"Quantity": 1, "Items": [{"ErrorCode": 503, "ErrorCachingMinTTL": 0}]}
    made = make_distribution(client, origin, CustomErrorResponses=errors, **one(shared))

    found = read(client, made)

    assert found.domain.endswith(".cloudfront.net")
    assert found.behaviours == (
        Behaviour("/g/*/waiver", CachePolicy(default=60, maximum=60, codings=("gzip",)), collapses=True),
        Behaviour("*", OFF, collapses=False),
    )
    assert found.errors == {503: 0}


def test_read_refuses_what_is_not_modelled(client: Any, origin: Origin, request: pytest.FixtureRequest) -> None:
    policy = make_policy(client, request.node.name.replace("_", "-"), cookies="allExcept")
    excepting = make_distribution(client, origin, **one(behaviour(policy)))
    options = make_distribution(client, origin, **one(behaviour(MANAGED_OFF, cached=("GET", "HEAD", "OPTIONS"))))

    with pytest.raises(NotModelled, match="A cache policy keys allExcept"):
        read(client, excepting)
    with pytest.raises(NotModelled, match="keeps answers to OPTIONS"):
        read(client, options)


def test_misses_reach_the_origin_as_the_policies_say(client: Any, origin: Origin, shared: dict[str, Any]) -> None:
    deployed = read(client, make_distribution(client, origin, **one(shared)))
    headers = {"Origin": "https://a.example", "Cookie": "sessionid=alice", "X-Own": "mine"}
    with Front(deployed, upstream=client.meta.endpoint_url.removeprefix("http://")) as cache:
        page = [ask(cache, f"{PAGE}?a=1", headers) for _ in range(2)]
        board = [ask(cache, "/dispatch/?a=1", headers) for _ in range(2)]

    assert [answer.hit for answer in page + board] == [False, True, False, False]
    (_, page_path, to_page), (_, board_path, to_board), _ = origin.asked
    assert (page_path, board_path) == (PAGE, "/dispatch/?a=1")
    assert {name: to_page.get(name) for name in ("origin", "cookie", "x-own", "x-origin-verify")} == {
        "origin": "https://a.example",
        "cookie": None,
        "x-own": None,
        "x-origin-verify": "known",
    }
    assert (to_board["cookie"], to_board["x-own"]) == ("sessionid=alice", "mine")
    assert to_board["host"].startswith("127.0.0.1")
