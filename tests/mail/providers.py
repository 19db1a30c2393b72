"""Providers on 127.0.0.1 that answer as they are told, and keep what they took."""

from __future__ import annotations

import json
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# Made for these tests; nobody else trusts it.
CERTIFICATE = Path(__file__).with_name("localhost.pem")


@dataclass
class Provider:
    """What a stand-in says next, and what it has heard."""

    port: int = 0
    # Answers to the next letters; the last one stays. SES: (status, error code); SMTP: the reply to the letter.
    ses: list[tuple[int, str]] = field(default_factory=lambda: [(200, "")])
    smtp: list[str] = field(default_factory=lambda: ["250 taken"])
    login: str = "235 welcome"
    asked: int = 0
    taken: list[str] = field(default_factory=list)
    # What happens elsewhere while a letter is being handed over.
    on_letter: Callable[[], None] | None = None

    def next_ses(self) -> tuple[int, str]:
        self.asked += 1
        return self.ses.pop(0) if len(self.ses) > 1 else self.ses[0]

    def next_smtp(self) -> str:
        self.asked += 1
        return self.smtp.pop(0) if len(self.smtp) > 1 else self.smtp[0]


@contextmanager
def ses_provider() -> Iterator[Provider]:
    """Run an SES that answers with statuses; status 0 hangs up after it has taken the letter."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, code = provider.next_ses()
            if status in (0, 200):
                provider.taken.append(body)
            if provider.on_letter:
                provider.on_letter()
            if status == 0:
                self.close_connection = True
                return
            answer = json.dumps({"MessageId": "ses-1"} if status == 200 else {"message": "no"}).encode()
            self.send_response(status)
            self.send_header("x-amzn-ErrorType", code)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            return

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler), provider):
        yield provider


class _SmtpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    provider: Provider

    def get_request(self) -> tuple[ssl.SSLSocket, object]:
        connection, address = super().get_request()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE)
        return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: object, client_address: object) -> None:
        return


class _SmtpConversation(socketserver.StreamRequestHandler):
    server: _SmtpServer

    def handle(self) -> None:
        provider = self.server.provider
        self.say("220 ready")
        replies = {"EHLO": "250-localhost\r\n250 AUTH PLAIN", "AUTH": provider.login, "DATA": "354 go on"}
        for line in self.rfile:
            verb = line.decode().split()[0].upper()
            self.say(replies.get(verb, "250 ok"))
            if verb == "DATA":
                self.take_letter(provider)
            if verb == "QUIT":
                return

    def take_letter(self, provider: Provider) -> None:
        letter = b"".join(iter(self.rfile.readline, b".\r\n")).decode()
        reply = provider.next_smtp()
        if not reply or reply.startswith("2"):
            provider.taken.append(letter)
        if reply:
            self.say(reply)
        else:
            self.request.shutdown(socket.SHUT_RDWR)

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@contextmanager
def smtp_provider() -> Iterator[Provider]:
    """Run an SMTP server in TLS from the first byte; an empty reply hangs up after it has taken the letter."""
    provider = Provider()
    server = _SmtpServer(("127.0.0.1", 0), _SmtpConversation)
    server.provider = provider
    with _serving(server, provider):
        yield provider


@contextmanager
def _serving(server: socketserver.TCPServer, provider: Provider) -> Iterator[None]:
    provider.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
