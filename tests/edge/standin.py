"""A stand-in for CloudFront, S3 and Lambda, on this machine: the behaviours of the URLconf before the function itself.

It is right as it starts. Each part can be put out of order, to see that somebody notices.
"""

from __future__ import annotations

import base64
import posixpath
import threading
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from scc import lambda_handler
from scc.edge import routes, statics
from scc.edge.routes import Behaviour, Cache, Origin

HOST = "d111111abcdef8.cloudfront.net"
SLOT_HOST = "slot.lambda-url.us-west-2.on.aws"
LIVE_HOST = "live.lambda-url.us-west-2.on.aws"
BUCKET_HOST = "scc-test-site-000000000000.s3.us-west-2.amazonaws.com"
RELEASE = "20260523T000000Z-abcdef0"
SECRET = "the-origins-secret"
# What no shared page is given of a visitor.
HIDDEN = {"cookie", "x-forwarded-host", "forwarded"}


@dataclass
class Reply:
    """An answer on its way back."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    cookies: list[str] = field(default_factory=list)


class Edge(ThreadingHTTPServer):
    """The server. change: what is done to each answer of CloudFront's, by its path."""

    def __init__(self, *, static: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.static = static
        self.landing = Path(settings.BASE_DIR) / "infra" / "landing"
        self.behaviours = routes.behaviours()
        # The behaviour that S3 has where nothing else matches.
        self.default: Callable[[str], Reply] = self.answer_unknown
        self.change: Callable[[str, Reply], None] = lambda path, reply: None
        # Headers of a visitor's that CloudFront keeps from Django, by path.
        self.drops: Callable[[str], set[str]] = lambda path: set()
        # Paths to which nothing is said.
        self.silent: set[str] = set()
        self.checks_secret = True
        self.redirects = True
        self.bucket_is_open = False
        self.asked: list[tuple[str, str, str]] = []
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def answer(self, request: _Request, body: bytes) -> Reply:
        host, path = request.headers["Host"], urlsplit(request.path).path
        self.asked.append((request.command, host, request.path))
        if host in {SLOT_HOST, LIVE_HOST}:
            return _call(request, body, more={} if self.checks_secret else {"x-origin-verify": SECRET})
        if host == BUCKET_HOST:
            return self.read("index.html", self.landing) if self.bucket_is_open else _denied()
        if self.redirects and request.headers["X-Forwarded-Proto"] != "https":
            return Reply(301, {"Location": f"https://{host}{request.path}", "Server": "CloudFront"})
        reply = self.through_cloudfront(request, body, path)
        self.change(path, reply)
        return reply

    def through_cloudfront(self, request: _Request, body: bytes, path: str) -> Reply:
        behaviour = routes.serving(path, self.behaviours)
        if behaviour.origin is Origin.LAMBDA:
            more = {"x-origin-verify": SECRET, "x-viewer-address": "203.0.113.7"}
            kept_back = self.drops(path) | (HIDDEN if behaviour.cache is Cache.SHARED else set())
            return _call(request, body, more=more, without=kept_back)
        if behaviour.pattern == routes.DEFAULT:
            return self.default(path)
        return self.read(path.removeprefix("/_staging").removeprefix("/static/"), self.static)

    def answer_unknown(self, path: str) -> Reply:
        """As the function before the default behaviour does."""
        if path[1:] in {"index.html", "robots.txt", "favicon.ico"}:
            return self.read(path[1:], self.landing)
        page = (self.landing / "404.html").read_bytes()
        headers = {"Content-Type": "text/html; charset=utf-8", "X-Cache": "FunctionGeneratedResponse from cloudfront"}
        return Reply(404, headers, page)

    def read(self, name: str, folder: Path) -> Reply:
        if not (folder / name).is_file():
            return _denied()
        types = {**statics.CONTENT_TYPES, ".html": "text/html", ".txt": "text/plain"}
        headers = {"Content-Type": types[posixpath.splitext(name)[1]], "Server": "AmazonS3"}
        if folder == self.static:
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return Reply(200, headers, (folder / name).read_bytes())

    def without(self, pattern: str) -> list[Behaviour]:
        """Return the behaviours but the one of that pattern."""
        return [behaviour for behaviour in self.behaviours if behaviour.pattern != pattern]


class _Request(BaseHTTPRequestHandler):
    server: Edge

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if urlsplit(self.path).path in self.server.silent:
            return
        reply = self.server.answer(self, body)
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        for cookie in reply.cookies:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_HEAD = do_POST = do_GET  # noqa: N815  # the names that its base class looks for


def _call(request: _Request, body: bytes, *, more: dict[str, str], without: AbstractSet[str] = frozenset()) -> Reply:
    """Call the function as Lambda does."""
    given = {name.lower(): value for name, value in request.headers.items() if name.lower() not in without}
    parts = urlsplit(request.path)
    event: dict[str, Any] = {
        "version": "2.0",
        "rawPath": parts.path,
        "rawQueryString": parts.query,
        "headers": {**given, **more},
        "requestContext": {
            "http": {"method": request.command, "path": parts.path, "protocol": "HTTP/1.1", "sourceIp": "130.176.0.1"}
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
    answer = lambda_handler.web(event, None)
    content = answer["body"]
    return Reply(
        answer["statusCode"],
        dict(answer["headers"]),
        base64.b64decode(content) if answer["isBase64Encoded"] else content.encode(),
        list(answer.get("cookies", [])),
    )


def _denied() -> Reply:
    body = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>"
    return Reply(403, {"Content-Type": "application/xml", "Server": "AmazonS3"}, body)
