"""What every page says of caches and of scripts, whoever asks."""

from __future__ import annotations

import pytest
from django.test import Client

from scc.staff.models import User
from scc.staff.urls import site
from tests.builders import make_event, make_vessel

WAIVER = "/g/2026-05-23/waiver"
PUBLIC = [
    "/",
    WAIVER,
    "/g/2026-05-24/waiver",
    "/g/2026-05-23/signed/x",
    "/r/2026-05-23/x",
    "/healthz",
    "/admin/login/",
    "/nowhere",
]
STAFF = [
    "/dispatch/",
    "/dispatch/close/2026-05-23/",
    "/dispatch/figures/",
    "/dispatch/figures/income/",
    "/dispatch/figures/balances/?part=index",
    "/dispatch/figures/unsigned/",
    "/dispatch/2026-05-23/",
    "/dispatch/2026-05-23/money/",
    "/dispatch/2026-05-23/poster/",
    "/dispatch/2026-05-23/entry/NNNNNN/",
    "/dispatch/2026-05-23/entry/NNNNNN/void/",
    "/dispatch/references/",
    "/dispatch/2026-05-23/card-link/01JV0000000000000000000000/",
    "/dispatch/kiosk/",
    "/dispatch/worker.js",
    "/dispatch/2026-05-23/castoff/",
    "/dispatch/2026-05-23/manifest/",
    "/dispatch/2026-05-23/manifest/print/",
    "/dispatch/2026-05-23/manifest/ask/",
    "/dispatch/2026-05-23/manifest/01JV0000000000000000000000/aboard/",
    "/dispatch/2026-05-23/manifest/01JV0000000000000000000000/care/",
    "/dispatch/2026-05-24/",
    "/admin/",
    *(f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in site._registry),
    "/admin/events/event/add/",
    "/admin/events/event/2026-05-23/change/",
    "/admin/events/event/2026-05-23/history/",
    "/admin/events/event/2026-05-23/delete/",
    "/admin/imports/importrun/add/",
    "/admin/imports/importrun/01JV0000000000000000000000/change/",
    "/admin/imports/importrun/01JV0000000000000000000000/columns/",
    "/admin/imports/importrun/01JV0000000000000000000000/report/",
    "/admin/mail/letter/failed/",
    "/admin/payments/payment/add/",
    "/admin/password_change/",
    "/api/events",
    "/api/g/2026-05-23",
    "/api/g/2026-05-24",
    "/api/openapi.json",
    "/api/stripe/webhook",
    "/api/nowhere",
]


@pytest.fixture(autouse=True)
def _departure(table: None) -> None:
    make_event()
    make_vessel()


def directives(client: Client, path: str) -> dict[str, str]:
    policy = client.get(path).headers["Content-Security-Policy"]
    return dict(directive.strip().split(" ", 1) for directive in policy.split(";"))


@pytest.mark.parametrize("path", PUBLIC + STAFF)
def test_scripts_are_our_own_files_alone(path: str, alice: User) -> None:
    client = Client()
    client.force_login(alice)

    policy = directives(client, path)

    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["default-src"] == "'none'"


@pytest.mark.parametrize("path", [path for path in PUBLIC + STAFF if path != WAIVER])
def test_no_cache_keeps_a_page(path: str, alice: User) -> None:
    client = Client()
    client.force_login(alice)

    assert "no-store" in client.get(path).headers["Cache-Control"]
