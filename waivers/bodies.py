"""What a signature's request holds: a form, or the same as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from scc.api import BadRequest, read_json
from scc.staff.origin import client_address
from waivers.acts import Origin
from waivers.rows import Channel
from waivers.signing import MOST_MINORS

# A signature of the most points that are kept takes about 150 KB.
LARGEST = 512 * 1024
LONGEST_HEADER = 400

FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
JSON = "application/json"

TYPE = "Send a form, or JSON."
TOO_LARGE = gettext_lazy("This is too much for a waiver. Clear the signature and sign again.")
NOT_WHOLE = "The strokes are lists of whole numbers."


def read(request: HttpRequest) -> Mapping[str, Any]:
    """Return what was sent, as the form's fields. Raises BadRequest: 413, 415, and as `read_json` does."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        raise BadRequest(413, str(TOO_LARGE))
    if request.content_type in FORMS:
        return request.POST
    if request.content_type != JSON:
        raise BadRequest(415, TYPE)
    return _fields(read_json(request, limit=LARGEST))


def origin_of(request: HttpRequest, *, acts: Mapping[str, str], later: bool = False, kiosk_pin_by: str = "") -> Origin:
    """Return where the request came from. Only the page's script notes `acts`; a kiosk is unlocked with a PIN."""
    return Origin(
        address=client_address(request),
        user_agent=_header(request, "User-Agent"),
        languages=_header(request, "Accept-Language"),
        channel=_channel(request, acts, kiosk_pin_by),
        later=later,
        kiosk_pin_by=kiosk_pin_by,
    )


def _channel(request: HttpRequest, acts: Mapping[str, str], kiosk_pin_by: str) -> Channel:
    if kiosk_pin_by:
        return Channel.KIOSK
    if request.content_type == JSON:
        return Channel.API
    return Channel.PAGE if acts else Channel.FORM


def _header(request: HttpRequest, name: str) -> str:
    # Bytes beyond ASCII arrive as Latin-1; what they meant is not known, and no evidence.
    return request.headers.get(name, "").encode("ascii", "replace").decode()[:LONGEST_HEADER]


def _fields(body: Mapping[str, Any]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in body.items():
        if name in {"strokes", "acts"}:
            fields[name] = json.dumps(value, default=_whole)
        elif name == "children":
            fields |= _children(value)
        elif name == "initialled":
            fields |= {f"initial_{key}": "on" for key in _texts(name, value)}
        elif isinstance(value, bool):
            fields[name] = "on" if value else ""
        elif isinstance(value, str) and _is_text(value):
            fields[name] = value
        else:
            raise BadRequest(422, f"{name[:40]!r} must be text, true or false.")
    if "birth_date" in fields:
        fields |= _date(fields.pop("birth_date"), "birth_{}")
    return fields


def _children(value: object) -> dict[str, str]:
    fields: dict[str, str] = {}
    if not isinstance(value, list) or not all(isinstance(child, dict) for child in value) or len(value) > MOST_MINORS:
        raise BadRequest(422, f"'children' is a list of at most {MOST_MINORS} objects with name and birth_date.")
    for place, child in enumerate(value, start=1):
        name, born_on = _texts("children", [child.get("name", ""), child.get("birth_date", "")])
        fields[f"child_name_{place}"] = name
        fields |= _date(born_on, f"child_{{}}_{place}")
    return fields


def _date(text: str, name: str) -> dict[str, str]:
    year, _, rest = text.partition("-")
    month, _, day = rest.partition("-")
    return {name.format("year"): year, name.format("month"): month, name.format("day"): day}


def _texts(name: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) and _is_text(each) for each in value):
        raise BadRequest(422, f"{name[:40]!r} must hold texts.")
    return value


def _is_text(value: str) -> bool:
    # JSON can name half of a character, which cannot be shown again.
    return not any("\ud800" <= char <= "\udfff" for char in value)


def _whole(number: object) -> int:
    # Bounded before it is made an int: 1e999999 is a short text and a large number.
    if not isinstance(number, Decimal) or not number.is_finite() or number.adjusted() > 15 or number % 1:
        raise BadRequest(422, NOT_WHOLE)
    return int(number)
