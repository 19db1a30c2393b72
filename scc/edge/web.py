"""Requests as a visitor sends them: nothing followed, nothing kept, every header to look at."""

from __future__ import annotations

import http.client
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# A cold function answers within a few seconds.
SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are in small letters; `cookies` are the Set-Cookie lines."""

    status: int
    headers: Mapping[str, str]
    cookies: list[str] = field(default_factory=list)
    body: bytes = b""

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


def emulator() -> str:
    """Return "host:port" of an AWS on this machine, through which every address is reached then; else ""."""
    parts = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
    return parts.netloc if parts.hostname in LOOPBACK else ""


def ask(
    url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> Answer:
    """Send one request and return its answer, whatever its status. Raises OSError or HTTPException when there is none.

    url: absolute, with the host that it is for. With an emulator the request goes there, in plain HTTP, as one that came
    by the URL's own scheme.
    """
    parts = urlsplit(url)
    sent = {"User-Agent": "scc-smoke", "Accept": "*/*"} | dict(headers or {})
    connection: http.client.HTTPConnection
    if near := emulator():
        connection = http.client.HTTPConnection(near, timeout=SECONDS)
        sent = {"Host": parts.netloc, "X-Forwarded-Proto": parts.scheme} | sent
    elif parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.netloc, timeout=SECONDS, context=ssl.create_default_context())
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=SECONDS)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body=body, headers=sent)
        answer = connection.getresponse()
        return Answer(
            status=answer.status,
            headers={name.lower(): value for name, value in answer.getheaders()},
            cookies=answer.headers.get_all("Set-Cookie") or [],
            body=answer.read(),
        )
    finally:
        connection.close()
