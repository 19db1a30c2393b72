"""A page that says who is asking."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from scc.staff.site import site


def whoami(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.user.get_username())


urlpatterns = [path("whoami", whoami), path("admin/", site.urls)]
