"""The staff's own pages."""

from __future__ import annotations

from django.urls import path

from scc.dispatch import (
    ashore_views,
    cancelling,
    card_links,
    care,
    carrying,
    castoff,
    change_views,
    close_views,
    entry_views,
    figure_views,
    guest_links,
    kiosk_views,
    manifest_views,
    paper_views,
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
    path("kiosk/", kiosk_views.kiosks, name="kiosk"),
    path("worker.js", castoff.worker, name="worker"),
    path("<str:slug>/", views.sheet, name="sheet"),
    path("<str:slug>/money/", views.money, name="money"),
    path("<str:slug>/cancel/", cancelling.cancel, name="cancel"),
    path("<str:slug>/poster/", views.poster, name="poster"),
    path("<str:slug>/castoff/", castoff.show, name="castoff"),
    path("<str:slug>/manifest/", manifest_views.show, name="manifest"),
    path("<str:slug>/manifest/print/", ashore_views.show, name="manifest-print"),
    path("<str:slug>/manifest/ashore/", ashore_views.send, name="manifest-ashore"),
    path("<str:slug>/manifest/ask/", manifest_views.ask, name="manifest-ask"),
    path("<str:slug>/manifest/paper/<str:key>/", paper_views.paper, name="manifest-paper"),
    path("<str:slug>/manifest/for/<str:key>/", guest_links.show, name="manifest-link-for"),
    path("<str:slug>/manifest/<str:ulid>/aboard/", manifest_views.aboard, name="manifest-aboard"),
    path("<str:slug>/manifest/<str:ulid>/link/", manifest_views.link, name="manifest-link"),
    path("<str:slug>/manifest/<str:ulid>/unlink/", manifest_views.unlink, name="manifest-unlink"),
    path("<str:slug>/manifest/<str:ulid>/accept/", manifest_views.accept, name="manifest-accept"),
    path("<str:slug>/manifest/<str:ulid>/double/", manifest_views.double, name="manifest-double"),
    path("<str:slug>/manifest/<str:ulid>/care/", care.look, name="manifest-care"),
    path("<str:slug>/entry/<str:reference>/", entry_views.show, name="entry"),
    path("<str:slug>/entry/<str:reference>/receipt/", entry_views.receipt, name="entry-receipt"),
    path("<str:slug>/entry/<str:reference>/void/", change_views.void, name="entry-void"),
    path("<str:slug>/entry/<str:reference>/refund/", change_views.refund, name="entry-refund"),
    path("<str:slug>/entry/<str:reference>/correct/", change_views.correct, name="entry-correct"),
    path("<str:slug>/carry/<str:ulid>/", carrying.carry, name="carry"),
    path("<str:slug>/card-link/<str:ulid>/", card_links.show, name="card-link"),
    path("<str:slug>/card-link/<str:ulid>/send/", card_links.send, name="card-link-send"),
]
