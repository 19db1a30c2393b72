"""Who may open the staff's own pages, and who sees money on them."""

from __future__ import annotations

import pytest
from django.test import Client

from payments import ledger
from scc.staff.models import User
from tests.builders import make_event, make_party

BOARD = "/dispatch/"
SHEET = "/dispatch/2026-05-23/"
POSTER = "/dispatch/2026-05-23/poster/"
MONEY = "/dispatch/2026-05-23/money/"
PAGES = [BOARD, SHEET, POSTER]
PAST = "/dispatch/?before=today"


@pytest.fixture(autouse=True)
def _paid_departure(alice: User) -> None:
    event = make_event()
    party = make_party(event=event)
    ledger.record(
        event=event.slug, patron_name=party.name, patron_id=party.ulid, amount_cents=12_345, method="cash", by=alice
    )


@pytest.mark.parametrize("page", [*PAGES, MONEY])
def test_stranger_is_sent_to_sign_in(page: str, as_charlie: Client) -> None:
    response = as_charlie.get(page)

    assert response.status_code == 302
    assert response.headers["Location"] == f"/admin/login/?next={page}"


@pytest.mark.parametrize("page", [*PAGES, MONEY])
def test_owner_and_staff_may_open(page: str, as_alice: Client, as_dana: Client) -> None:
    assert as_alice.get(page).status_code == 200
    assert as_dana.get(page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_crew_may_open(page: str, as_bob: Client) -> None:
    assert as_bob.get(page).status_code == 200


@pytest.mark.parametrize("page", [PAST, SHEET])
def test_money_is_shown_to_staff(page: str, as_dana: Client) -> None:
    assert "$123.45" in as_dana.get(page).content.decode()


@pytest.mark.parametrize("page", [PAST, SHEET])
def test_money_is_hidden_from_crew(page: str, as_bob: Client) -> None:
    shown = as_bob.get(page).content.decode()

    assert "Sunset sail" in shown
    assert "$" not in shown
    assert "Log payment" not in shown


def test_money_is_refused_to_crew(as_bob: Client) -> None:
    response = as_bob.get(MONEY)

    assert response.status_code == 403
    assert b"123.45" not in response.content


@pytest.mark.parametrize("page", PAGES)
def test_pages_take_no_post(page: str, as_alice: Client) -> None:
    assert as_alice.post(page).status_code == 405


@pytest.mark.parametrize("slug", ["2026-05-24", "nonsense", "2026-13-45", "x" * 3000, "META", "2026-05-23%0A"])
@pytest.mark.parametrize("rest", ["", "money/", "poster/"])
def test_unknown_departure_is_a_404(slug: str, rest: str, as_alice: Client) -> None:
    assert as_alice.get(f"/dispatch/{slug}/{rest}").status_code == 404


def test_pages_are_kept_by_no_cache(as_alice: Client) -> None:
    for page in [*PAGES, MONEY]:
        assert as_alice.get(page).headers["Cache-Control"] == "no-store"
