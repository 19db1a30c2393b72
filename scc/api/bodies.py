"""Reading a request's body: strict JSON, so that what is stored is what was meant.

Refused are two members of one name, NaN and Infinity, text that is not UTF-8, nesting beyond what the parser takes.
Numbers are read as decimals: a float would make another amount of what was sent.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from scc.api.problems import BadRequest

LIMIT = 64 * 1024
_LENGTH = re.compile(r"[0-9]{1,20}")


def read_json(request: HttpRequest, limit: int = LIMIT) -> dict[str, object]:
    """Return the object in the body. limit: bytes. Raises BadRequest: 415, 413, 400, or 422 for what is no object."""
    check_content_type(request)
    return parse(read_body(request, limit))


def check_content_type(request: HttpRequest) -> None:
    """Raise BadRequest (415) unless the body says that it is JSON in UTF-8."""
    charset = request.content_params.get("charset", "utf-8").lower() if request.content_params else "utf-8"
    if request.content_type != "application/json" or charset not in {"utf-8", "utf8"}:
        raise BadRequest(415, "Send application/json in UTF-8.")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BadRequest(415, "Send the body without a content encoding.")


def parse(body: bytes) -> dict[str, object]:
    """Return the JSON object in `body`, its numbers as Decimal. Raises BadRequest."""
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_unique,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_no_constant,
        )
    except UnicodeDecodeError as exc:
        raise BadRequest(400, "The body is not UTF-8.") from exc
    except json.JSONDecodeError as exc:
        detail = f"The body is not JSON: {exc.msg} at character {exc.pos}." if body else "There is no body."
        raise BadRequest(400, detail) from exc
    except RecursionError as exc:
        raise BadRequest(400, "The body is nested too deeply.") from exc
    if not isinstance(value, dict):
        raise BadRequest(422, "The body must be a JSON object.")
    return value


def read_body(request: HttpRequest, limit: int) -> bytes:
    """Return the body as it came. limit: bytes. Raises BadRequest: 413, or 400 when it did not come through."""
    too_large = BadRequest(413, f"The body is over {limit} bytes.")
    declared = request.META.get("CONTENT_LENGTH") or "0"
    # Django would meet what is no number with a ValueError.
    if not _LENGTH.fullmatch(declared):
        raise BadRequest(400, "The Content-Length is not a number.")
    if int(declared) > limit:
        raise too_large
    try:
        body = request.body
    except RequestDataTooBig as exc:
        raise too_large from exc
    except UnreadablePostError as exc:
        raise BadRequest(400, "The body did not come through.") from exc
    if len(body) > limit:
        raise too_large
    return body


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) != len(members):
        raise BadRequest(400, "The body names a member twice.")
    return found


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as exc:
        raise BadRequest(422, "The body holds a number beyond all bounds.") from exc


def _no_constant(name: str) -> NoReturn:
    raise BadRequest(400, f"The body is not JSON: {name} is no number.")
