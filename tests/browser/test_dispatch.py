"""Staff on a dock: the board, the sheet and log payment in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from events import calendar
from events.rows import Event, Patron
from payments import ledger
from payments.rows import Payment
from scc.dynamo.rows import Row
from scc.staff.actors import Actor
from scc.staff.models import User
from tests.browser.conftest import PHONE, Shoot, log_in
from tests.builders import make_crew, make_event, make_party, make_person
from tests.people import PASSWORD

PAY = "**/api/g/*/payment"
LONG = "Wolfeschlegelsteinhausenbergerdorff Hubert Blaine Senior"


@pytest.fixture
def event(table: None) -> Event:
    return make_event(date=calendar.today(), price_cents=0)


@pytest.fixture
def ana(event: Event) -> Patron:
    return make_party(event=event, name="Ana López", size=4, price_cents=50_000, email="")


@pytest.fixture
def staffed(phone: Page, dana: User, event: Event, ana: Patron) -> Page:
    """A phone on the board, signed in."""
    log_in(phone, dana.username, PASSWORD)
    phone.goto("/dispatch/")
    return phone


def entries(event: Event) -> list[Payment]:
    return [row for row in Row.collection(f"EVENT#{event.slug}") if isinstance(row, Payment)]


def card(page: Page, event: Event) -> Locator:
    return page.locator(f'.departure[data-event="{event.slug}"]')


def open_dialog(page: Page, event: Event) -> Locator:
    card(page, event).get_by_role("button", name="Log payment").click()
    return page.get_by_role("dialog")


def fill(dialog: Locator, *, party: str = "Ana López", method: str = "Cash") -> None:
    dialog.get_by_role("radio", name=party).click()
    dialog.get_by_role("radio", name=method, exact=True).click()


def send(dialog: Locator, words: str = "Log ") -> None:
    dialog.get_by_role("button", name=words).click()


def keys_of(page: Page) -> list[str]:
    keys: list[str] = []
    page.on("request", lambda sent: keys.extend(filter(None, [sent.headers.get("idempotency-key")])))
    return keys


def lose(route: Route) -> None:
    """Let the server have the request, and the phone never hear."""
    route.fetch()
    route.abort()


def drop(route: Route) -> None:
    route.abort()


def test_payment_is_logged_in_four_touches(staffed: Page, event: Event, shoot: Shoot) -> None:
    shoot(staffed, "board-phone")

    dialog = open_dialog(staffed, event)
    dialog.get_by_role("radio", name="Ana López").tap()
    dialog.get_by_role("radio", name="Cash", exact=True).tap()
    staffed.screenshot(path="test-output/log-payment-phone.png")
    dialog.get_by_role("button", name="Log $500 cash").tap()

    expect(dialog.get_by_text("Logged, reference")).to_be_visible()
    staffed.screenshot(path="test-output/log-payment-logged-phone.png")
    (entry,) = entries(event)
    assert (entry.amount_cents, entry.method, entry.patron_name) == (50_000, "cash", "Ana López")
    assert entry.reference in dialog.inner_text()


def test_card_shows_the_payment_without_a_reload(staffed: Page, event: Event) -> None:
    expect(card(staffed, event).locator(".figures__money")).to_have_text("$0 of $500 paid")

    dialog = open_dialog(staffed, event)
    fill(dialog)
    dialog.get_by_label("Amount").fill("125.50")
    send(dialog)
    dialog.get_by_role("button", name="Done").click()

    expect(card(staffed, event).locator(".figures__money")).to_have_text("$125.50 of $500 paid")
    expect(card(staffed, event).get_by_role("button", name="Log payment")).to_be_focused()


def test_more_than_is_due_shows_as_credit(staffed: Page, event: Event) -> None:
    credit = card(staffed, event).get_by_text("Credit")
    expect(credit).to_be_hidden()

    dialog = open_dialog(staffed, event)
    fill(dialog)
    dialog.get_by_label("Amount").fill("520")
    send(dialog)
    dialog.get_by_role("button", name="Done").click()

    expect(credit).to_have_text("Credit $20")
    staffed.reload()
    expect(credit).to_have_text("Credit $20")


def test_payment_shows_in_the_admin(staffed: Page, event: Event, shoot: Shoot) -> None:
    dialog = open_dialog(staffed, event)
    fill(dialog)
    send(dialog)
    expect(dialog.get_by_text("Logged, reference")).to_be_visible()

    staffed.goto("/admin/payments/payment/")

    expect(staffed.locator("#result_list")).to_contain_text("Ana López")
    shoot(staffed, "admin-payments-phone")


def test_lost_answer_is_said_and_sent_again_with_the_same_key(staffed: Page, event: Event) -> None:
    keys = keys_of(staffed)
    staffed.route(PAY, lose)
    dialog = open_dialog(staffed, event)
    fill(dialog)
    send(dialog)
    expect(dialog.get_by_role("status")).to_contain_text("Not known whether it was logged")
    assert len(entries(event)) == 1

    staffed.unroute(PAY)
    send(dialog, "Send again")

    expect(dialog.get_by_text("Logged, reference")).to_be_visible()
    expect(dialog.get_by_text("nothing was counted twice")).to_be_visible()
    assert len(entries(event)) == 1
    assert len(keys) == 2
    assert keys[0] == keys[1]


@pytest.mark.parametrize("status", [401, 403, 429])
def test_key_survives_a_refusal_that_says_nothing_of_the_lost_answer(staffed: Page, event: Event, status: int) -> None:
    keys = keys_of(staffed)
    staffed.route(PAY, lose)
    dialog = open_dialog(staffed, event)
    fill(dialog)
    send(dialog)
    expect(dialog.get_by_role("status")).to_contain_text("Not known whether it was logged")
    staffed.unroute(PAY)
    staffed.route(PAY, lambda route: route.fulfill(status=status, json={}, content_type="application/problem+json"))
    send(dialog, "Send again")
    expect(dialog.get_by_text("Still not known whether it was logged")).to_be_visible()
    staffed.unroute(PAY)

    send(dialog, "Send again")

    expect(dialog.get_by_text("nothing was counted twice")).to_be_visible()
    assert len(entries(event)) == 1
    assert len(set(keys)) == 1


@pytest.mark.parametrize(("loss", "stored"), [(lose, 1), (drop, 0)])
def test_key_survives_a_reload(
    staffed: Page, event: Event, loss: Callable[[Route], None], stored: int, shoot: Shoot
) -> None:
    keys = keys_of(staffed)
    staffed.route(PAY, loss)
    dialog = open_dialog(staffed, event)
    fill(dialog)
    send(dialog)
    expect(dialog.get_by_role("status")).to_contain_text("Not known")
    assert len(entries(event)) == stored
    staffed.unroute(PAY)

    staffed.reload()
    pending = card(staffed, event).get_by_text("$500 cash from Ana López: not known whether it was logged.")
    expect(pending).to_be_visible()
    shoot(staffed, "board-pending-phone")
    card(staffed, event).get_by_role("button", name="Send again").click()

    expect(staffed.get_by_role("dialog").get_by_text("Logged, reference")).to_be_visible()
    expect(pending).to_have_count(0)
    assert len(entries(event)) == 1
    assert keys[0] == keys[1]


def test_page_that_is_left_while_sending_asks_again(staffed: Page, event: Event) -> None:
    staffed.route(PAY, lambda route: None)
    dialog = open_dialog(staffed, event)
    fill(dialog)
    send(dialog)
    expect(dialog.get_by_role("status")).to_have_text("Sending")

    staffed.reload()

    expect(card(staffed, event).get_by_role("button", name="Send again")).to_be_visible()


def test_two_payments_have_two_keys(staffed: Page, event: Event) -> None:
    keys = keys_of(staffed)
    for amount in ("10", "10"):
        dialog = open_dialog(staffed, event)
        fill(dialog)
        dialog.get_by_label("Amount").fill(amount)
        send(dialog)
        dialog.get_by_role("button", name="Done").click()

    assert len(entries(event)) == 2
    assert len(set(keys)) == 2


def test_look_alike_is_pointed_out_and_not_blocked(staffed: Page, event: Event, ana: Patron) -> None:
    ledger.record(
        event=event.slug,
        patron_name=ana.name,
        patron_id=ana.ulid,
        amount_cents=12_500,
        method="cash",
        by=Actor("alice", "Alice"),
    )
    dialog = open_dialog(staffed, event)
    fill(dialog)

    dialog.get_by_label("Amount").fill("125")

    expect(dialog.get_by_text("Ana López already paid $125 cash a minute ago")).to_be_visible()
    send(dialog)
    expect(dialog.get_by_text("Logged, reference")).to_be_visible()
    assert len(entries(event)) == 2


@pytest.mark.parametrize("amount", ["0", "-5", "12.345", "1,000", "abc", "", "1e3", "10000000"])
def test_bad_amount_is_said_in_the_page_and_not_sent(staffed: Page, event: Event, amount: str) -> None:
    keys = keys_of(staffed)
    dialog = open_dialog(staffed, event)
    fill(dialog)

    dialog.get_by_label("Amount").fill(amount)
    send(dialog)

    expect(dialog.get_by_role("alert")).to_contain_text("Enter an amount above zero")
    expect(dialog.locator("#pay-amount-error")).to_be_visible()
    expect(dialog.get_by_label("Amount")).to_have_value(amount)
    assert keys == []


def test_name_and_method_are_asked_for(staffed: Page, event: Event, shoot: Shoot) -> None:
    dialog = open_dialog(staffed, event)

    send(dialog)

    expect(dialog.get_by_role("alert")).to_contain_text("Choose a party, or write the patron's name.")
    expect(dialog.get_by_role("alert")).to_contain_text("Choose how it was paid.")
    staffed.screenshot(path="test-output/log-payment-errors-phone.png")
    dialog.get_by_role("link", name="Who paid").click()
    expect(dialog.get_by_label("Who paid")).to_be_focused()


def test_what_the_server_refuses_stands_beside_its_field(staffed: Page, event: Event) -> None:
    dialog = open_dialog(staffed, event)
    fill(dialog)
    dialog.get_by_text("Reference, note, receipt").click()
    dialog.get_by_label("Receipt by e-mail to").fill("nonsense")

    send(dialog)

    expect(dialog.get_by_role("alert")).to_contain_text("Not logged")
    expect(dialog.locator("#pay-email-error")).to_contain_text("e-mail")
    expect(dialog.get_by_label("Amount")).to_have_value("500.00")
    dialog.get_by_label("Receipt by e-mail to").fill("")
    send(dialog)
    expect(dialog.get_by_text("Logged, reference")).to_be_visible()


def test_someone_who_is_on_no_manifest_can_pay(staffed: Page, event: Event) -> None:
    dialog = open_dialog(staffed, event)
    dialog.get_by_label("Who paid").fill("Zoë Walk-in")
    dialog.get_by_label("Amount").fill("20")
    dialog.get_by_role("radio", name="Venmo", exact=True).click()

    send(dialog)

    expect(dialog.get_by_text("Logged, reference")).to_be_visible()
    (entry,) = entries(event)
    assert (entry.patron_name, entry.patron_id) == ("Zoë Walk-in", "")


def test_closing_loses_nothing(staffed: Page, event: Event) -> None:
    dialog = open_dialog(staffed, event)
    fill(dialog, method="Venmo")
    dialog.get_by_label("Amount").fill("77.70")

    staffed.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    staffed.reload()
    dialog = open_dialog(staffed, event)

    expect(dialog.get_by_role("status")).to_have_text("Not sent yet")
    expect(dialog.get_by_label("Amount")).to_have_value("77.70")
    expect(dialog.get_by_text("Ana López").first).to_be_visible()
    assert entries(event) == []


def test_dialog_can_be_used_when_the_manifest_cannot_be_read(staffed: Page, event: Event) -> None:
    staffed.route("**/money/", drop)
    dialog = open_dialog(staffed, event)

    expect(dialog.get_by_text("The manifest could not be read")).to_be_visible()
    dialog.get_by_label("Who paid").fill("Ana López")
    dialog.get_by_label("Amount").fill("20")
    dialog.get_by_role("radio", name="Cash", exact=True).click()
    send(dialog)

    expect(dialog.get_by_text("Logged, reference")).to_be_visible()


def test_offline_is_said_and_nothing_is_sent(staffed: Page, event: Event) -> None:
    keys = keys_of(staffed)
    dialog = open_dialog(staffed, event)
    fill(dialog)

    staffed.context.set_offline(True)
    send(dialog)

    expect(dialog.get_by_role("status")).to_have_text("Not sent yet: this device is offline")
    assert keys == []
    staffed.context.set_offline(False)
    send(dialog)
    expect(dialog.get_by_text("Logged, reference")).to_be_visible()


def test_answer_for_a_dialog_that_was_left_still_reaches_its_card(staffed: Page, event: Event) -> None:
    other = make_event(slug=f"{event.slug}-late", date=event.date, starts=time(23), title="Late sail")
    staffed.reload()
    held: list[Route] = []
    # Playwright marks what it is given, which a list's own method refuses.
    staffed.route(PAY, lambda route: held.extend([route]))
    dialog = open_dialog(staffed, event)
    fill(dialog)
    send(dialog)
    expect(dialog.get_by_role("status")).to_have_text("Sending")

    dialog.get_by_role("button", name="Close").click()
    open_dialog(staffed, other)
    held[0].continue_()

    expect(card(staffed, event).locator(".figures__money")).to_have_text("$500 of $500 paid")
    expect(dialog.get_by_role("heading", name="Log payment")).to_be_visible()
    expect(card(staffed, event).locator("[data-pending]")).to_be_hidden()


def test_signing_out_leaves_no_draft_behind(staffed: Page, event: Event) -> None:
    dialog = open_dialog(staffed, event)
    dialog.get_by_label("Who paid").fill("Zoë Walk-in")
    dialog.get_by_role("button", name="Close").click()

    staffed.get_by_role("button", name="Sign out").click()

    staffed.wait_for_url("**/logout/")
    assert "Walk-in" not in staffed.evaluate("JSON.stringify(localStorage)")


def test_targets_are_large_enough_for_wet_hands(staffed: Page, event: Event) -> None:
    small = """() => [...document.querySelectorAll("a, button, input, select, summary, textarea, .choices label")]
      .filter(each => each.offsetParent && each.closest("main"))
      .map(each => each.closest("label") ?? each)
      .filter(each => each.getBoundingClientRect().height < 47.5)
      .map(each => `${each.outerHTML.slice(0, 80)} ${each.getBoundingClientRect().height}`)"""

    assert staffed.evaluate(small) == []
    open_dialog(staffed, event)
    expect(staffed.get_by_role("radio", name="Ana López")).to_be_visible()
    assert staffed.evaluate(small) == []
    staffed.goto(f"/dispatch/{event.slug}/")
    assert [line for line in staffed.evaluate(small) if "guest-link" not in line] == []


def test_sheet_shows_the_payment_without_a_reload(
    desktop: Page, alice: User, event: Event, ana: Patron, shoot: Shoot
) -> None:
    make_crew(event=event, person=make_person())
    make_party(event=event, name=LONG, size=2, price_cents=25_050)
    log_in(desktop, alice.username, PASSWORD)
    desktop.goto(f"/dispatch/{event.slug}/")
    row = desktop.locator(f'[data-party="{ana.ulid}"]')

    row.get_by_role("button", name="Log payment").click()
    dialog = desktop.get_by_role("dialog")
    expect(dialog.get_by_label("Amount")).to_have_value("500.00")
    dialog.get_by_label("Amount").fill("125")
    dialog.get_by_role("radio", name="Check", exact=True).click()
    dialog.get_by_label("Tip, apart").fill("10")
    send(dialog)
    dialog.get_by_role("button", name="Done").click()

    expect(desktop.locator(".figures__money")).to_have_text("$125 of $750.50 paid")
    expect(row.locator('[data-figure="state"]')).to_have_text("Deposit")
    expect(row.locator('[data-figure="owes"]')).to_have_text("$375")
    expect(desktop.locator(".sums [data-figure=tips]")).to_have_text("$10")
    expect(desktop.locator("[data-ledger] tr")).to_have_count(1)
    expect(desktop.locator("[data-ledger] tr")).to_contain_text("$125")
    before = desktop.locator("[data-ledger] .ledger__amount").inner_text()
    desktop.reload()
    assert desktop.locator("[data-ledger] .ledger__amount").inner_text() == before
    shoot(desktop, "sheet-desktop")


def test_payment_can_be_logged_by_keyboard(desktop: Page, dana: User, event: Event, ana: Patron) -> None:
    log_in(desktop, dana.username, PASSWORD)
    desktop.goto("/dispatch/")
    card(desktop, event).get_by_role("button", name="Log payment").focus()

    desktop.keyboard.press("Enter")
    dialog = desktop.get_by_role("dialog")
    dialog.get_by_role("radio", name="Ana López").focus()
    desktop.keyboard.press("Space")
    desktop.keyboard.press("ArrowRight")
    desktop.keyboard.press("Enter")

    expect(dialog.get_by_role("button", name="Done")).to_be_focused()
    (entry,) = entries(event)
    assert entry.method == "card"


def test_crew_sees_the_manifest_and_no_money(phone: Page, bob: User, event: Event, ana: Patron, shoot: Shoot) -> None:
    log_in(phone, bob.username, PASSWORD)
    phone.goto(f"/dispatch/{event.slug}/")

    expect(phone.get_by_text("Ana López")).to_be_visible()
    expect(phone.get_by_text("$")).to_have_count(0)
    expect(phone.get_by_role("button", name="Log payment")).to_have_count(0)
    shoot(phone, "sheet-crew-phone")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_staff_page_fits_a_phone_under_the_policy(
    new_page: Callable[..., Page], alice: User, event: Event, ana: Patron, scheme: str
) -> None:
    make_party(event=event, name=LONG, note="L" * 60)
    page = new_page(**PHONE, color_scheme=scheme)
    log_in(page, alice.username, PASSWORD)
    pages = [
        "/dispatch/",
        "/dispatch/?before=today",
        f"/dispatch/{event.slug}/",
        f"/dispatch/{event.slug}/poster/",
        "/admin/",
        "/admin/events/event/",
        f"/admin/events/event/{event.slug}/change/",
        f"/admin/events/event/{event.slug}/history/",
        "/admin/events/vessel/add/",
        "/admin/payments/payment/",
        "/admin/payments/payment/add/",
        "/admin/staff/user/alice/change/",
        "/admin/staff/auditentry/",
        "/admin/password_change/",
    ]

    for path in pages:
        page.goto(path)
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, path


def test_admin_list_becomes_cards_on_a_phone(phone: Page, alice: User, event: Event, shoot: Shoot) -> None:
    log_in(phone, alice.username, PASSWORD)

    phone.goto("/admin/events/event/")

    cell = phone.locator("#result_list td.field-vessel_name")
    assert cell.get_attribute("data-label") == "Vessel"
    assert cell.evaluate("cell => getComputedStyle(cell).display") == "flex"
    expect(phone.locator(".filters")).not_to_have_attribute("open", "")
    shoot(phone, "admin-events-phone")
