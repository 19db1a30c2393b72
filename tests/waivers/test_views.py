from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.builders import make_event
from tests.conftest import RequestsMade
from tests.waivers.builders import fields, post, typed_fields
from waivers.rows import Waiver

PAGE = "/g/2026-05-23/waiver"


@pytest.mark.usefixtures("table")
def test_waiver_is_the_same_bytes_for_everyone() -> None:
    make_event()
    known = Client()
    known.cookies["sessionid"] = "anything"
    known.cookies["csrftoken"] = "anything"

    first = Client().get(PAGE)
    second = known.get(PAGE, headers={"Accept-Language": "es", "User-Agent": "Other"})

    assert first.status_code == 200
    assert first.content == second.content
    assert first.headers["Cache-Control"] == second.headers["Cache-Control"] == "public, max-age=60"
    assert not first.cookies
    assert not second.cookies
    assert "Vary" not in second.headers


@pytest.mark.usefixtures("table")
def test_waiver_costs_one_request(requests_made: RequestsMade) -> None:
    make_event()
    make_event(slug="2026-05-24-sunset")
    Client().get(PAGE)

    with requests_made() as of_a_day:
        Client().get(PAGE)
    with requests_made() as of_a_slug:
        Client().get("/g/2026-05-24-sunset/waiver")

    assert of_a_day == {"Query": 1}
    assert of_a_slug == {"GetItem": 1}


@pytest.mark.usefixtures("table")
def test_signing_costs_three_requests(requests_made: RequestsMade) -> None:
    make_event()
    Client().get(PAGE)

    with requests_made() as first:
        response = post(fields())
    other = fields(name="Bea")
    with requests_made() as later:
        post(other)

    assert response.status_code == 303
    assert first == later == {"GetItem": 1, "UpdateItem": 1, "TransactWriteItems": 1}


@pytest.mark.usefixtures("table")
def test_signing_leads_to_the_receipt() -> None:
    make_event()

    signed = post(fields())
    receipt = Client().get(signed.headers["Location"])

    assert signed.status_code == 303
    assert re.fullmatch(r"/g/2026-05-23/signed/[0-9a-z]{52}", signed.headers["Location"])
    assert receipt.status_code == 200
    assert receipt.headers["Cache-Control"] == "no-store"
    assert receipt.headers["Referrer-Policy"] == "no-referrer"
    assert receipt.headers["X-Robots-Tag"] == "noindex"
    assert "Ana López" in receipt.text
    assert "<path d=" in receipt.text


@pytest.mark.usefixtures("table")
def test_signing_without_a_script_is_by_typing() -> None:
    make_event()

    first = post(typed_fields())
    again = post(typed_fields())

    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]
    [line] = Waiver.listing(known={"event_id": "2026-05-23"}, prefix="")
    assert line.method == "typed"
