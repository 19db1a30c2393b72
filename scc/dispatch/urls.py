"""The staff's own pages."""

from __future__ import annotations

from django.urls import path

from scc.dispatch import views

app_name = "dispatch"
urlpatterns = [
    path("", views.board, name="board"),
    path("<str:slug>/", views.sheet, name="sheet"),
    path("<str:slug>/money/", views.money, name="money"),
    path("<str:slug>/poster/", views.poster, name="poster"),
]
