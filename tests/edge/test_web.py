"""Requests as a visitor sends them, to a server that says what it was sent."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scc.edge import web
from scc.edge.errors import EdgeError
from scc.edge.web import NoAnswer

SECRET = "the-origins-secret"


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent, and every header twice."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        sent = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body}
        self.send_response_only(302)
        for name, value in (
            ("Location", "/elsewhere"),
            ("Vary", "Cookie"),
            ("VARY", "Accept"),
            ("Set-Cookie", "a=1; Secure"),
        ):
            self.send_header(name, value)
        self.send_header("Set-Cookie", "b=2; expires=Mon, 23 Nov 2026 00:00:00 GMT")
        self.send_header("Content-Type", "Application/JSON; charset=utf-8")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(json.dumps(sent).encode())

    do_GET = do_HEAD = do_POST  # noqa: N815  # the names that its base class looks for


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server on this machine, as "host:port"; the emulator is somewhere else."""
    echo = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=echo.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    yield f"127.0.0.1:{echo.server_port}"
    echo.shutdown()
    thread.join()
    echo.server_close()


def test_ask_sends_what_it_is_given(server: str) -> None:
    answer = web.ask(f"http://{server}/a%20b?c=d", method="POST", headers={"X-One": "1"}, body=b"name=Ana")

    sent = json.loads(answer.text)
    assert (sent["method"], sent["path"], sent["body"]) == ("POST", "/a%20b?c=d", "name=Ana")
    assert (sent["headers"]["X-One"], sent["headers"]["Host"]) == ("1", server)
    assert "X-Forwarded-Proto" not in sent["headers"]


def test_ask_follows_nothing_and_keeps_every_header(server: str) -> None:
    answer = web.ask(f"http://{server}")

    assert (answer.status, answer.headers["location"]) == (302, "/elsewhere")
    assert answer.headers["vary"] == "Cookie, Accept"
    assert answer.cookies == ["a=1; Secure", "b=2; expires=Mon, 23 Nov 2026 00:00:00 GMT"]
    assert answer.type == "application/json"


def test_ask_reads_an_answer_without_a_body(server: str) -> None:
    answer = web.ask(f"http://{server}/", method="HEAD")

    assert (answer.status, answer.body) == (302, b"")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_ask_reaches_every_host_at_the_emulator(scheme: str, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{server}")

    sent = json.loads(web.ask(f"{scheme}://crew.example.com/dispatch/").text)

    assert sent["path"] == "/dispatch/"
    assert (sent["headers"]["Host"], sent["headers"]["X-Forwarded-Proto"]) == ("crew.example.com", scheme)


@pytest.mark.parametrize("endpoint", ["", "https://dynamodb.us-west-2.amazonaws.com"])
def test_emulator_is_on_this_machine(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)

    assert web.emulator() == ""


def test_ask_says_who_did_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"127.0.0.1:{taken.getsockname()[1]}"

    with pytest.raises(NoAnswer, match=rf"{nobody} did not answer: .*refused"):
        web.ask(f"http://{nobody}/")


def test_ask_says_so_when_the_answer_is_no_http() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        threading.Thread(target=hang_up, args=[listener]).start()

        with pytest.raises(NoAnswer, match=address):
            web.ask(f"http://{address}/")


def hang_up(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(4096)
        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


def test_ask_trusts_no_certificate_of_a_strangers(server: str) -> None:
    with pytest.raises(NoAnswer, match=server):
        web.ask(f"https://{server}/")


@pytest.mark.parametrize("value", [f"{SECRET}\n", f"{SECRET}\r\nHost: evil.example", f" {SECRET}", f"{SECRET}\u00e9"])
def test_ask_names_no_value_that_it_cannot_send(value: str, server: str) -> None:
    with pytest.raises(EdgeError, match="The header X-Origin-Verify") as caught:
        web.ask(f"http://{server}/", headers={"X-Origin-Verify": value})

    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None
