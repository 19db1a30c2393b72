"""Calling the API as its clients do."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from scc.dynamo.rows import Row
from scc.staff import tokens
from scc.staff.models import User

PAYMENT = "/api/g/2026-05-23/payment"
CASH: dict[str, Any] = {"patron_name": "Ana López", "amount": "125.00", "method": "cash"}


def caller(user: User) -> Client:
    """Return a client that sends a token of `user` with each call."""
    return Client(headers={"Authorization": f"Bearer {tokens.issue(user)[0]}"})


def post(client: Client, path: str, body: object, *, key: str | None = None, **options: Any) -> Any:
    """Send `body` as JSON, or as it stands when it is bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = options.pop("headers", {}) | ({} if key is None else {"Idempotency-Key": key})
    content_type = options.pop("content_type", "application/json")
    # Said twice, as Django's client leaves the type out where there is no body.
    return client.generic("POST", path, data, content_type, headers=headers, CONTENT_TYPE=content_type, **options)


def everything() -> dict[tuple[str, str], Any]:
    """Return the whole table."""
    return {(row.pk, row.sk): row.serialize() for row in Row.scan()}


def assert_problem(response: Any, status: int) -> dict[str, Any]:
    """The answer is a problem of RFC 9457 with this status. Returns it."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body
