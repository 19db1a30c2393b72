"""Staff take money back: void, refund and correct from the sheet, in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from events import calendar
from events.rows import Event, Patron
from payments import ledger, methods
from payments.books import Book, read
from payments.rows import Payment, PaymentMethod
from scc.dynamo.units import Unit
from scc.staff.actors import Actor
from scc.staff.models import User
from tests.browser.conftest import PHONE, Shoot, log_in
from tests.browser.test_dispatch import drop, lose
from tests.builders import make_event, make_party
from tests.people import PASSWORD

DANA = Actor("dana", "Dana Drake")
ACTS = "**/entry/*/*/"


@pytest.fixture
def event(table: None) -> Event:
    return make_event(date=calendar.today(), price_cents=0)


@pytest.fixture
def ana(event: Event) -> Patron:
    return make_party(event=event, name="Ana López", size=4, price_cents=50_000, email="")


@pytest.fixture
def entry(event: Event, ana: Patron) -> Payment:
    return paid(event, patron_id=ana.ulid, tip_cents=2_000)


@pytest.fixture
def sheet(phone: Page, alice: User, event: Event, entry: Payment) -> Page:
    """An owner's phone on the sheet."""
    log_in(phone, alice.username, PASSWORD)
    phone.goto(f"/dispatch/{event.slug}/")
    return phone


def paid(event: Event, **changes: Any) -> Payment:
    facts: dict[str, Any] = {"patron_name": "Ana López", "amount_cents": 12_500, "method": "cash", "by": DANA}
    return ledger.record(event=event.slug, **(facts | changes)).payment


def book(event: Event) -> Book:
    return read(event.slug)


def line(page: Page, entry: Payment) -> Locator:
    return page.locator(f"#entry-{entry.reference}")


def open_change(page: Page, entry: Payment, label: str) -> Locator:
    """Tap the line's target, then what is to be done."""
    line(page, entry).get_by_role("link", name="Change").tap()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("link", name=label, exact=True).tap()
    expect(dialog.get_by_role("heading", level=1)).to_have_text(f"{label} this payment")
    return dialog


def test_void_from_the_sheet(sheet: Page, event: Event, entry: Payment, shoot: Shoot) -> None:
    dialog = open_change(sheet, entry, "Void")
    dialog.get_by_label("Why").select_option("Logged twice")
    sheet.screenshot(path="test-output/entry-void-phone.png")
    dialog.get_by_role("button", name=f"Void {entry.reference}").tap()

    expect(dialog.get_by_role("status").first).to_contain_text("Voided.")
    void = book(event).voided[entry.reference]
    assert void.reference in dialog.inner_text()
    dialog.get_by_role("button", name="Close").tap()
    expect(line(sheet, entry)).to_contain_text("Void")
    expect(sheet.locator(".figures__money")).to_have_text("$0 of $500 paid")
    expect(line(sheet, entry).get_by_role("link")).to_be_focused()


def test_refund_in_part_from_the_sheet(sheet: Page, event: Event, ana: Patron, entry: Payment) -> None:
    dialog = open_change(sheet, entry, "Refund")
    expect(dialog.get_by_text("$125 and $20 tip is left of this payment.")).to_be_visible()
    expect(dialog.get_by_label("Amount")).to_have_value("125.00")
    expect(dialog.get_by_role("radio", name="Cash")).to_be_checked()
    dialog.get_by_label("Amount").fill("50")
    dialog.get_by_label("Of the tip").fill("5")
    dialog.get_by_label("Why").select_option("Weather")
    sheet.screenshot(path="test-output/entry-refund-phone.png")

    dialog.get_by_role("button", name="Refund $50 cash and $5 tip").tap()

    expect(dialog.get_by_text("Refunded $50 cash and $5 tip.")).to_be_visible()
    given = book(event).entries[-1]
    assert (given.entry_kind, given.amount_cents, given.tip_cents) == ("refund", 5_000, 500)
    dialog.get_by_role("button", name="Close").tap()
    row = sheet.locator(f'[data-party="{ana.ulid}"]')
    expect(row.locator('[data-figure="owes"]')).to_have_text("$425")
    expect(line(sheet, given)).to_contain_text(f"Refund of {entry.reference}, cash")
    expect(line(sheet, entry)).to_contain_text("Refunded in part")


