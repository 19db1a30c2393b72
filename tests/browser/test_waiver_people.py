"""Whom a waiver is signed for, in which language, and who is known already."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Shoot, wait_until
from tests.browser.signing import PAGE, draw, evidence, fill, lines, open_page, wave
from tests.builders import make_event, make_party
from tests.waivers.builders import sign
from tests.waivers.test_covers import make_trip, publish_for_a_year
from waivers import personal_links
from waivers.rows import WaiverRecord


def choose(page: Page, words: str) -> None:
    page.locator(".choices label:visible", has_text=words).first.click()


def child(page: Page, number: int, name: str, year: str = "2016") -> None:
    page.fill(f"#child_name_{number}", name)
    for part, value in (("month", "6"), ("day", "1"), ("year", year)):
        page.fill(f"#child_{part}_{number}", value)


def test_mother_signs_for_herself_and_two_children(phone: Page, shoot: Shoot) -> None:
    make_event()
    open_page(phone)
    expect(phone.locator("#child_name_1")).to_be_hidden()
    choose(phone, "Myself and children")
    fill(phone)
    child(phone, 1, "Luz López")
    phone.click("#another")
    expect(phone.locator("#child_name_2")).to_be_focused()
    child(phone, 2, "Sol López", year="2018")
    draw(phone, wave())
    phone.click("#submit")
    expect(phone.locator("#not-sent li")).to_have_count(2)
    shoot(phone, "waiver-children-errors")

    choose(phone, "Mother")
    phone.check("#authority")
    shoot(phone, "waiver-children")
    phone.click("#submit")
    phone.wait_for_url("**/signed/*")

    found = {line.name: line for line in lines()}
    assert set(found) == {"Ana López", "Luz López", "Sol López"}
    assert found["Luz López"].guardian == "Ana López"
    acts = evidence(found["Sol López"]).facts["acts"]
    assert "declared_authority_at" in acts["client"]


def test_eight_children_and_no_ninth(phone: Page) -> None:
    make_event()
    open_page(phone)
    choose(phone, "Children only")

    for _ in range(7):
        phone.click("#another")

    expect(phone.locator(".child:visible")).to_have_count(8)
    expect(phone.locator("#another")).to_be_hidden()
    expect(phone.locator(".child").nth(7).locator("> legend")).to_contain_text("Child 8")
    labels = [phone.get_by_label("The child's full legal name").nth(place) for place in range(8)]
    assert [label.get_attribute("name") for label in labels] == [f"child_name_{number}" for number in range(1, 9)]


def test_guardian_without_a_script_signs_for_three(new_page: Callable[..., Page], shoot: Shoot) -> None:
    make_event()
    page = new_page(**PHONE, java_script_enabled=False)
    page.goto(PAGE)
    choose(page, "Children only")
    fill(page)
    for number in range(1, 4):
        child(page, number, f"Child {number} López")
    page.fill("#typed", "Ana López")
    page.click("#submit")
    shoot(page, "waiver-children-errors-without-script")

    expect(page.locator("#errors")).to_contain_text("Choose what you are to the children.")
    expect(page.locator("#child_name_3")).to_have_value("Child 3 López")
    choose(page, "Legal guardian")
    page.check("#authority")
    page.click("#submit")
    page.wait_for_url("**/signed/*")

    assert len(lines()) == 3


def test_emergency_contact_and_health_are_kept_apart(phone: Page) -> None:
    make_event()
    open_page(phone)
    fill(phone)
    phone.click("#care summary")
    phone.fill("#emergency_name", "Eva Ruiz")
    phone.fill("#emergency_phone", "no")
    phone.fill("#medical", "Bees")
    draw(phone, wave())
    phone.click("#submit")
    expect(phone.locator("#emergency_phone-error")).to_be_visible()

    phone.fill("#emergency_phone", "+1 619 555 0100")
    phone.click("#submit")
    phone.wait_for_url("**/signed/*")

    [line] = lines()
    assert line.has_care
    assert line.has_medical
    assert "Bees" not in json.dumps(evidence(line).private)


def test_visitor_whose_phone_speaks_spanish_reads_spanish(new_page: Callable[..., Page], shoot: Shoot) -> None:
    make_event()
    page = new_page(**(PHONE | {"locale": "es-MX"}))
    open_page(page)
    shoot(page, "waiver-spanish")

    expect(page.locator("h1")).to_contain_text("Firme la exención", use_inner_text=True)
    expect(page.get_by_role("heading", name="Sign the waiver")).to_be_hidden()
    assert page.evaluate("document.documentElement.lang") == "es"
    page.click("#submit")
    expect(page.locator("#not-sent")).to_contain_text("Escriba su nombre legal completo.")
    shoot(page, "waiver-spanish-errors")
    fill(page)
    page.fill("#email", "nada")
    draw(page, wave())
    page.click("#submit")
    expect(page.locator("#not-sent")).to_contain_text("Escriba un correo electrónico")
    page.fill("#email", "")
    page.click("#submit")
    page.wait_for_url("**/signed/*")

    [line] = lines()
    assert line.language == "es"
    record = WaiverRecord.fetch(ulid=line.ulid)
    assert record is not None
    assert json.loads(record.evidence)["text"]["language"] == "es"


def test_language_is_chosen_in_the_page_and_kept_on_the_phone(phone: Page) -> None:
    make_event()
    open_page(phone)

    phone.locator(".tongues label", has_text="Español").click()
    expect(phone.get_by_role("button", name="Acepto y firmo")).to_be_visible()
    phone.reload()

    expect(phone.get_by_role("button", name="Acepto y firmo")).to_be_visible()
    expect(phone.locator("#lang-es")).to_be_checked()


def test_address_may_name_the_language(phone: Page) -> None:
    make_event()

    phone.goto(f"{PAGE}#es")

    expect(phone.locator("#lang-es")).to_be_checked()


def test_spanish_is_chosen_without_a_script(new_page: Callable[..., Page]) -> None:
    make_event()
    page = new_page(**PHONE, java_script_enabled=False)
    page.goto(PAGE)
    page.locator(".tongues label", has_text="Español").click()
    expect(page.get_by_role("heading", name="Firme la exención")).to_be_visible()
    page.click("#submit")
    expect(page.locator("#lang-es")).to_be_checked()
    expect(page.locator("#errors")).to_contain_text("Escriba su nombre legal completo.")

    fill(page)
    page.fill("#typed", "Ana López")
    page.click("#submit")
    page.wait_for_url("**/signed/*")

    assert [line.language for line in lines()] == ["es"]


def test_personal_link_names_its_party(phone: Page, shoot: Shoot) -> None:
    party = make_party(event=make_event(), name="Ana López")
    sent: list[str] = []
    phone.on("request", lambda request: sent.append(request.url))

    open_page(phone, f"{PAGE}#{personal_links.link_for(party)}")

    expect(phone.locator("#party")).to_have_text("Signing for Ana López's party")
    expect(phone.locator("#name")).to_have_value("Ana López")
    shoot(phone, "waiver-link")
    assert phone.url.endswith(PAGE)
    assert not any(personal_links.link_for(party) in url for url in sent)
    fill(phone)
    draw(phone, wave())
    phone.click("#submit")
    phone.wait_for_url("**/signed/*")
    [line] = lines()
    assert (line.patron_id, line.matched) == (party.ulid, "link")


def test_personal_link_holds_for_the_next_one_in_the_tab_without_the_name(phone: Page) -> None:
    party = make_party(event=make_event(), name="Ana López")
    open_page(phone, f"{PAGE}#{personal_links.link_for(party)}")
    expect(phone.locator("#party")).to_be_visible()

    phone.evaluate("indexedDB.deleteDatabase('scc-waiver')")
    open_page(phone)

    expect(phone.locator("#party")).to_have_text("Signing for Ana López's party")
    assert phone.locator("[name=link]").input_value()


def test_bad_link_says_so_and_the_page_works_on(phone: Page) -> None:
    party = make_party(event=make_event(), name="Ana López")
    link = personal_links.link_for(party)

    open_page(phone, f"{PAGE}#{link[:-1]}{'0' if link[-1] != '0' else '1'}")

    expect(phone.locator("#party")).to_contain_text("This personal link is no longer valid.")
    fill(phone)
    draw(phone, wave())
    phone.click("#submit")
    phone.wait_for_url("**/signed/*")
    assert [line.patron_id for line in lines()] == [""]


def test_who_signed_for_this_departure_is_told_quietly(phone: Page) -> None:
    sign(event=make_event())
    open_page(phone)

    fill(phone)

    expect(phone.locator("#known")).to_contain_text("You have signed for this departure already.")
    expect(phone.locator("#join")).to_be_hidden()
    phone.fill("#name", "Bea")
    expect(phone.locator("#known")).to_be_hidden()


def test_valid_waiver_is_taken_for_another_departure(phone: Page, shoot: Shoot) -> None:
    publish_for_a_year()
    first = sign(event=make_trip(days=1, slug="2026-05-22"))
    make_trip(days=10, slug="2026-05-23")
    open_page(phone)

    fill(phone)

    expect(phone.locator("#known p")).to_contain_text("You signed already, valid until ")
    shoot(phone, "waiver-known")
    phone.click("#join")
    phone.wait_for_url("**/signed/*")
    [line] = lines()
    assert (line.name, line.record_id) == ("Ana López", first.line.ulid)


def test_signing_needs_the_keyboard_alone(desktop: Page) -> None:
    make_event()
    open_page(desktop)

    def tab_to(selector: str) -> None:
        for _ in range(60):
            desktop.keyboard.press("Tab")
            if desktop.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(selector)

    tab_to("#name")
    desktop.keyboard.type("Ana López")
    for part, value in (("month", "3"), ("day", "31"), ("year", "1980")):
        tab_to(f"#birth_{part}")
        desktop.keyboard.type(value)
    for tick in ("#adult", "#consent"):
        tab_to(tick)
        desktop.keyboard.press("Space")
    tab_to("[name=method]")
    desktop.keyboard.press("ArrowRight")
    tab_to("#typed")
    desktop.keyboard.type("Ana López")
    tab_to("#assent")
    desktop.keyboard.press("Space")
    tab_to("#submit")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/signed/*")

    assert [line.method for line in lines()] == ["typed"]


def test_targets_are_large_enough(phone: Page) -> None:
    make_event()
    open_page(phone)
    choose(phone, "Myself and children")

    small: list[str] = phone.evaluate(
        """() => [...document.querySelectorAll("a, button, .choice, .choices label, .tongues label, .input, summary")]
          .filter(each => each.checkVisibility() && !each.matches(".skip"))
          .filter(each => each.getBoundingClientRect().height < 44)
          .map(each => each.outerHTML)"""
    )

    assert small == []
    wait_until(phone, lambda: phone.evaluate("document.documentElement.scrollWidth") <= 390)
