"""Pages that belong to no app."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from scc.dynamo.errors import StoreUnavailable
from scc.dynamo.rows import Row
from scc.middleware import RETRY_AFTER


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return redirect("dispatch:board")


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say whether the table answers."""
    try:
        Row.ping()
    except StoreUnavailable:
        return JsonResponse({"status": "unavailable"}, status=503, headers={"Retry-After": str(RETRY_AFTER)})
    return JsonResponse({"status": "ok"})
