"""The API's description in OpenAPI 3.1, made from the constants that the code itself uses."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from events.rows import CrewRole, Status
from payments import chain, methods
from payments.drafts import LONGEST_REASON
from payments.rows import Kind
from scc.money import MOST_CENTS, decimal_text
from scc.text import LONGEST_NAME, LONGEST_NOTE

Schema = dict[str, Any]

MONEY = {"type": "string", "pattern": r"^-?\d+\.\d{2}$", "examples": ["125.00"]}
INSTANT = {"type": "string", "format": "date-time", "examples": ["2026-05-24T01:15:00.000Z"]}
DAY = {"type": "string", "format": "date", "examples": ["2026-05-23"]}
SLUG = {"type": "string", "examples": ["2026-05-23-sunset"]}
REFERENCE = {"type": "string", "pattern": f"^[{chain.ALPHABET}]{{{chain.LENGTH}}}$"}
AMOUNT = {
    "type": ["string", "number"],
    "description": f"At most two decimals, up to {decimal_text(MOST_CENTS)}.",
    "examples": ["125.00"],
}
METHOD = {
    "type": "string",
    "description": "The code of a method that is offered. These come with the house; the operator may change them.",
    "examples": [method.code for method in methods.SHIPPED],
}
REASON = {"type": "string", "minLength": 1, "maxLength": LONGEST_REASON, "description": "Why, in any words."}
WHEN = {
    "type": ["string", "null"],
    "description": "RFC 3339 with its zone, or a day at the departure's dock. Not in the future. Left out: now.",
}


def document() -> Schema:
    """Return the description."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ship Captain Crew", "version": "1", "description": _DESCRIPTION},
        "servers": [{"url": settings.SCC_SITE_URL}],
        "security": [{"bearer": []}, {"session": []}],
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
            },
        },
    }


_DESCRIPTION = (
    "Times are RFC 3339 in UTC, money is decimal strings. Errors are application/problem+json (RFC 9457). "
    "A session needs Django's X-CSRFToken header to write. Unknown members of a body are refused, and a member that "
    "is null counts as left out. `payments` and `totals` of a departure are null for a role that sees no money."
)


def _paths() -> Schema:
    return {
        "/api/token": {
            "post": {
                "summary": "Get a bearer token",
                "security": [],
                "requestBody": _body("Credentials"),
                "responses": {"200": _answer("Token"), **_problems(400, 401, 413, 415, 422, 429, 503)},
            }
        },
        "/api/events": {
            "get": {
                "summary": "List departures in the order of their start",
                "parameters": [
                    _parameter("from", DAY, "The first day. Left out: a year before `to`, or before today."),
                    _parameter("to", DAY, "The last day. Left out: a year after `from` or today, whichever is later."),
                    _parameter("cursor", {"type": "string"}, "`next` of the page before."),
                    _parameter("limit", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}, "How many."),
                ],
                "responses": {"200": _answer("Events"), **_problems(401, 403, 422, 503)},
            }
        },
        "/api/g/{event_id}": {
            "get": {
                "summary": "One departure",
                "parameters": [_part("event_id")],
                "responses": {"200": _answer("Event"), **_problems(401, 403, 404, 503)},
            }
        },
        "/api/g/{event_id}/payment": {
            "post": _writing("Log a payment", ["event_id"], "PaymentRequest"),
        },
        "/api/g/{event_id}/payment/{reference}/void": {
            "post": _writing("Void an entry", ["event_id", "reference"], "VoidRequest"),
        },
        "/api/g/{event_id}/payment/{reference}/refund": {
            "post": _writing("Give money of an entry back", ["event_id", "reference"], "RefundRequest"),
        },
        "/api/g/{event_id}/payment/{reference}/correct": {
            "post": _writing("Put a payment right; no money moves", ["event_id", "reference"], "CorrectRequest"),
        },
        "/api/openapi.json": {
            "get": {"summary": "This description", "security": [], "responses": {"200": {"description": "OK"}}}
        },
    }


def _writing(summary: str, parts: list[str], body: str) -> Schema:
    key = {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Used once and for ever within the departure. The same request again gets the first answer.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    }
    replayed = {"Idempotent-Replayed": {"schema": {"const": "true"}}}
    return {
        "summary": summary,
        "parameters": [*map(_part, parts), key],
        "requestBody": _body(body),
        "responses": {
            "201": _answer("Recorded"),
            "200": {**_answer("Recorded"), "headers": replayed, "description": "The first answer, once more"},
            **_problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
        },
    }


