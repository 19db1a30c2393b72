"""Signatures as they ordinarily are. Give what the test is about."""

from __future__ import annotations

import json
import math
from datetime import date
from typing import Any

from django.test import Client
from ulid import ULID

from events.rows import Event
from waivers import acts, signing, texts
from waivers.rows import Role
from waivers.strokes import Strokes, of_lists

OWN = {"Sec-Fetch-Site": "same-origin"}
JSON = {**OWN, "Accept": "application/json"}


def make_strokes() -> Strokes:
    """Return a wave as long as a name, in two strokes."""
    line = [[1000 + 20 * step, 2000 + int(600 * math.sin(step / 8)), 12 * step] for step in range(200)]
    return of_lists([line[:120], line[121:]])


def make_signer(
    *,
    name: str = "Ana López",
    born_on: date = date(1980, 3, 31),
    role: Role = Role.GUEST,
    email: str = "",
    phone: str = "",
) -> acts.Signer:
    return acts.Signer(name=name, born_on=born_on, role=role, email=email, phone=phone)


def make_signature(*, key: str | None = None, typed: str = "", strokes: Strokes | None = None) -> acts.Signature:
    """Return a signature that was drawn, unless `typed`. key: "" for a page without a script."""
    return acts.Signature(
        text=texts.current(),
        key=str(ULID()) if key is None else key,
        typed=typed,
        strokes=None if typed else strokes or make_strokes(),
        acts={"opened_at": "2026-05-23T18:00:00Z", "zone": "America/Los_Angeles"},
    )


def sign(*, event: Event, key: str | None = None, typed: str = "", **signer: Any) -> signing.Signed:
    """Store a signature by the rules."""
    signature = make_signature(key=key, typed=typed)
    return signing.sign(event=event, signer=make_signer(**signer), signature=signature, origin=acts.Origin())


def fields(**changes: Any) -> dict[str, str]:
    """Return what the page sends for a drawn signature. A change to None leaves the field out."""
    ordinary = {
        "name": "Ana López",
        "birth_month": "3",
        "birth_day": "31",
        "birth_year": "1980",
        "email": "",
        "phone": "",
        "role": "guest",
        "adult": "on",
        "consent": "on",
        "assent": "on",
        "method": "drawn",
        "typed": "",
        "strokes": json.dumps(make_strokes().as_lists()),
        "acts": json.dumps({"opened_at": "2026-05-23T18:00:00.000Z", "zone": "America/Los_Angeles"}),
        "key": str(ULID()),
        "text": texts.current().sha256,
    }
    return {name: value for name, value in (ordinary | changes).items() if value is not None}


def typed_fields(**changes: Any) -> dict[str, str]:
    """Return what the page sends where there is no script."""
    return fields(**({"method": "typed", "typed": "Ana López", "strokes": "", "acts": "", "key": ""} | changes))


def post(
    data: dict[str, str], *, slug: str = "2026-05-23", path: str = "", client: Client | None = None, **headers: str
) -> Any:
    """Send a signature, or what the page asks below `path`, as our own page does."""
    # Enforced, as in production: the view must stand without a token.
    client = client or Client(enforce_csrf_checks=True)
    return client.post(f"/g/{slug}/waiver{path}", data, headers={**OWN, **headers})
