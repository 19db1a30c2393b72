from __future__ import annotations

import pytest
from django.test import Client

from scc.staff.actors import SYSTEM
from scc.staff.models import User
from tests.builders import make_event
from tests.conftest import RequestsMade
from tests.people import client_of
from tests.waivers.builders import sign
from waivers import holding
from waivers.models import Waiver
from waivers.signing import Signed

LIST = "/admin/waivers/waiver/"
TEXTS = "/admin/waivers/waivertext/"


@pytest.fixture
def signed(table: None) -> Signed:
    return sign(event=make_event(), name="Ana López", email="ana@example.com")


def page_of(signed: Signed) -> str:
    return f"{LIST}2026-05-23.{signed.record.ulid}/change/"


def test_list_shows_who_signed(dana: User, signed: Signed) -> None:
    page = client_of(dana).get(LIST)

    assert page.status_code == 200
    assert "Ana López" in page.text
    assert signed.reference in page.text
    assert page.headers["Cache-Control"] != "public, max-age=60"


def test_list_costs_one_query_beside_session_and_user(dana: User, signed: Signed, requests_made: RequestsMade) -> None:
    client = client_of(dana)

    with requests_made() as made:
        client.get(LIST)

    assert made == {"GetItem": 2, "Query": 1}


@pytest.mark.parametrize(("asked", "found"), [("ana l", True), ("ÁNA", True), ("lopez", False), ("Bea", False)])
def test_list_is_searched_by_the_beginning_of_a_name(dana: User, signed: Signed, asked: str, found: bool) -> None:
    page = client_of(dana).get(LIST, {"q": asked})

    assert page.status_code == 200
    assert (signed.reference in page.text) is found


def test_list_of_another_month_is_empty(dana: User, signed: Signed) -> None:
    page = client_of(dana).get(LIST, {"month": "2001-01"})

    assert signed.reference not in page.text


def test_page_leads_to_where_looks_are_written_down(dana: User, bob: User, signed: Signed) -> None:
    page = client_of(dana).get(page_of(signed))

    path = f"/dispatch/2026-05-23/waivers/{signed.record.ulid}/"
    assert path in page.text
    assert "1980-03-31" not in page.text
    assert client_of(bob).get(path).status_code == 403


def test_restricted_is_named_to_owners_alone(alice: User, dana: User, signed: Signed) -> None:
    holding.restrict(signed.line, reason="Asked for it.", by=SYSTEM)

    for page in (LIST, page_of(signed)):
        shown = client_of(dana).get(page).text
        assert "López" not in shown
        assert "Restricted" in shown
        assert signed.reference in shown
        assert "Ana López" in client_of(alice).get(page).text


@pytest.mark.parametrize("term", ["ana", "ana l"])
def test_restricted_is_found_by_owners_alone(alice: User, dana: User, signed: Signed, term: str) -> None:
    holding.restrict(signed.line, reason="Asked for it.", by=SYSTEM)

    assert signed.reference not in client_of(dana).get(LIST, {"q": term}).text
    assert signed.reference in client_of(alice).get(LIST, {"q": term}).text
    assert client_of(dana).get(LIST, {"folded_name__startswith": term}).status_code == 400


def test_waiver_is_never_added_changed_or_removed(alice: User, signed: Signed) -> None:
    client = client_of(alice)

    answers = [
        client.get(f"{LIST}add/"),
        client.post(f"{LIST}add/", {"name": "Eve"}),
        client.post(page_of(signed), {"name": "Eve"}),
        client.post(page_of(signed).replace("change", "delete"), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403]
    stored = Waiver.objects.get(pk=f"2026-05-23.{signed.record.ulid}")
    assert stored.name == "Ana López"
    with pytest.raises(TypeError):
        stored.save()
    with pytest.raises(TypeError):
        stored.delete()


@pytest.mark.usefixtures("signed")
def test_stranger_sees_the_login() -> None:
    answer = Client().get(LIST)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")
