"""Day closes in the admin: to look at, for those who see money."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.builders import make_event
from tests.conftest import RequestsMade
from tests.payments.test_closing import TODAY, YESTERDAY, close, pay

LIST = "/admin/payments/dayclose/"
PAGE = f"{LIST}000002/change/"

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture(autouse=True)
def _two_closes(table: None) -> None:
    make_event(date=TODAY)
    close(YESTERDAY)
    pay(50_000)
    close(TODAY, counted={"cash": 49_500}, note="Five short.")


def test_list_is_by_number_the_last_first(as_dana: Client, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        shown = as_dana.get(LIST).content.decode()

    assert made == {"GetItem": 2, "Query": 1}
    assert shown.index("000002") < shown.index("000001")
    assert "Cash $5.00 short" in shown


def test_close_is_shown_and_takes_no_change(as_alice: Client) -> None:
    shown = as_alice.get(PAGE).content.decode()

    assert "Cash: $500.00 expected, $495.00 counted, $5.00 short" in shown
    assert "Five short." in shown
    assert f"/dispatch/close/{TODAY}/" in shown
    assert as_alice.post(PAGE, {"note": "Never"}).status_code == 403
    assert as_alice.get(f"{LIST}add/").status_code == 403
    assert as_alice.post(f"{LIST}000002/delete/", {"post": "yes"}).status_code == 403


def test_history_says_who_closed(as_alice: Client) -> None:
    assert "$500.00 expected" in as_alice.get(f"{LIST}000002/history/").content.decode()


def test_crew_may_not_look(as_bob: Client) -> None:
    assert as_bob.get(LIST).status_code == 403
    assert as_bob.get(PAGE).status_code == 403
