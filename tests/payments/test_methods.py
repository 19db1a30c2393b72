"""Methods of payment as data: what ships, what the operator made of it, and who may."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client

from payments import ledger, methods, rows
from payments.ledger import BadEntry
from payments.methods import SHIPPED, Asks
from scc.staff import audit
from scc.staff.actors import Actor
from scc.staff.models import AuditEntry
from tests.builders import make_event
from tests.conftest import RequestsMade
from tests.dynamo.test_admin import errors_of, form_of

pytestmark = pytest.mark.usefixtures("table")

LIST = "/admin/payments/paymentmethod/"
ADD = f"{LIST}add/"
DANA = Actor("dana", "Dana Drake")


def page_of(code: str) -> str:
    return f"{LIST}{code}/change/"


def change(client: Client, code: str, **fields: str) -> object:
    """Save a method's page with `fields` typed in; "" takes a tick away."""
    data = {name: value for name, value in (form_of(client.get(page_of(code))) | fields).items() if value != ""}
    return client.post(page_of(code), data)


def add(client: Client, **fields: str) -> object:
    return client.post(ADD, form_of(client.get(ADD)) | fields)


def codes() -> list[str]:
    return [method.code for method in methods.offered()]


def stored(code: str) -> rows.PaymentMethod | None:
    return rows.PaymentMethod.fetch(code=code)


def test_every_gives_what_ships_until_someone_says_otherwise() -> None:
    assert methods.every() == list(SHIPPED)


def test_every_reads_once_a_minute(requests_made: RequestsMade, monkeypatch: pytest.MonkeyPatch) -> None:
    with requests_made() as made:
        methods.every()
        methods.label("cash")
    later = time.monotonic() + methods.CURRENT_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with requests_made() as made_later:
        methods.offered()

    assert made == {"Query": 1}
    assert made_later == {"Query": 1}


def test_a_stored_method_replaces_its_shipped_namesake_at_once(as_alice: Client) -> None:
    methods.every()

    change(as_alice, "venmo", label="Venmo to the boat", account="@queen-sd", order="5", asks="needed")

    first, *rest = methods.every()
    assert (first.code, first.label, first.account, first.asks) == (
        "venmo",
        "Venmo to the boat",
        "@queen-sd",
        Asks.NEEDED,
    )
    assert [method.code for method in rest] == ["cash", "card", "check", "zelle", "other"]


def test_a_new_method_takes_its_code_from_its_label(as_alice: Client) -> None:
    add(as_alice, label="Gift card_2", order="15", is_cash="on")

    assert codes()[:3] == ["cash", "gift-card-2", "card"]
    assert methods.get("gift-card-2").is_cash


def test_a_label_without_latin_letters_gets_a_code_that_says_nothing(as_alice: Client) -> None:
    add(as_alice, label="微信支付", order="1")

    (method,) = [each for each in methods.every() if each.label == "微信支付"]
    assert set(method.code) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert as_alice.get(page_of(method.code)).status_code == 200


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"label": "Credit"}, "label"),
        ({"label": "CREDIT!"}, "label"),
        ({"label": "venmo"}, "label"),
        ({"label": ""}, "label"),
        ({"label": "\u200b"}, "label"),
        ({"label": "x" * 41}, "label"),
        ({"asks": "perhaps"}, "asks"),
        ({"order": "-1"}, "order"),
        ({"order": "99999999999999999999"}, "order"),
        ({"account": "x" * 65}, "account"),
    ],
)
def test_add_names_the_field_that_is_wrong_and_writes_nothing(
    as_alice: Client, fields: dict[str, str], wrong: str
) -> None:
    page = add(as_alice, **({"label": "PayPal"} | fields))

    assert list(errors_of(page)) == [wrong]
    assert len(errors_of(page)[wrong]) == 1
    assert rows.PaymentMethod.listing(known={}).rows == []


def test_two_methods_are_never_one(as_alice: Client) -> None:
    add(as_alice, label="PayPal")
    change(as_alice, "paypal", label="Pal")

    # The label is free again, the code is not.
    page = add(as_alice, label="PayPal")

    assert "already" in str(errors_of(page))
    assert methods.label("paypal") == "Pal"


def test_a_method_that_is_offered_no_longer_keeps_its_entries_readable(as_alice: Client) -> None:
    make_event()
    logged: dict[str, Any] = {"event": "2026-05-23", "patron_name": "Ana", "amount_cents": 100, "by": DANA}
    ledger.record(**logged, method="zelle")

    change(as_alice, "zelle", label="Zelle (closed)", is_offered="")

    assert "zelle" not in codes()
    assert "Zelle (closed)" in as_alice.get("/admin/payments/payment/").content.decode()
    assert 'value="zelle"' not in as_alice.get("/admin/payments/payment/add/").content.decode()
    # Money in hand can always be recorded, and the same request may come again.
    assert ledger.record(**logged, method="zelle").payment.method == "zelle"


