"""Every path that Django serves. `scc.edge` derives CloudFront's behaviours from it."""

from __future__ import annotations

from django.urls import include, path

from scc import views
from scc.staff.site import site

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("admin/", site.urls),
    path("dispatch/", include("scc.dispatch.urls")),
    path("api/", include("payments.urls")),
    path("g/", include("waivers.urls")),
]
