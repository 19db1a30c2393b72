"""The public pages, under `/g/`."""

from __future__ import annotations

from django.urls import path

from waivers import views

app_name = "waivers"
urlpatterns = [
    path("<str:slug>/waiver", views.waiver, name="waiver-sign"),
    path("<str:slug>/waiver/", views.without_slash),
    path("<str:slug>/waiver/link", views.lookup, {"what": "link"}, name="waiver-link"),
    path("<str:slug>/waiver/known", views.lookup, {"what": "known"}, name="waiver-known"),
    path("<str:slug>/waiver/join", views.lookup, {"what": "join"}, name="waiver-join"),
    path("<str:slug>/waiver/kiosk", views.lookup, {"what": "kiosk"}, name="waiver-kiosk"),
    path("<str:slug>/signed/<str:link>", views.receipt, name="receipt-show"),
    path("<str:slug>/signed/<str:link>/", views.without_slash),
    path("<str:slug>/signed/<str:link>/waiver.pdf", views.receipt_pdf, name="receipt-pdf"),
]
