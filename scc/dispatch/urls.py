"""The staff's own pages."""

from __future__ import annotations

from django.urls import path

from scc.dispatch import (
    cancelling,
    card_links,
    carrying,
    change_views,
    close_views,
    entry_views,
    figure_views,
    views,
)

app_name = "dispatch"
urlpatterns = [
    path("", views.board, name="board"),
    path("close/", close_views.choose, name="close-today"),
    path("close/<str:day>/", close_views.close, name="close"),
    path("close/<str:day>/entries/", close_views.open_entries, name="close-open-entries"),
    path("close/<str:day>/<int:number>/", close_views.entries, name="close-entries"),
    path("figures/", figure_views.every, name="figures"),
    path("figures/income/", figure_views.income, name="figure-income"),
    path("figures/balances/", figure_views.balances, name="figure-balances"),
    path("figures/unsigned/", figure_views.unsigned, name="figure-unsigned"),
    path("references/", entry_views.seen_references, name="references"),
    path("<str:slug>/", views.sheet, name="sheet"),
    path("<str:slug>/money/", views.money, name="money"),
    path("<str:slug>/cancel/", cancelling.cancel, name="cancel"),
    path("<str:slug>/poster/", views.poster, name="poster"),
    path("<str:slug>/entry/<str:reference>/", entry_views.show, name="entry"),
    path("<str:slug>/entry/<str:reference>/receipt/", entry_views.receipt, name="entry-receipt"),
    path("<str:slug>/entry/<str:reference>/void/", change_views.void, name="entry-void"),
    path("<str:slug>/entry/<str:reference>/refund/", change_views.refund, name="entry-refund"),
    path("<str:slug>/entry/<str:reference>/correct/", change_views.correct, name="entry-correct"),
    path("<str:slug>/carry/<str:ulid>/", carrying.carry, name="carry"),
    path("<str:slug>/card-link/<str:ulid>/", card_links.show, name="card-link"),
    path("<str:slug>/card-link/<str:ulid>/send/", card_links.send, name="card-link-send"),
]