def test_correct_from_the_sheet(sheet: Page, event: Event, entry: Payment) -> None:
    dialog = open_change(sheet, entry, "Correct")
    expect(dialog.get_by_text("No money moves.")).to_be_visible()
    dialog.get_by_label("Amount").fill("110")
    dialog.get_by_role("radio", name="Check").tap()
    dialog.get_by_label("Their reference").fill("1001")
    changes = dialog.get_by_role("heading", name="What changes").locator("..")
    expect(changes).to_contain_text("Amount: $125 becomes $110")
    expect(changes).to_contain_text("Method: Cash becomes Check")
    expect(changes).to_contain_text("Their reference: none becomes 1001")
    sheet.screenshot(path="test-output/entry-correct-phone.png")

    dialog.get_by_role("button", name="Correct").tap()

    expect(dialog.get_by_text("No money moved.")).to_be_visible()
    after = book(event).entries[-1]
    assert (after.amount_cents, after.method, after.corrects) == (11_000, "check", entry.reference)
    expect(dialog.get_by_role("heading", level=1)).to_have_text(f"Payment {after.reference}")
    dialog.get_by_role("button", name="Close").tap()
    expect(line(sheet, after)).to_contain_text(f"Check, corrects {entry.reference}")
    expect(line(sheet, entry)).to_contain_text("Corrected")
    expect(sheet.locator("[data-ledger] tr")).to_have_count(2)


def test_new_party_is_who_paid(sheet: Page, event: Event, entry: Payment) -> None:
    make_party(event=event, name="Bo Bell", size=1)
    dialog = open_change(sheet, entry, "Correct")

    dialog.get_by_label("Counts for").select_option("Bo Bell, party of 1")

    expect(dialog.get_by_label("Who paid")).to_have_value("Bo Bell")


def test_double_tap_acts_once(sheet: Page, event: Event, entry: Payment) -> None:
    posts: list[str] = []
    sheet.on("request", lambda sent: posts.extend([sent.url] if sent.method == "POST" else []))
    dialog = open_change(sheet, entry, "Refund")
    dialog.get_by_label("Amount").fill("50")
    dialog.get_by_label("Why").select_option("Weather")

    dialog.get_by_role("button", name="Refund $50").dblclick()

    expect(dialog.get_by_text("Refunded $50 cash")).to_be_visible()
    assert len(posts) == 1
    assert len(book(event).entries) == 2


def test_double_tap_without_the_script_acts_once(
    new_page: Callable[..., Page], alice: User, event: Event, entry: Payment
) -> None:
    page = new_page(**PHONE, java_script_enabled=False)
    log_in(page, alice.username, PASSWORD)
    page.goto(f"/dispatch/{event.slug}/entry/{entry.reference}/refund/")
    page.get_by_label("Amount").fill("50")
    page.get_by_label("Why").select_option("Weather")

    page.get_by_role("button", name="Refund").dblclick()

    expect(page.get_by_text("Refunded $50 cash")).to_be_visible()
    assert len(book(event).entries) == 2


def test_what_is_wrong_is_said_and_what_was_typed_stays(sheet: Page, event: Event, entry: Payment) -> None:
    dialog = open_change(sheet, entry, "Refund")
    dialog.get_by_label("Amount").fill("200")

    dialog.get_by_role("button", name="Refund $200").tap()

    expect(dialog.get_by_role("alert")).to_contain_text("Choose why.")
    dialog.get_by_label("Why").select_option("Weather")
    dialog.get_by_role("button", name="Refund $200").tap()
    expect(dialog.get_by_role("alert")).to_contain_text("$125.00 is left")
    expect(dialog.get_by_label("Amount")).to_have_value("200")
    sheet.screenshot(path="test-output/entry-refused-phone.png")
    assert len(book(event).entries) == 1


def test_someone_faster_is_said(sheet: Page, event: Event, entry: Payment) -> None:
    dialog = open_change(sheet, entry, "Void")
    dialog.get_by_label("Why").select_option("Logged twice")
    ledger.void(event=event.slug, reference=entry.reference, reason="Logged twice", by=DANA)

    dialog.get_by_role("button", name=f"Void {entry.reference}").tap()

    expect(dialog.get_by_role("alert")).to_contain_text("Already voided by Dana Drake")


def test_offline_is_said_and_nothing_is_sent(sheet: Page, event: Event, entry: Payment) -> None:
    dialog = open_change(sheet, entry, "Void")
    dialog.get_by_label("Why").select_option("Logged twice")

    sheet.context.set_offline(True)
    dialog.get_by_role("button", name=f"Void {entry.reference}").tap()

    expect(dialog.get_by_role("status")).to_have_text("Not sent yet: this device is offline")
    sheet.context.set_offline(False)
    dialog.get_by_role("button", name=f"Void {entry.reference}").tap()
    expect(dialog.get_by_text("Voided.")).to_be_visible()
    assert len(book(event).entries) == 2


