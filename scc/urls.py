"""Every path that Django serves. `scc.edge` derives CloudFront's behaviours from it."""

from __future__ import annotations

from django.urls import path

from scc import views
from scc.areas import area

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    area("admin/", "scc.staff.urls", namespace="admin"),
    area("dispatch/", "scc.dispatch.urls", namespace="dispatch"),
    area("api/", "payments.urls", namespace="api"),
    area("g/", "waivers.urls", namespace="waivers"),
    area("r/", "payments.receipt_urls", namespace="receipts"),
]
