"""A page that says who is asking."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from scc.staff.urls import site


def whoami(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username())


# The admin's pages link to the board.
urlpatterns = [path("whoami", whoami), path("admin/", site.urls), path("dispatch/", include("scc.dispatch.urls"))]