@pytest.mark.parametrize(("loss", "stored"), [(lose, 2), (drop, 1)])
def test_lost_answer_is_said_and_sent_again_acts_once(
    sheet: Page, event: Event, entry: Payment, loss: Callable[[Route], None], stored: int
) -> None:
    dialog = open_change(sheet, entry, "Void")
    dialog.get_by_label("Why").select_option("Logged twice")
    sheet.route(ACTS, loss)
    dialog.get_by_role("button", name=f"Void {entry.reference}").tap()
    expect(dialog.get_by_role("status")).to_contain_text("Not known whether it was voided: send again")
    assert len(book(event).entries) == stored
    sheet.unroute(ACTS)

    dialog.get_by_role("button", name="Send again").tap()

    expect(dialog.get_by_text("Voided.")).to_be_visible()
    assert len(book(event).entries) == 2


def test_closing_loses_nothing_that_was_typed(sheet: Page, entry: Payment) -> None:
    dialog = open_change(sheet, entry, "Refund")
    dialog.get_by_label("Amount").fill("77.70")

    sheet.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    line(sheet, entry).get_by_role("link", name="Change").tap()

    expect(dialog.get_by_label("Amount")).to_have_value("77.70")


def test_answer_for_a_dialog_that_was_left_still_reaches_the_sheet(sheet: Page, event: Event, entry: Payment) -> None:
    other = paid(event, patron_name="Bo Bell")
    sheet.reload()
    held: list[Route] = []
    # Playwright marks what it is given, which a list's own method refuses.
    sheet.route("**/void/", lambda route: held.extend([route]) if route.request.method == "POST" else route.continue_())
    dialog = open_change(sheet, entry, "Void")
    dialog.get_by_label("Why").select_option("Logged twice")
    dialog.get_by_role("button", name=f"Void {entry.reference}").tap()
    expect(dialog.get_by_role("status")).to_have_text("Sending")

    dialog.get_by_role("button", name="Close").tap()
    line(sheet, other).get_by_role("link", name="Change").tap()
    held[0].continue_()
    expect(dialog.get_by_role("heading", level=1)).to_have_text(f"Payment {other.reference}")
    dialog.get_by_role("button", name="Close").tap()

    expect(line(sheet, entry)).to_contain_text("Void")


def test_page_of_its_own_works_with_the_script(sheet: Page, event: Event, entry: Payment) -> None:
    sheet.goto(f"/dispatch/{event.slug}/entry/{entry.reference}/void/")
    sheet.get_by_role("button", name=f"Void {entry.reference}").tap()
    expect(sheet.get_by_role("alert")).to_contain_text("Choose why.")
    sheet.get_by_label("Why").select_option("Logged twice")

    sheet.get_by_role("button", name=f"Void {entry.reference}").tap()

    expect(sheet.get_by_text("Voided.")).to_be_visible()
    assert f"/entry/{entry.reference}/?did=" in sheet.url


def test_receipt_is_sent_from_the_dialog(sheet: Page, event: Event, entry: Payment) -> None:
    line(sheet, entry).get_by_role("link", name="Change").tap()
    dialog = sheet.get_by_role("dialog")
    dialog.get_by_label("To").fill("ana@example.com")

    dialog.get_by_role("button", name="Send the receipt").tap()

    expect(dialog.get_by_text("Sent to ana@example.com.")).to_be_visible()
    assert len(book(event).entries) == 1


def test_targets_are_large_enough_for_wet_hands(sheet: Page, event: Event, entry: Payment) -> None:
    small = """() => [...document.querySelectorAll("a, button, input, select, summary, textarea, .choices label")]
      .filter(each => each.offsetParent && each.closest("#money, #entry-dialog") && each.type !== "hidden")
      .map(each => each.closest("label") ?? each)
      .filter(each => each.getBoundingClientRect().height < 47.5)
      .map(each => `${each.outerHTML.slice(0, 80)} ${each.getBoundingClientRect().height}`)"""
    assert sheet.evaluate(small) == []

    for label in ("Void", "Refund", "Correct"):
        open_change(sheet, entry, label)
        assert sheet.evaluate(small) == []
        sheet.reload()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_entrys_pages_fit_a_phone_under_the_policy(
    new_page: Callable[..., Page], alice: User, event: Event, scheme: str
) -> None:
    entry = paid(event, patron_name="W" * 40, note="L" * 80, external_reference="x" * 60)
    page = new_page(**PHONE, color_scheme=scheme)
    log_in(page, alice.username, PASSWORD)

    for rest in ("", "void/", "refund/", "correct/"):
        page.goto(f"/dispatch/{event.slug}/entry/{entry.reference}/{rest}")
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, rest


