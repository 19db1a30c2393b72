"""Answers of the API, the good ones and RFC 9457's problems."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse

from scc.dynamo.errors import Conflict, OutcomeUnknown, StoreError

# Seconds after which it makes sense to send the same request again.
RETRY_AFTER = 2

Errors = Mapping[str, list[str]]


class BadRequest(Exception):
    """A request that is refused. `status` is the answer's, `detail` says why, `errors` has texts for each field."""

    def __init__(
        self, status: int, detail: str, *, errors: Errors | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers
        super().__init__(detail)


def answer(body: Mapping[str, object], *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return `body` as JSON that no cache keeps."""
    return _json(body, status=status, headers=headers, content_type="application/json")


def problem(
    status: int,
    detail: str,
    errors: Errors | None = None,
    headers: Mapping[str, str] | None = None,
    **members: str,
) -> HttpResponse:
    """Return an error as `application/problem+json`. errors: texts for each field. members: more of it, by name."""
    body: dict[str, object] = {"status": status, "title": HTTPStatus(status).phrase, "detail": detail, **members}
    if errors:
        body["errors"] = dict(errors)
    return _json(body, status=status, headers=headers, content_type="application/problem+json")


def _json(
    body: Mapping[str, object], *, status: int, headers: Mapping[str, str] | None, content_type: str
) -> HttpResponse:
    every = {"Cache-Control": "no-store", **(headers or {})}
    return JsonResponse(body, status=status, headers=every, content_type=content_type)


def problem_of(refused: BadRequest) -> HttpResponse:
    """Return the answer to a refused request."""
    return problem(refused.status, refused.detail, refused.errors, refused.headers)


def problem_of_store(error: StoreError) -> HttpResponse:
    """Return the answer when the table does not do what was asked, saying whether something may be stored."""
    if isinstance(error, Conflict):
        return problem(409, "Someone else changed this at the same moment. Nothing was written.")
    if isinstance(error, OutcomeUnknown):
        detail = "The table did not answer, so this may or may not be stored. Send it again with the same key."
    else:
        detail = "The table does not answer, or is busy. Nothing was written; send it again."
    return problem(503, detail, headers={"Retry-After": str(RETRY_AFTER)})


def is_api(request: HttpRequest) -> bool:
    """Say whether the answer to `request` is JSON whatever becomes of it."""
    return request.path_info.startswith("/api/")
