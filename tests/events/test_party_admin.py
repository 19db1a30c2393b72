"""The list of parties: who finds whom, by what."""

from __future__ import annotations

import datetime as dt

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone

from events import bookings
from events.rows import Patron
from scc.staff.actors import SYSTEM
from scc.staff.models import User
from tests.builders import make_event, make_party

PARTIES = "/admin/events/patron/"
THIS_YEAR = timezone.localdate()

pytestmark = pytest.mark.usefixtures("table")


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def names(page: HttpResponseBase) -> list[str]:
    return [obj.name for obj in page.context["cl"].result_list]  # type: ignore[attr-defined]  # the test client's


def test_parties_are_found_by_an_address_in_every_year(dana: User) -> None:
    for year in (2024, 2026):
        make_party(event=make_event(date=dt.date(year, 5, 23)), name=f"Ana {year}", email="Ana@Example.com")
    make_party(event=make_event(date=dt.date(2025, 5, 23)), name="Bea", email="ana@example.com.mx")

    page = as_user(dana).get(PARTIES, {"q": " ana@example.COM "})

    assert names(page) == ["Ana 2026", "Ana 2024"]
    assert 'href="/dispatch/2026-05-23/"' in page.content.decode()


def test_parties_are_found_by_a_name_in_the_year(dana: User) -> None:
    event = make_event(date=THIS_YEAR)
    make_party(event=event, name="Ánna")
    make_party(event=event, name="Bea")

    assert names(as_user(dana).get(PARTIES, {"q": "ann"})) == ["Ánna"]
    assert names(as_user(dana).get(PARTIES)) == ["Ánna", "Bea"]


def test_a_party_is_found_by_the_address_that_it_has_now(dana: User) -> None:
    event = make_event(date=THIS_YEAR)
    party = make_party(event=event, email="old@example.com")

    bookings.change_party(event=event, party=party, changes={"email": "New@example.com"}, by=SYSTEM)

    assert names(as_user(dana).get(PARTIES, {"q": "old@example.com"})) == []
    assert names(as_user(dana).get(PARTIES, {"q": "new@example.com"})) == [party.name]


def test_a_party_that_is_erased_is_found_by_no_address(dana: User) -> None:
    event = make_event(date=THIS_YEAR)
    party = make_party(event=event)

    bookings.erase_party(event=event, party=party, by=SYSTEM)

    assert names(as_user(dana).get(PARTIES, {"q": "ana@example.com"})) == []
    erased = Patron.fetch(event_id=party.event_id, ulid=party.ulid)
    assert erased is not None
    assert not erased.folded_email
    assert not erased.gsi1pk


def test_crew_see_no_list_of_all_guests(bob: User) -> None:
    assert as_user(bob).get(PARTIES).status_code == 403


def test_a_party_has_no_page_of_its_own(alice: User) -> None:
    party = make_party(event=make_event(date=THIS_YEAR))

    assert as_user(alice).get(f"{PARTIES}{party.id}/change/").status_code == 404
    assert as_user(alice).get(f"{PARTIES}add/").status_code == 404