# Log payment


def offer(code: str, label: str, **facts: Any) -> None:
    unit = Unit()
    method: dict[str, Any] = {"code": code, "label": label, "asks": "asked", "is_offered": True}
    unit.put(PaymentMethod(**(method | facts)))
    unit.commit()
    methods.forget()


def open_log(page: Page, method: str) -> Locator:
    page.locator(".sheet__log").get_by_role("button", name="Log payment").tap()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Ana López").tap()
    dialog.get_by_role("radio", name=method, exact=True).tap()
    return dialog


def test_reference_is_asked_for_right_under_the_methods(sheet: Page) -> None:
    dialog = open_log(sheet, "Cash")
    expect(dialog.get_by_label("Reference")).to_be_hidden()

    dialog.get_by_role("radio", name="Venmo", exact=True).tap()

    expect(dialog.get_by_label("Reference")).to_be_visible()
    expect(dialog.get_by_text("The transaction, as Venmo calls it.")).to_be_visible()
    sheet.screenshot(path="test-output/log-payment-venmo-phone.png")


def test_method_of_the_operators_own_is_offered_and_asks(sheet: Page, event: Event) -> None:
    offer("voucher", "Gift voucher", asks="needed", hint="The number on the card.")
    sheet.reload()
    dialog = open_log(sheet, "Gift voucher")

    dialog.get_by_role("button", name="Log $375 Gift voucher").tap()

    expect(dialog.get_by_role("alert")).to_contain_text("The number on the card. Needed for Gift voucher.")
    dialog.get_by_label("Reference").fill("V-17")
    dialog.get_by_role("button", name="Log $375 Gift voucher").tap()
    expect(dialog.get_by_text("Logged, reference")).to_be_visible()
    assert book(event).entries[-1].external_reference == "V-17"


def test_same_reference_is_pointed_out_and_not_blocked(sheet: Page, event: Event) -> None:
    twin = paid(event, method="venmo", external_reference="3F 99")
    dialog = open_log(sheet, "Venmo")

    dialog.get_by_label("Reference").fill("3f99")

    words = f"This Venmo reference is on {twin.reference} of {event.slug} already."
    expect(dialog.get_by_text(words)).to_be_in_viewport()
    expect(dialog.get_by_label("Reference")).to_be_in_viewport(ratio=0.9)
    dialog.get_by_role("button", name="Log $").tap()
    expect(dialog.get_by_text("Logged, reference")).to_be_visible()
    assert len(book(event).entries) == 3


def test_corrected_entrys_own_reference_is_not_pointed_out(sheet: Page, event: Event) -> None:
    twin = paid(event, method="venmo", external_reference="3F99")
    sheet.goto(f"/dispatch/{event.slug}/entry/{twin.reference}/correct/")

    with sheet.expect_response("**/references/**"):
        sheet.get_by_label("Their reference").fill("3f99")

    expect(sheet.locator("[data-reference-seen]")).to_be_hidden()


def test_guest_is_asked_to_pay_with_our_reference(sheet: Page, event: Event) -> None:
    offer("venmo", "Venmo", account="@queen-sd")
    sheet.reload()
    dialog = open_log(sheet, "Venmo")
    expect(dialog.get_by_text("Guests send it to @queen-sd.")).to_be_visible()

    dialog.get_by_role("button", name="Log $375 Venmo").tap()

    expect(dialog.get_by_role("heading", name="Let the guest pay")).to_be_visible()
    entry = book(event).entries[-1]
    expect(dialog.get_by_text(f"{entry.reference} {event.slug}")).to_be_visible()
    link = dialog.get_by_role("link", name="Open Venmo").get_attribute("href")
    assert link == f"https://venmo.com/queen-sd?txn=pay&amount=375.00&note={entry.reference}%20{event.slug}"
    expect(dialog.locator("svg.code")).to_be_visible()
    sheet.screenshot(path="test-output/log-payment-ask-phone.png")
