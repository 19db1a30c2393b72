"""What every answer has in common."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from scc.dynamo.errors import Conflict, OutcomeUnknown, StoreUnavailable

# Seconds after which it makes sense to try again when the table did not answer.
RETRY_AFTER = 5

_LENGTH = re.compile(r"[0-9]{1,20}")

GetResponse = Callable[[HttpRequest], HttpResponse]


class NoStoreMiddleware:
    """No cache keeps an answer, unless its view says so. The only pages that do are the public waiver's."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class BodyHeadersMiddleware:
    """Refuse a body whose length is no number, or a form that is not in UTF-8.

    Django would meet the first with a ValueError where a form is read, and some charsets of a multipart form with other
    exceptions. A form of the other type that is not in UTF-8 it refuses by itself.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, names: object) -> HttpResponse | None:
        length = request.META.get("CONTENT_LENGTH") or "0"
        charset = (request.content_params or {}).get("charset", "utf-8").lower()
        if _LENGTH.fullmatch(length) and charset in {"utf-8", "utf8"}:
            return None
        if request.resolver_match and request.resolver_match.app_name == "api":
            # The API says it in its own form.
            return None
        return render(request, "400.html", status=400)


class StoreErrorMiddleware:
    """A table that does not answer is a 503 that says whether something may be stored, and a lost race a 409."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Conflict):
            return render(request, "409.html", status=409)
        if not isinstance(exception, OutcomeUnknown | StoreUnavailable):
            return None
        return unanswered(request, exception)


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's, whose saving comes after every view and beyond the reach of `process_exception`."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not request.session.accessed:
            # Django would tell a visitor to drop a cookie that can be no session's; from a cache, it would tell all.
            return response
        try:
            return super().process_response(request, response)
        except OutcomeUnknown as exc:
            return unanswered(request, exc)


def unanswered(request: HttpRequest, error: OutcomeUnknown | StoreUnavailable) -> HttpResponse:
    """Return the page for a table that did not answer."""
    response = render(request, "503.html", {"unknown": isinstance(error, OutcomeUnknown)}, status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response