def test_the_last_method_that_is_offered_stays(as_alice: Client) -> None:
    for method in SHIPPED[1:]:
        change(as_alice, method.code, is_offered="")

    page = change(as_alice, "cash", is_offered="")

    assert list(errors_of(page)) == ["is_offered"]
    assert codes() == ["cash"]


def test_a_reference_that_is_needed_is_asked_for(as_alice: Client) -> None:
    make_event()
    change(as_alice, "check", asks="needed")
    facts: dict[str, Any] = {
        "event": "2026-05-23",
        "patron_name": "Ana",
        "amount_cents": 100,
        "method": "check",
        "by": DANA,
    }

    with pytest.raises(BadEntry, match="Check needs one"):
        ledger.record(**facts)

    assert ledger.record(**facts, external_reference="1042").payment.external_reference == "1042"


@pytest.mark.parametrize("account", ["@queen sd", "@königin", "船长" * 32, "https://venmo.com/queen-sd", "@"])
def test_what_is_no_venmo_name_is_refused(account: str, as_alice: Client) -> None:
    page = change(as_alice, "venmo", account=account)

    assert errors_of(page) == {"account": ["A Venmo name has letters without accents, digits, dashes: @queen-sd."]}
    assert stored("venmo") is None


def test_the_longest_venmo_name_goes_into_a_code(as_alice: Client) -> None:
    change(as_alice, "venmo", account="@" + "x" * 63)
    event = make_event(slug="2026-05-23-" + "s" * 40)
    facts: dict[str, Any] = {"event": event.slug, "patron_name": "Ana", "method": "venmo", "by": DANA}
    entry = ledger.record(**facts, amount_cents=99_999_900).payment

    page = as_alice.get(f"/dispatch/{event.slug}/entry/{entry.reference}/")

    assert f"https://venmo.com/{'x' * 63}?" in page.content.decode()


def test_each_change_of_a_method_has_an_audit_entry(as_alice: Client) -> None:
    change(as_alice, "venmo", account="@queen-sd")
    change(as_alice, "venmo", account="@queen", is_offered="")

    row = stored("venmo")
    assert row is not None
    later, first = audit.history_of(row)
    assert first.changed == {"account": ("", "@queen-sd")}
    assert later.changed == {"account": ("@queen-sd", "@queen"), "is_offered": ("True", "False")}
    assert (first.action, first.recorded_by, first.subject_name) == ("changed", "alice", "Method Venmo")
    assert AuditEntry.from_row(first).get_admin_url() == page_of("venmo")


def test_a_new_method_has_one_audit_entry(as_alice: Client) -> None:
    add(as_alice, label="PayPal")

    row = stored("paypal")
    assert row is not None
    assert [(entry.action, entry.subject_name) for entry in audit.history_of(row)] == [("added", "Method PayPal")]


@pytest.mark.parametrize("changed", [[], ["card"]])
def test_the_list_shows_every_method_in_one_query(
    changed: list[str], as_alice: Client, requests_made: RequestsMade
) -> None:
    for code in changed:
        change(as_alice, code, label="Terminal")

    with requests_made() as made:
        page = as_alice.get(LIST)

    shown = [obj.label for obj in page.context["cl"].result_list]
    assert shown == ["Cash", "Terminal" if changed else "Card", "Check", "Venmo", "Zelle", "Other"]
    assert made == {"GetItem": 2, "Query": 1}


def test_someone_elses_change_is_said(as_alice: Client) -> None:
    data = form_of(as_alice.get(page_of("venmo")))
    change(as_alice, "venmo", account="@queen-sd")

    page = as_alice.post(page_of("venmo"), data | {"account": "@other"})

    assert "Alice Archer changed this" in str(errors_of(page)["__all__"])
    assert methods.get("venmo").account == "@queen-sd"


def test_a_method_that_was_never_changed_has_an_empty_history(as_alice: Client) -> None:
    page = as_alice.get(f"{LIST}venmo/history/")

    assert list(page.context["action_list"]) == []


def test_no_method_is_removed(as_alice: Client) -> None:
    change(as_alice, "venmo", account="@queen-sd")

    assert as_alice.post(f"{LIST}venmo/delete/", {"post": "yes"}).status_code == 403
    assert stored("venmo") is not None


@pytest.mark.parametrize("who", ["as_dana", "as_bob"])
def test_none_but_an_owner_changes_methods(who: str, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(who)

    assert [client.get(path).status_code for path in (LIST, ADD, page_of("cash"))] == [403, 403, 403]
    assert client.post(ADD, {"label": "PayPal", "asks": "no", "order": "1"}).status_code == 403
    assert client.post(page_of("cash"), {"label": "Coins", "asks": "no", "order": "1"}).status_code == 403
    assert rows.PaymentMethod.listing(known={}).rows == []
