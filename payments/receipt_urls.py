"""Receipts of payments, under `/r/`."""

from __future__ import annotations

from django.urls import path

from payments import receipt_views

app_name = "receipts"
urlpatterns = [path("<str:slug>/<str:link>", receipt_views.show, name="receipt-show")]
