"""The cast-off page on a phone, with the signal and without."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Error, Page, expect

from events.rows import Event
from scc.staff.models import User
from tests.browser.conftest import Shoot, log_in, wait_until
from tests.builders import make_crew, make_event, make_party, make_person
from tests.people import PASSWORD
from tests.waivers.manifests import DANA, line_of, make_line
from waivers import boarding
from waivers.rows import Role, Waiver

SLUG = timezone.localdate().isoformat()
PAGE = f"/dispatch/{SLUG}/castoff/"
NO_NETWORK = r"ERR_INTERNET_DISCONNECTED|ERR_FAILED"


@pytest.fixture
def event(table: None) -> Event:
    return make_event(slug=SLUG, date=timezone.localdate(), starts_at=timezone.now() + timedelta(minutes=5))


@pytest.fixture
def guests(event: Event) -> list[Waiver]:
    party = make_party(event=event, name="Ana López", size=3)
    lines = [make_line(event, of=party, name=name) for name in ("Maria López", "Pedro López")]
    captain = make_crew(event=event, person=make_person())
    lines.append(make_line(event, of=captain, name="Bob Reyes", role=Role.CREW))
    boarding.board(event.slug, lines[0].ulid, by=DANA)
    return lines


def open_castoff(page: Page) -> None:
    log_in(page, "bob", PASSWORD)
    page.goto(PAGE)
    # The worker has read it, and keeps it.
    wait_until(page, lambda: PAGE in kept_pages(page))


def kept_pages(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """async () => {
          const pages = await caches.has("castoff-pages") ? await (await caches.open("castoff-pages")).keys() : [];
          const parts = await caches.has("castoff-parts") ? await (await caches.open("castoff-parts")).keys() : [];
          return parts.length < 7 ? [] : pages.map((request) => new URL(request.url).pathname);
        }"""
    )
    return found


@pytest.mark.usefixtures("guests")
def test_page_shows_the_last_state_when_the_network_is_cut(phone: Page, bob: User, shoot: Shoot) -> None:
    open_castoff(phone)
    expect(phone.get_by_text("Kept on this phone.")).to_be_visible()
    phone.context.set_offline(True)

    phone.reload()

    expect(phone.locator(".castoff__count")).to_contain_text("1 of 3 expected aboard")
    expect(phone.get_by_text("No signal.")).to_be_visible()
    expect(phone.get_by_text(re.compile(r"As of \d\d:\d\d"))).to_be_visible()
    expect(phone.get_by_role("button", name="Check in Pedro López")).to_be_disabled()
    # With its looks: the style sheets are kept too.
    assert phone.locator(".castoff__count strong").evaluate("it => getComputedStyle(it).fontSize") == "72px"
    shoot(phone, "castoff-offline")


@pytest.mark.usefixtures("guests")
def test_page_says_how_old_it_is(phone: Page, bob: User) -> None:
    open_castoff(phone)
    phone.context.set_offline(True)
    phone.clock.install(time=timezone.now() + timedelta(minutes=12, seconds=5))

    phone.reload()

    expect(phone.get_by_text("12 minutes ago")).to_be_visible()
    phone.clock.fast_forward("50:00")
    expect(phone.get_by_text("1 hour 2 minutes ago")).to_be_visible()


@pytest.mark.usefixtures("guests")
def test_no_other_page_is_served_without_the_network(phone: Page, bob: User) -> None:
    open_castoff(phone)
    phone.goto(f"/dispatch/{SLUG}/manifest/")
    phone.context.set_offline(True)

    for path in ("/dispatch/", f"/dispatch/{SLUG}/", f"/dispatch/{SLUG}/manifest/"):
        with pytest.raises(Error, match=NO_NETWORK):
            phone.goto(path)


def test_buttons_come_back_with_the_signal(phone: Page, bob: User, guests: list[Waiver], event: Event) -> None:
    open_castoff(phone)
    phone.context.set_offline(True)
    phone.reload()
    boarding.board(event.slug, guests[1].ulid, by=DANA)

    phone.context.set_offline(False)

    expect(phone.locator(".castoff__count")).to_contain_text("2 of 3 expected aboard")
    expect(phone.get_by_text("No signal.")).to_be_hidden()


def test_a_tap_checks_in_at_once(phone: Page, bob: User, guests: list[Waiver], shoot: Shoot) -> None:
    open_castoff(phone)

    phone.get_by_role("button", name="Check in Pedro López").tap()

    expect(phone.locator(".castoff__count")).to_contain_text("2 of 3 expected aboard")
    assert line_of(guests[1]).aboard_by == "bob"
    shoot(phone, "castoff")


@pytest.mark.usefixtures("guests")
def test_signing_out_empties_what_is_kept(phone: Page, bob: User) -> None:
    open_castoff(phone)

    phone.get_by_role("button", name="Sign out").tap()

    phone.wait_for_url("**/admin/logout/")
    wait_until(phone, lambda: not kept_names(phone))
    phone.context.set_offline(True)
    with pytest.raises(Error, match=NO_NETWORK):
        phone.goto(PAGE)


@pytest.mark.usefixtures("guests")
def test_who_signs_in_after_an_ended_session_finds_nothing_kept(phone: Page, bob: User) -> None:
    open_castoff(phone)
    phone.context.clear_cookies()

    phone.goto("/admin/login/")

    wait_until(phone, lambda: not kept_names(phone))


@pytest.mark.usefixtures("guests")
def test_an_ended_session_empties_what_is_kept(phone: Page, bob: User) -> None:
    open_castoff(phone)
    phone.context.clear_cookies()

    phone.goto(PAGE)

    phone.wait_for_url("**/admin/login/**")
    wait_until(phone, lambda: not kept_names(phone))


@pytest.mark.usefixtures("guests")
def test_nothing_is_kept_past_the_departure_s_day(phone: Page, bob: User, event: Event) -> None:
    open_castoff(phone)
    phone.evaluate(
        """async () => {
          const pages = await caches.open("castoff-pages");
          const [request] = await pages.keys();
          const answer = await pages.match(request);
          const headers = new Headers(answer.headers);
          headers.set("X-Keep-Until", String(Math.floor(Date.now() / 1000) - 1));
          await pages.put(request, new Response(await answer.text(), { headers }));
        }"""
    )

    phone.goto("/dispatch/")

    wait_until(phone, lambda: PAGE not in kept_pages(phone))


def kept_names(page: Page) -> list[str]:
    found: list[str] = page.evaluate("async () => (await caches.keys()).filter((name) => name.startsWith('castoff-'))")
    return found


@pytest.mark.usefixtures("guests")
def test_page_works_without_a_script(new_page: Callable[..., Page], bob: User) -> None:
    page = new_page(java_script_enabled=False)
    log_in(page, "bob", PASSWORD)
    page.goto(PAGE)

    page.get_by_role("button", name="Check in Pedro López").click()

    expect(page.locator(".castoff__count")).to_contain_text("2 of 3 expected aboard")
