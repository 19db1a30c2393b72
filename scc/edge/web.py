"""Requests as a visitor sends them: nothing followed, nothing kept, every header to look at."""

from __future__ import annotations

import http.client
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from scc.edge.errors import EdgeError

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# A cold function answers within a few seconds.
SECONDS = 30.0

# What http.client refuses, naming the value in its error.
_UNSENDABLE = re.compile(r"[^\x20-\x7e]|^\s|\s$")


class NoAnswer(OSError):
    """Nobody answered, or with something that is no HTTP. Says who was asked."""


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

    @property
    def type(self) -> str:
        """The content type without its parameters: "text/html"."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def emulator() -> str:
    """Return "host:port" of an AWS on this machine, through which every address is reached then; else ""."""
    parts = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
    return parts.netloc if parts.hostname in LOOPBACK else ""


def ask(
    url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> Answer:
    """Send one request and return its answer, whatever its status.

    url: absolute, with the host that it is for. With an emulator the request goes there, in plain HTTP, as one that
    came by the URL's own scheme; a host of this machine is asked itself.
    Raises NoAnswer when there is none within 30 seconds, EdgeError for a header that cannot be sent.
    """
    parts = urlsplit(url)
    sent = {"User-Agent": "scc-smoke", "Accept": "*/*"} | dict(headers or {})
    _check_sendable(sent)
    near = emulator() if parts.hostname not in LOOPBACK else ""
    if near:
        sent = {"Host": parts.netloc, "X-Forwarded-Proto": parts.scheme} | sent
    connection = _connection(near or parts.netloc, secure=parts.scheme == "https" and not near)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body=body, headers=sent)
        return _read(connection.getresponse())
    except (OSError, http.client.HTTPException) as exc:
        raise NoAnswer(f"{parts.netloc} did not answer: {str(exc) or type(exc).__name__}") from exc
    finally:
        connection.close()


def _check_sendable(headers: Mapping[str, str]) -> None:
    # The value is not named: it may be a secret.
    for name, value in headers.items():
        if _UNSENDABLE.search(value):
            raise EdgeError(
                f"The header {name} has characters that cannot be sent. Look for a line's end in its value."
            )


def _connection(host: str, *, secure: bool) -> http.client.HTTPConnection:
    if secure:
        return http.client.HTTPSConnection(host, timeout=SECONDS, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, timeout=SECONDS)


def _read(answer: http.client.HTTPResponse) -> Answer:
    headers: dict[str, str] = {}
    for name, value in answer.getheaders():
        # A header that came twice counts with both its values.
        earlier = headers.get(name.lower())
        headers[name.lower()] = value if earlier is None else f"{earlier}, {value}"
    return Answer(
        status=answer.status,
        headers=headers,
        cookies=answer.headers.get_all("Set-Cookie") or [],
        body=answer.read(),
    )
