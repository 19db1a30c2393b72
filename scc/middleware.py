"""What every answer has in common."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from scc.dynamo.errors import Conflict, OutcomeUnknown, StoreUnavailable

# Seconds after which it makes sense to try again when the table did not answer.
RETRY_AFTER = 5

GetResponse = Callable[[HttpRequest], HttpResponse]


class NoStoreMiddleware:
    """No cache keeps an answer, unless its view says so. The only pages that do are the public waiver's."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


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
        try:
            return super().process_response(request, response)
        except OutcomeUnknown as exc:
            return unanswered(request, exc)


def unanswered(request: HttpRequest, error: OutcomeUnknown | StoreUnavailable) -> HttpResponse:
    """Return the page for a table that did not answer."""
    response = render(request, "503.html", {"unknown": isinstance(error, OutcomeUnknown)}, status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response
