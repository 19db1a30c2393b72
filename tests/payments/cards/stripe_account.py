"""A Stripe of the tests' own: its API on 127.0.0.1, and what it tells, signed as it documents."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from events.rows import Patron
from payments.cards import provider

WEBHOOK = "/api/stripe/webhook"
KEY = "sk_test_the-tests-own-key"
SECRET, NEXT = "whsec_the-tests-own", "whsec_the-one-after-it"
PAYMENT = "pi_3MtwBwLkdIwHu7ix28a3tqPa"
REFUND = "re_1Nispe2eZvKYlo2Cd31jOCgZ"

Json = dict[str, Any]


# What it tells


def signature(body: bytes, *, secret: str = SECRET, at: float | None = None) -> str:
    """Return the header for `body`: https://docs.stripe.com/webhooks#verify-manually."""
    second = int(time.time() if at is None else at)
    digest = hmac.new(secret.encode(), f"{second}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={second},v1={digest},v0={'0' * 64}"


def tell(event: Json | bytes, *, header: str | None = None, **signed: Any) -> Any:
    """Send an event to the webhook, and return the answer."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    given = signature(body, **signed) if header is None else header
    headers = {"Stripe-Signature": given} if given else {}
    return Client().generic("POST", WEBHOOK, body, "application/json; charset=utf-8", headers=headers)


def event(kind: str, thing: Json, *, at: datetime | None = None) -> Json:
    """Return an event as the API has it."""
    created = int((at or timezone.now()).timestamp())
    return {
        "id": f"evt_{hashlib.sha256(f'{kind}{created}'.encode()).hexdigest()[:24]}",
        "object": "event",
        "api_version": "2025-03-31.basil",
        "created": created,
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }


def paid(kind: str = "checkout.session.completed", *, at: datetime | None = None, **changes: Any) -> Json:
    """Return what is told when a guest has paid by a link."""
    session = {
        "id": "cs_test_a11YYufWQzNY63zpQ6QSNRQhkUpVph4WRmzW0zWJO2znZKdVujZ0N0S22u",
        "object": "checkout.session",
        "amount_subtotal": 50_000,
        "amount_total": 50_000,
        "currency": "usd",
        "customer": None,
        "customer_details": {"address": None, "email": "ana@example.com", "name": "ANA LOPEZ", "phone": None},
        "livemode": False,
        "metadata": {"event": "2026-05-23", "party": "", "name": "Ana López"},
        "mode": "payment",
        "payment_intent": PAYMENT,
        "payment_link": "plink_1MoC3ULkdIwHu7ixZjtGpVl2",
        "payment_status": "paid",
        "status": "complete",
    }
    return event(kind, session | changes, at=at)


def told(party: Patron, **changes: Any) -> Json:
    """Return what is told when this party has paid."""
    return paid(metadata={"event": party.event_id, "party": party.ulid, "name": party.name}, **changes)


def refund(*, id: str = REFUND, at: datetime | None = None, **changes: Any) -> Json:
    """Return a refund as the API has it."""
    return {
        "id": id,
        "object": "refund",
        "amount": 50_000,
        "charge": "ch_1NirD82eZvKYlo2CIvbtLWuY",
        "created": int((at or timezone.now()).timestamp()),
        "currency": "usd",
        "metadata": {},
        "payment_intent": PAYMENT,
        "reason": "requested_by_customer",
        "status": "succeeded",
    } | changes


def refunded(kind: str = "refund.created", *, told_at: datetime | None = None, **changes: Any) -> Json:
    """Return what is told of a refund."""
    return event(kind, refund(**changes), at=told_at)


def charge_refunded(*refunds: Json, **changes: Any) -> Json:
    """Return what is told of a charge that was refunded; without refunds, as newer versions of the API do."""
    charge = {
        "id": "ch_1NirD82eZvKYlo2CIvbtLWuY",
        "object": "charge",
        "amount": 50_000,
        "amount_refunded": 50_000,
        "currency": "usd",
        "metadata": {"event": "2026-05-23", "party": "", "name": "Ana López"},
        "payment_intent": PAYMENT,
        "refunded": True,
    }
    listed = {"refunds": {"object": "list", "data": list(refunds), "has_more": False}} if refunds else {}
    return event("charge.refunded", charge | listed | changes)


# What it answers


@dataclass
class Account:
    """What the API knows and says next, and what it has heard."""

    port: int = 0
    # Answers to the next requests, in the place of the real ones: (status, the error's members). 0: done, and hung up.
    trouble: list[tuple[int, Json]] = field(default_factory=list)
    # Links by the key that they were asked for with: what was asked, and the answer.
    links: dict[str, tuple[Json, Json]] = field(default_factory=dict)
    metadata: dict[str, Json] = field(default_factory=dict)
    refunds: list[Json] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, path: str, key: str, form: Json) -> tuple[int, Json]:
        """Return the status and the body of an answer."""
        if path == "/v1/payment_links":
            return self._link(key, form)
        if path == "/v1/refunds":
            return 200, {"object": "list", "data": self.refunds, "has_more": False, "url": path}
        if path.startswith("/v1/refunds/"):
            return self._refund(path.removeprefix("/v1/refunds/"))
        payment = path.removeprefix("/v1/payment_intents/")
        if payment not in self.metadata:
            return 404, {"error": {"type": "invalid_request_error", "message": f"No such payment_intent: '{payment}'"}}
        return 200, {"id": payment, "object": "payment_intent", "metadata": self.metadata[payment]}

    def _refund(self, refund: str) -> tuple[int, Json]:
        known = next((each for each in self.refunds if each["id"] == refund), None)
        if known is None:
            return 404, {"error": {"type": "invalid_request_error", "message": f"No such refund: '{refund}'"}}
        return 200, known

    def _link(self, key: str, form: Json) -> tuple[int, Json]:
        number = len(self.links) + 1
        link = {"id": f"plink_{number}", "object": "payment_link", "url": f"https://buy.stripe.com/test_{number}"}
        first, answer = self.links.setdefault(key, (form, link))
        if first != form:
            return 400, {"error": {"type": "idempotency_error", "message": "Keys for idempotent requests ..."}}
        return 200, answer

    @property
    def asked_for(self) -> list[Json]:
        """What each link was asked for with."""
        return [form for form, _ in self.links.values()]


@contextmanager
def account() -> Iterator[Account]:
    """Run the API."""
    known = Account()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply({name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()})

        def do_POST(self) -> None:
            self.reply(dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode())))

        def reply(self, form: Json) -> None:
            path = urlsplit(self.path).path
            with known.lock:
                known.asked.append(f"{self.command} {path}")
                known.headers.append(dict(self.headers))
                status, body = known.answer(path, self.headers.get("Idempotency-Key", ""), form)
                if known.trouble:
                    status, error = known.trouble.pop(0)
                    body = {"error": error}
            if status == 0:
                self.close_connection = True
                return
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def switched_on() -> Iterator[Account]:
    """Switch cards on, with this Stripe in the place of the real one."""
    settings = override_settings(SCC_STRIPE_KEY=KEY, SCC_STRIPE_WEBHOOK_SECRETS=[SECRET])
    with account() as known, settings, pytest.MonkeyPatch.context() as patch:
        patch.setattr(provider, "BASE_ADDRESSES", {"api": f"http://127.0.0.1:{known.port}"})
        yield known
