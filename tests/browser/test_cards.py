"""A card link, from the sheet on a phone to the party's inbox."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from events import calendar
from events.rows import Event, Patron
from scc.staff.models import User
from tests.browser.conftest import DESKTOP, PHONE, Shoot, log_in
from tests.builders import make_event, make_party
from tests.payments.cards.looks import letters
from tests.payments.cards.stripe_account import Account, switched_on
from tests.people import PASSWORD

LINK = "https://buy.stripe.com/test_1"


@pytest.fixture
def stripe() -> Iterator[Account]:
    with switched_on() as account:
        yield account


@pytest.fixture
def event(table: None) -> Event:
    return make_event(date=calendar.today(), price_cents=0)


@pytest.fixture
def ana(event: Event) -> Patron:
    return make_party(event=event, name="Ana López", price_cents=50_000)


@pytest.mark.parametrize(("name", "options"), [("phone", PHONE), ("desk", DESKTOP)])
def test_a_link_is_made_shown_and_sent(
    name: str,
    options: dict[str, Any],
    new_page: Callable[..., Page],
    stripe: Account,
    event: Event,
    ana: Patron,
    dana: User,
    shoot: Shoot,
) -> None:
    page = new_page(**options)
    log_in(page, dana.username, PASSWORD)
    page.goto(f"/dispatch/{event.slug}/")
    shoot(page, f"card-link-sheet-{name}")

    page.get_by_role("button", name=re.compile("^Card link")).click()

    expect(page.get_by_role("link", name=LINK)).to_be_visible()
    expect(page.locator("svg.code")).to_be_visible()
    shoot(page, f"card-link-{name}")

    page.get_by_role("button", name="Send to ana@example.com").click()

    expect(page.get_by_role("status")).to_have_text("Sent to ana@example.com.")
    shoot(page, f"card-link-sent-{name}")
    assert LINK in letters()[0].text


def test_a_refusal_of_stripes_is_said_and_tried_again(
    phone: Page, stripe: Account, event: Event, ana: Patron, dana: User, shoot: Shoot
) -> None:
    stripe.trouble = [(500, {})] * 2
    log_in(phone, dana.username, PASSWORD)
    phone.goto(f"/dispatch/{event.slug}/")
    phone.get_by_role("button", name=re.compile("^Card link")).click()

    expect(phone.get_by_role("alert")).to_contain_text("Stripe does not answer.")
    shoot(phone, "card-link-refused-phone")

    phone.get_by_role("button", name="Try again").click()

    expect(phone.get_by_role("link", name=LINK)).to_be_visible()
