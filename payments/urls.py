"""The JSON API."""

from __future__ import annotations

from django.urls import path, re_path

from payments import views
from payments.cards.views import hear
from scc.api.views import issue_token, not_found

app_name = "api"
urlpatterns = [
    path("token", issue_token, name="token"),
    path("openapi.json", views.describe, name="openapi"),
    path("events", views.list_events, name="events"),
    path("g/<str:event_id>", views.show_event, name="event"),
    path("g/<str:event_id>/payment", views.record_payment, name="payment-record"),
    path("g/<str:event_id>/payment/<str:reference>/void", views.void_payment, name="payment-void"),
    path("g/<str:event_id>/payment/<str:reference>/refund", views.refund_payment, name="payment-refund"),
    path("g/<str:event_id>/payment/<str:reference>/correct", views.correct_payment, name="payment-correct"),
    path("stripe/webhook", hear, name="stripe-webhook"),
    # Every other address, so that its answer is JSON too.
    re_path("", not_found),
]
