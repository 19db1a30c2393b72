"""What waits on a phone without a signal: kept, sent again by itself, and put right where it was refused."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Shoot, wait_until
from tests.browser.signing import PAGE, Signal, draw, evidence, fill, ink, kept, lines, open_page, wave
from tests.builders import make_event
from tests.waivers.builders import sign
from waivers.rows import State


def sign_as(page: Page, name: str) -> None:
    fill(page, name=name)
    draw(page, wave())
    page.click("#submit")


def answer(page: Page, status: int, **problem: object) -> None:
    """Let the server answer the next signature with a problem."""
    body = json.dumps({"status": status, "title": "No", **problem})

    def refuse(route: Route) -> None:
        route.fulfill(status=status, body=body, content_type="application/problem+json")

    page.route(f"**{PAGE}", refuse, times=1)


def test_several_sign_without_a_signal_and_are_sent_when_it_is_back(phone: Page, shoot: Shoot) -> None:
    make_event()
    open_page(phone)
    phone.context.set_offline(True)

    sign_as(phone, "Ana López")
    expect(phone.locator("#waiting li")).to_have_count(1)
    sign_as(phone, "Bea de la Cruz y Villanueva de los Infantes Montoya")
    expect(phone.locator("#waiting li")).to_have_count(2)
    shoot(phone, "waiver-queue")
    assert lines() == []
    phone.context.set_offline(False)

    expect(phone.get_by_role("link", name="Receipt")).to_have_count(2)
    assert len(lines()) == 2
    for line in lines():
        expect(phone.locator("#waiting")).to_contain_text(f"{line.name} Received, reference {line.reference}")
    assert kept(phone) == []


def test_what_waits_is_sent_when_the_page_is_opened_again(phone: Page) -> None:
    make_event()
    open_page(phone)
    phone.context.set_offline(True)
    sign_as(phone, "Ana López")
    expect(phone.locator("#waiting")).to_contain_text("Kept on this phone, not sent yet.")
    phone.goto("about:blank")
    phone.context.set_offline(False)

    phone.goto(PAGE)

    expect(phone.locator("#waiting")).to_contain_text("Received, reference")
    [line] = lines()
    assert line.name == "Ana López"


def test_what_is_sent_much_later_says_so(phone: Page) -> None:
    make_event()
    phone.clock.install()
    open_page(phone)
    signal = Signal(phone)
    phone.route(f"**{PAGE}", lambda route: route.abort(), times=1)
    sign_as(phone, "Ana López")
    expect(phone.locator("#waiting")).to_contain_text("not sent yet")

    signal.good = True
    phone.clock.fast_forward("05:00")

    expect(phone.locator("#waiting")).to_contain_text("Received, reference")
    [line] = lines()
    assert evidence(line).facts["sent_later"] is True


def test_half_filled_form_is_there_again(phone: Page) -> None:
    make_event()
    open_page(phone)
    fill(phone)
    phone.locator("label", has_text="Myself and children").click()
    phone.fill("#child_name_1", "Luz López")
    phone.click("#another")
    phone.fill("#child_name_2", "Sol López")
    draw(phone, wave())
    before = ink(phone)
    wait_until(phone, lambda: len(kept(phone)) == 1)

    phone.reload()

    expect(phone.locator("#name")).to_have_value("Ana López")
    expect(phone.locator("#child_name_2")).to_have_value("Sol López")
    expect(phone.locator("#consent")).to_be_checked()
    expect(phone.locator(".ink")).to_be_visible()
    assert ink(phone) == pytest.approx(before, rel=0.01)


def test_browser_without_indexeddb_keeps_it_all_the_same(phone: Page) -> None:
    make_event()
    phone.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('no') }")
    open_page(phone)
    phone.context.set_offline(True)
    sign_as(phone, "Ana López")
    expect(phone.locator("#waiting")).to_contain_text("Kept on this phone, not sent yet.")
    phone.context.set_offline(False)

    phone.reload()

    expect(phone.locator("#waiting")).to_contain_text("Received, reference")
    assert phone.evaluate("Object.keys(localStorage)") == []


def test_browser_that_keeps_nothing_says_so(phone: Page) -> None:
    make_event()
    phone.add_init_script(
        "IDBFactory.prototype.open = Storage.prototype.setItem = () => { throw new DOMException('no') }"
    )
    open_page(phone)
    phone.context.set_offline(True)

    sign_as(phone, "Ana López")

    expect(phone.locator("#waiting")).to_contain_text("this browser keeps nothing: stay on this page")


def test_queued_one_that_is_refused_opens_again(phone: Page, shoot: Shoot) -> None:
    make_event()
    open_page(phone)
    phone.context.set_offline(True)
    sign_as(phone, "Ana López")
    expect(phone.locator("#waiting li")).to_have_count(1)
    answer(phone, 422, detail="Check what you entered.", errors={"email": ["Enter an e-mail address."]})
    phone.context.set_offline(False)

    expect(phone.locator("#waiting")).to_contain_text("Not taken: Check what you entered.")
    shoot(phone, "waiver-queue-refused")
    phone.get_by_role("button", name="Open it again").click()

    expect(phone.locator("#name")).to_have_value("Ana López")
    expect(phone.locator("#not-sent li")).to_have_text(["Enter an e-mail address."])
    expect(phone.locator("#email-error")).to_be_visible()
    assert ink(phone)[4] > 500
    phone.click("#submit")
    phone.wait_for_url("**/signed/*")
    assert len(lines()) == 1


def test_who_signed_already_may_replace_it(phone: Page, shoot: Shoot) -> None:
    first = sign(event=make_event())
    open_page(phone)
    sign_as(phone, "Ana López")
    expect(phone.locator("#status")).to_contain_text(f"reference {first.reference}")
    shoot(phone, "waiver-signed-already")

    phone.get_by_role("button", name="Replace it").click()
    phone.wait_for_url("**/signed/*")

    assert sorted(line.state for line in lines()) == [State.COUNTS.value, State.REPLACED.value]


def test_network_that_asks_for_a_login_is_no_answer(phone: Page) -> None:
    make_event()
    open_page(phone)
    phone.route(f"**{PAGE}", lambda route: route.fulfill(status=200, body="<h1>Marina guest network</h1>"), times=1)

    sign_as(phone, "Ana López")
    expect(phone.locator("#waiting")).to_contain_text("not sent yet")
    phone.get_by_role("button", name="Try now").click()

    expect(phone.locator("#waiting")).to_contain_text("Received, reference")
    assert len(lines()) == 1