def _schemas() -> Schema:
    return {
        "Credentials": _object({"username": {"type": "string"}, "password": {"type": "string"}}, closed=True),
        "Token": _object({"token": {"type": "string"}, "expires_at": INSTANT}),
        "Events": _object({"events": {"type": "array", "items": _ref("Event")}, "next": {"type": ["string", "null"]}}),
        "Event": _event(),
        "CrewMember": _object({"name": {"type": "string"}, "role": {"enum": CrewRole.values}}),
        "Payment": _payment(),
        "Totals": _object(dict.fromkeys(("received", "refunded", "net", "tips", "due", "balance"), MONEY)),
        "Recorded": _object(
            {"reference": REFERENCE, "logged_at": INSTANT, "payment": _ref("Payment"), "totals": _ref("Totals")}
        ),
        "PaymentRequest": _payment_request(),
        "CorrectRequest": {
            **_payment_request(),
            "description": "The payment as it should have been. Left out, `paid_at` and `patron_id` stay as they were.",
        },
        "VoidRequest": _object({"reason": REASON}, {"note": _optional_text(LONGEST_NOTE)}, closed=True),
        "RefundRequest": _refund_request(),
        "Problem": _object(
            {"status": {"type": "integer"}, "title": {"type": "string"}, "detail": {"type": "string"}},
            {
                "errors": {
                    "type": "object",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                }
            },
        ),
    }


def _event() -> Schema:
    return _object(
        {
            "id": SLUG,
            "date": DAY,
            "starts_at": INSTANT,
            "title": {"type": "string"},
            "vessel": {"type": "string"},
            "status": {"enum": Status.values},
            "capacity": {"type": "integer"},
            "crew": {"type": "array", "items": _ref("CrewMember")},
            "payments": {"type": ["array", "null"], "items": _ref("Payment")},
            "totals": {"oneOf": [_ref("Totals"), {"type": "null"}]},
            "waivers": _object({"signed": {"type": "integer"}, "expected": {"type": "integer"}}),
            "waiver_url": {"type": "string", "format": "uri"},
        }
    )


def _payment() -> Schema:
    return _object(
        {
            "reference": REFERENCE,
            "kind": {"enum": Kind.values},
            "corrects": {"type": ["string", "null"]},
            "patron_name": {"type": "string"},
            "amount": MONEY,
            "tip": MONEY,
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            "method": METHOD,
            "paid_at": INSTANT,
            "logged_at": INSTANT,
            "logged_by": {"type": "string"},
            "note": {"type": "string"},
            "external_reference": {"type": "string"},
        }
    )


def _payment_request() -> Schema:
    return _object(
        {"patron_name": _text(LONGEST_NAME), "amount": AMOUNT, "method": METHOD},
        {
            "tip": {**AMOUNT, "type": ["string", "number", "null"]},
            "patron_email": {"type": ["string", "null"], "format": "email"},
            "patron_id": {"type": ["string", "null"], "description": "A party of the departure."},
            "note": _optional_text(LONGEST_NOTE),
            "reference": {**_optional_text(LONGEST_NAME), "description": "A check's number, a Venmo transaction."},
            "paid_at": WHEN,
        },
        closed=True,
    )


def _refund_request() -> Schema:
    return _object(
        {"amount": AMOUNT, "method": METHOD, "reason": REASON},
        {
            "tip": {**AMOUNT, "type": ["string", "number", "null"], "description": "Of the entry's tip."},
            "note": _optional_text(LONGEST_NOTE),
            "reference": {**_optional_text(LONGEST_NAME), "description": "A check's number, a Venmo transaction."},
            "paid_at": WHEN,
        },
        closed=True,
    )


def _text(limit: int) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": limit}


def _optional_text(limit: int) -> Schema:
    return {"type": ["string", "null"], "maxLength": limit}


def _object(required: Schema, optional: Schema | None = None, *, closed: bool = False) -> Schema:
    schema = {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}
    return {**schema, "additionalProperties": False} if closed else schema


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _body(name: str) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": _ref(name)}}}


def _answer(name: str) -> Schema:
    return {"description": name, "content": {"application/json": {"schema": _ref(name)}}}


def _problems(*statuses: int) -> Schema:
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {str(status): {"description": "Refused", "content": content} for status in statuses}


def _parameter(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _part(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
