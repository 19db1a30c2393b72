"""The manifest in a real Chromium: taps on the dock, with and without a script, and how it looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from events.rows import CrewRole, Event
from scc.staff.models import User
from tests.browser.conftest import PHONE, Shoot, log_in, wait_until
from tests.builders import make_crew, make_event, make_party, make_person
from tests.people import PASSWORD
from tests.waivers.manifests import DANA, fresh, line_of, make_line
from waivers import boarding
from waivers.rows import Role, Waiver

SLUG = timezone.localdate().isoformat()
PAGE = f"/dispatch/{SLUG}/manifest/"
LONG = "Wolfeschlegelsteinhausenbergerdorff Hubert Blaine Senior"


@pytest.fixture
def event(table: None) -> Event:
    return make_event(
        slug=SLUG,
        date=timezone.localdate(),
        starts_at=timezone.now() + timedelta(minutes=5),
        capacity=3,
        title="Sunset",
    )


@pytest.fixture
def line(event: Event) -> Waiver:
    party = make_party(event=event, name="Ana López", size=3)
    return make_line(event, of=party, name="Maria Quill")


def open_manifest(page: Page, user: User) -> None:
    log_in(page, user.username, PASSWORD)
    page.goto(PAGE)


def test_a_tap_checks_in_and_undoes(phone: Page, bob: User, line: Waiver) -> None:
    open_manifest(phone, bob)

    phone.get_by_role("button", name="Check in Maria Quill").tap()

    expect(phone.locator(".tally").first).to_contain_text("1 aboard of 3")
    assert line_of(line).aboard_by == "bob"
    phone.get_by_role("button", name="Undo for Maria Quill").tap()
    expect(phone.get_by_role("button", name="Check in Maria Quill")).to_be_visible()
    assert line_of(line).aboard_at is None
    assert phone.url.endswith(PAGE)


def test_a_tap_answers_before_the_server_does(phone: Page, bob: User, line: Waiver) -> None:
    open_manifest(phone, bob)
    held: list[Route] = []
    # Playwright looks at the handler, and takes no builtin.
    phone.route("**/aboard/", lambda route: held.append(route))  # noqa: PLW0108

    phone.get_by_role("button", name="Check in Maria Quill").tap()

    expect(phone.locator(".head__button")).to_have_text("Aboard Maria Quill")
    wait_until(phone, lambda: bool(held))
    held[0].continue_()
    expect(phone.locator(".tally").first).to_contain_text("1 aboard of 3")


def test_a_tap_without_an_answer_says_so_and_may_come_again(phone: Page, bob: User, line: Waiver) -> None:
    open_manifest(phone, bob)
    phone.route("**/aboard/", lambda route: route.abort())
    phone.get_by_role("button", name="Check in Maria Quill").tap()
    expect(phone.get_by_role("alert").get_by_text("nothing counts twice")).to_be_visible()
    phone.unroute("**/aboard/")

    phone.get_by_role("button", name="Check in Maria Quill").tap()

    expect(phone.locator(".tally").first).to_contain_text("1 aboard of 3")


def test_a_full_boat_is_said_at_the_top(phone: Page, bob: User, event: Event) -> None:
    party = make_party(event=event, size=4, name="Ana")
    lines = [make_line(event, of=party, name=f"Guest {number}") for number in range(4)]
    for each in lines[:2]:
        boarding.board(event.slug, each.ulid, by=DANA)
    open_manifest(phone, bob)
    boarding.board(event.slug, lines[2].ulid, by=DANA)

    phone.get_by_role("button", name="Check in Guest 3").tap()

    alert = phone.locator("[data-manifest-alert]")
    expect(alert).to_contain_text("The boat is full")
    expect(alert).to_be_focused()


def test_a_signature_is_linked_and_a_walk_on_accepted(phone: Page, dana: User, event: Event, shoot: Shoot) -> None:
    make_party(event=event, name="Ana López", size=1)
    make_line(event, name="Lopez Anna")
    make_line(event, name="Zoë Quill")
    open_manifest(phone, dana)
    shoot(phone, "manifest-loose")

    phone.get_by_role("button", name="Link to Ana López").tap()
    expect(phone.locator("#loose .head")).to_have_count(1)
    phone.get_by_role("button", name="Accept as a walk-on").tap()

    expect(phone.locator("#loose")).to_have_count(0)
    assert fresh(event).booked == 2


def test_forms_do_without_a_script(new_page: Callable[..., Page], bob: User, line: Waiver) -> None:
    page = new_page(**PHONE, java_script_enabled=False)
    open_manifest(page, bob)

    page.get_by_role("button", name="Check in Maria Quill").tap()

    expect(page.locator(".tally").first).to_contain_text("1 aboard of 3")
    assert page.url.endswith(f"#l-{line.ulid}")


def test_targets_are_big_and_nothing_overflows(phone: Page, dana: User, event: Event) -> None:
    make_line(event, of=make_party(event=event, name=LONG, size=2), name=LONG)
    make_line(event, name=f"{LONG} Junior")
    open_manifest(phone, dana)

    sizes = phone.locator("main button:visible, main a:visible, main summary:visible").evaluate_all(
        "all => all.map(it => it.getBoundingClientRect().height)"
    )

    assert min(sizes) >= 44
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.usefixtures("table")
def test_forty_guests_print_on_one_sheet(desktop: Page, dana: User) -> None:
    full_boat(make_event(slug=SLUG, date=timezone.localdate(), capacity=42))
    log_in(desktop, dana.username, PASSWORD)
    desktop.goto(f"{PAGE}print/")

    for paper in ("Letter", "A4"):
        margin = {"top": "0.4in", "bottom": "0.4in", "left": "0.4in", "right": "0.4in"}
        assert desktop.pdf(format=paper, margin=margin).count(b"/Type /Page\n") == 1  # type: ignore[arg-type]


LOOKS: dict[str, dict[str, Any]] = {
    "phone": PHONE,
    "phone-dark": {**PHONE, "color_scheme": "dark"},
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "desktop-dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
}


def full_boat(event: Event) -> None:
    for number in range(10):
        party = make_party(event=event, name=f"{LONG if number == 3 else 'Party'} {number}", size=4)
        for seat in range(4 if number % 3 else 3):
            minor = {"guardian": "Ana López", "age": 9} if seat == 3 else {}
            medical = {"has_medical": True, "has_care": True} if seat == 1 and number % 2 else {}
            line = make_line(
                event, of=party, name=f"{LONG if number == 3 else 'Guest'} {number}-{seat}", **minor, **medical
            )
            if seat < 2:
                boarding.board(event.slug, line.ulid, by=DANA)
    for role in (CrewRole.MATE, CrewRole.CAPTAIN):
        hand = make_crew(event=event, person=make_person(name=f"Hand {role.label}"), role=role)
        if role == CrewRole.CAPTAIN:
            make_line(event, of=hand, name="Hand Captain", role=Role.CREW)
    make_line(event, name="Lopez Party", born_on=date(1990, 1, 1))


@pytest.mark.parametrize("look", LOOKS)
def test_forty_guests_are_readable(look: str, new_page: Callable[..., Page], dana: User, shoot: Shoot) -> None:
    boat = make_event(
        slug=SLUG,
        date=timezone.localdate(),
        starts_at=timezone.now() + timedelta(minutes=5),
        capacity=42,
        return_port="Avalon",
    )
    full_boat(boat)
    page = new_page(**LOOKS[look])
    log_in(page, dana.username, PASSWORD)

    for name in ("manifest", "manifest/print", "castoff"):
        page.goto(f"/dispatch/{SLUG}/{name}/")
        shoot(page, f"{name.replace('/', '-')}-{look}")

        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
