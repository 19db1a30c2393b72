"""Nobody takes money back who may not: by form, URL, API, action or bulk action.

One table of the ways, one of the people. A new way is one line in `WAYS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client

from events import calendar
from payments import ledger
from payments.closing_rows import DayClose
from payments.rows import Payment
from scc.dynamo.rows import Row
from scc.staff import tokens
from scc.staff.actors import Actor
from scc.staff.models import User
from tests.api.calls import post
from tests.builders import make_event
from tests.people import client_of

SLUG = "2026-05-23"
LIST = "/admin/payments/payment/"
DANA = Actor("dana", "Dana Drake")

FORMS: dict[str, dict[str, str]] = {
    "void": {"reason": "Logged twice"},
    "refund": {"amount": "50.00", "method": "cash", "reason": "Weather"},
    "correct": {
        "patron_name": "Ana López",
        "amount": "50.00",
        "method": "card",
        "paid_on": "2026-05-01",
        "initial-paid_on": "2026-05-01",
    },
}
CALLS: dict[str, dict[str, str]] = {
    "void": {"reason": "Logged twice"},
    "refund": {"amount": "50.00", "method": "cash", "reason": "Weather"},
    "correct": {"patron_name": "Ana López", "amount": "50.00", "method": "card"},
}
ACTIONS = {"void": "void_entries", "refund": "refund_entries", "correct": "correct_entry"}


@dataclass(frozen=True)
class Visitor:
    """Someone who tries: in a browser, and at the API."""

    browser: Client
    api: Client
    # An owner's browser, for what a form has to carry that only its page says.
    owner: Client


Way = Callable[[Visitor, list[Payment]], Any]


def by_form(change: str) -> Way:
    """The page's form, sent as it stands, whoever was shown it."""

    def send(visitor: Visitor, entries: list[Payment]) -> Any:
        return visitor.browser.post(_page(entries[0], change), FORMS[change] | {"key": "k"})

    return send


def by_url(change: str) -> Way:
    """The form's address, opened."""
    return lambda visitor, entries: visitor.browser.get(_page(entries[0], change))


def by_api(change: str) -> Way:
    """The API, with a token."""

    def call(visitor: Visitor, entries: list[Payment]) -> Any:
        path = f"/api/g/{SLUG}/payment/{entries[0].reference}/{change}"
        return post(visitor.api, path, CALLS[change], key="k")

    return call


def by_api_in_a_browser(change: str) -> Way:
    """The API, with the session of a browser."""

    def call(visitor: Visitor, entries: list[Payment]) -> Any:
        return post(visitor.browser, f"/api/g/{SLUG}/payment/{entries[0].reference}/{change}", CALLS[change], key="k")

    return call


def by_action(change: str) -> Way:
    """The admin's action on one entry, its question answered."""
    return lambda visitor, entries: _act(visitor, change, entries[:1])


def by_bulk_action(change: str) -> Way:
    """The same on several."""
    return lambda visitor, entries: _act(visitor, change, entries)


def close_by_form(visitor: Visitor, entries: list[Payment]) -> Any:
    """The form that closes the day, as an owner was shown it."""
    page = f"/dispatch/close/{calendar.today()}/"
    form = visitor.owner.get(page).context["page"].open.form
    data = {name: form[name].value() or "" for name in form.fields}
    return visitor.browser.post(page, data | {"counted-cash": "250.00"})


def _act(visitor: Visitor, change: str, entries: list[Payment]) -> Any:
    chosen: dict[str, Any] = {ACTION_CHECKBOX_NAME: [entry.id for entry in entries], "action": ACTIONS[change]}
    lefts = {f"left-{entry.id}": f"{entry.amount_cents}.0" for entry in entries}
    return visitor.browser.post(LIST, chosen | lefts | FORMS[change] | {"key": "k", "confirmed": "yes"})


def _page(entry: Payment, change: str) -> str:
    return f"/dispatch/{SLUG}/entry/{entry.reference}/{change}/"


ADDS = {"void": 1, "refund": 1, "correct": 2}
# Each way, and how many entries and closes it adds when an owner tries it on a ledger of two entries.
WAYS: dict[str, tuple[Way, int]] = {
    **{f"{change} by form": (by_form(change), adds) for change, adds in ADDS.items()},
    **{f"{change} by URL": (by_url(change), 0) for change in ADDS},
    **{f"{change} by API": (by_api(change), adds) for change, adds in ADDS.items()},
    **{f"{change} by API, in a browser": (by_api_in_a_browser(change), adds) for change, adds in ADDS.items()},
    **{f"{change} by action": (by_action(change), 1) for change in ("void", "refund")},
    **{f"{change} by bulk action": (by_bulk_action(change), 2) for change in ("void", "refund")},
    # It leads to one entry's form, and refuses several.
    "correct by action": (by_action("correct"), 0),
    "correct by bulk action": (by_bulk_action("correct"), 0),
    "close by form": (close_by_form, 1),
}


@pytest.fixture
def entries(table: None) -> list[Payment]:
    make_event()
    paid = {"event": SLUG, "patron_name": "Ana López", "amount_cents": 12_500, "method": "cash", "by": DANA}
    return [ledger.record(**paid).payment for _ in range(2)]  # type: ignore[arg-type]  # facts by name


def visitor_of(user: User | None, owner: User) -> Visitor:
    if user is None:
        return Visitor(Client(), Client(), client_of(owner))
    api = Client(headers={"Authorization": f"Bearer {tokens.issue(user)[0]}"})
    return Visitor(client_of(user), api, client_of(owner))


def stored() -> dict[tuple[str, str], Any]:
    """Return the whole table, but for who is signed in."""
    rows = (row for row in Row.scan() if not row.pk.startswith(("SESSION#", "USER#", "TOKEN#")))
    return {(row.pk, row.sk): row.serialize() for row in rows}


@pytest.mark.parametrize("way", WAYS)
def test_an_owner_may(way: str, entries: list[Payment], alice: User) -> None:
    act, adds = WAYS[way]

    answer = act(visitor_of(alice, alice), entries)

    assert answer.status_code in {200, 201, 302, 303}
    assert sum(isinstance(row, Payment | DayClose) for row in Row.scan()) == len(entries) + adds


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", ["staff", "crew", "stranger"])
def test_nobody_else_may_and_nothing_is_written(
    way: str, who: str, entries: list[Payment], alice: User, dana: User, bob: User
) -> None:
    visitor = visitor_of({"staff": dana, "crew": bob, "stranger": None}[who], alice)
    before = stored()

    answer = WAYS[way][0](visitor, entries)

    # The sign-in, a refusal, or a list on which no such action is offered.
    assert answer.status_code in {302, 401, 403}, answer
    assert "/entry/" not in answer.headers.get("Location", "").partition("?")[0]
    assert stored() == before


@pytest.mark.parametrize("action", ACTIONS.values())
def test_an_action_is_offered_to_who_may(
    action: str, entries: list[Payment], as_alice: Client, as_dana: Client
) -> None:
    assert f'value="{action}"' in as_alice.get(LIST).content.decode()
    assert f'value="{action}"' not in as_dana.get(LIST).content.decode()


def test_an_entrys_page_offers_what_one_may(entries: list[Payment], as_alice: Client, as_dana: Client) -> None:
    page, change = f"/dispatch/{SLUG}/entry/{entries[0].reference}/", _page(entries[0], "void")

    assert change in as_alice.get(page).content.decode()
    assert change not in as_dana.get(page).content.decode()
    admin = f"{LIST}{entries[0].id}/change/"
    assert change in as_alice.get(admin).content.decode()
    assert change not in as_dana.get(admin).content.decode()
