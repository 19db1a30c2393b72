"""Card links: what Stripe is asked for, and what staff see of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings
from ulid import ULID

from events.rows import Patron, Status
from payments import ledger
from payments.cards import links, provider
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import Actor
from tests.api.calls import everything
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade
from tests.payments.cards.looks import SLUG, at_once, letters
from tests.payments.cards.stripe_account import KEY, SECRET, Account, tell, told

DANA = Actor("dana", "Dana Drake")
LINK = "https://buy.stripe.com/test_1"

pytestmark = pytest.mark.usefixtures("table")


def path(party: Patron, more: str = "") -> str:
    return f"/dispatch/{party.event_id}/card-link/{party.ulid}/{more}"


def link_for(party: Patron) -> str:
    return links.link_for(links.read(party.event_id, party.ulid))


def send(client: Client, party: Patron, *, letter: str = "", **more: str) -> Any:
    """Tap "Send", in a form of its own or that of `letter`."""
    return client.post(path(party, "send/"), {"letter": letter or str(ULID())} | more)


def pay(party: Patron, cents: int) -> Any:
    return ledger.record(
        event=party.event_id, patron_id=party.ulid, patron_name=party.name, amount_cents=cents, method="cash", by=DANA
    )


# What Stripe is asked for


def test_a_link_asks_for_the_balance_once(party: Patron, stripe: Account) -> None:
    pay(party, 12_500)

    assert link_for(party) == LINK

    (asked,) = stripe.asked_for
    price = "line_items[0][price_data]"
    assert (asked[f"{price}[currency]"], asked[f"{price}[unit_amount]"]) == ("usd", "37500")
    assert asked["line_items[0][quantity]"] == asked["restrictions[completed_sessions][limit]"] == "1"
    assert asked[f"{price}[product_data][name]"] == "Sunset sail, Sat 23 May 2026, 18:15"
    for noted in ("metadata", "payment_intent_data[metadata]"):
        assert asked[f"{noted}[event]"] == SLUG
        assert asked[f"{noted}[party]"] == party.ulid
        assert asked[f"{noted}[name]"] == "Ana López"


def test_a_link_takes_no_fee(party: Patron, stripe: Account) -> None:
    link_for(party)

    assert [name for name in stripe.asked_for[0] if "fee" in name or "transfer" in name or "on_behalf" in name] == []


def test_a_link_is_asked_for_with_our_key_and_nothing_else_of_us(party: Patron, stripe: Account) -> None:
    link_for(party)

    (headers,) = stripe.headers
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert "telemetry" not in json.dumps(headers).lower()


def test_the_same_bill_has_the_same_link(party: Patron, stripe: Account) -> None:
    assert {link_for(party) for _ in range(3)} == {LINK}

    assert len(stripe.links) == 1


def test_a_double_tap_makes_one_link(party: Patron, stripe: Account) -> None:
    assert set(at_once(8, lambda _: link_for(party))) == {LINK}

    assert len(stripe.links) == 1


def test_another_balance_has_another_link(party: Patron, stripe: Account) -> None:
    first = link_for(party)
    pay(party, 100)

    assert link_for(party) != first


def test_the_same_balance_after_a_void_has_another_link(party: Patron, stripe: Account) -> None:
    # The first may be paid, and Stripe gives the same answer to the same key for a day.
    first = link_for(party)
    ledger.void(event=SLUG, reference=pay(party, 100).payment.reference, reason="Logged twice", by=DANA)

    assert link_for(party) != first


def test_two_parties_who_owe_the_same_have_a_link_each(party: Patron, stripe: Account) -> None:
    other = make_party(event=make_event(slug="2026-05-24"), price_cents=50_000)

    assert link_for(party) != link_for(other)


def test_a_party_that_was_renamed_has_another_link(party: Patron, stripe: Account) -> None:
    # Stripe refuses a key that comes with other values.
    bill = links.read(SLUG, party.ulid)
    first = links.link_for(bill)
    bill.party.name = "Ana Lopez"

    assert links.link_for(bill) != first


@pytest.mark.parametrize(
    ("event", "price_cents", "said"),
    [
        ({}, 0, "Nothing is to be paid."),
        ({"status": Status.CANCELLED.value}, 50_000, "The departure is cancelled, so nothing is to be paid."),
        ({"currency": "EUR"}, 50_000, "No card can be taken in EUR."),
    ],
)
def test_a_link_is_refused_where_nothing_is_to_be_paid(
    event: dict[str, Any], price_cents: int, said: str, stripe: Account
) -> None:
    party = make_party(event=make_event(**event), price_cents=price_cents)

    with pytest.raises(links.NotPayable, match=f"^{said}$"):
        link_for(party)

    assert stripe.asked == []


def test_a_link_is_refused_once_it_is_paid(party: Patron, stripe: Account) -> None:
    tell(told(party))

    with pytest.raises(links.NotPayable, match="Nothing is to be paid"):
        link_for(party)


def test_no_link_is_made_in_a_currency_that_stripe_counts_otherwise(settings: Settings, stripe: Account) -> None:
    settings.SCC_CURRENCY = "JPY"
    party = make_party(event=make_event(currency="JPY"))

    with pytest.raises(links.NotPayable, match="No card can be taken in JPY"):
        link_for(party)


@pytest.mark.parametrize(("key", "secrets"), [("", []), (KEY, []), ("", [SECRET])])
def test_no_link_is_made_while_cards_are_off(
    key: str, secrets: list[str], settings: Settings, party: Patron, stripe: Account
) -> None:
    settings.SCC_STRIPE_KEY, settings.SCC_STRIPE_WEBHOOK_SECRETS = key, secrets

    with pytest.raises(links.NotPayable, match="Cards are off"):
        link_for(party)

    assert stripe.asked == []


# What Stripe answers


def test_stripes_own_words_are_passed_on(party: Patron, stripe: Account) -> None:
    stripe.trouble = [(400, {"type": "invalid_request_error", "message": "The amount must be at least $0.50 usd"})]

    with pytest.raises(provider.StripeRefused, match="Stripe refused: The amount must be at least"):
        link_for(party)


@pytest.mark.parametrize("status", [401, 403])
def test_nothing_of_the_key_is_passed_on(status: int, party: Patron, stripe: Account) -> None:
    stripe.trouble = [(status, {"type": "invalid_request_error", "message": "Invalid API Key: sk_test_********key"})]

    with pytest.raises(provider.StripeRefused, match="An owner has to see to SCC_STRIPE_KEY") as refused:
        link_for(party)

    assert "sk_test" not in str(refused.value)


@pytest.mark.parametrize("status", [0, 409, 500, 503])
def test_stripe_is_asked_once_more_with_the_same_key(status: int, party: Patron, stripe: Account) -> None:
    stripe.trouble = [(status, {"type": "api_error", "message": "no"})]

    assert link_for(party) == LINK

    assert len(stripe.asked) == 2
    assert len(stripe.links) == 1


@pytest.mark.parametrize("status", [0, 429, 500])
def test_no_answer_is_no_refusal(status: int, party: Patron, stripe: Account) -> None:
    stripe.trouble = [(status, {"type": "api_error", "message": "no"})] * 2

    with pytest.raises(provider.StripeSilent, match="makes one link, not two"):
        link_for(party)
    stripe.trouble.clear()

    assert link_for(party) == LINK


def test_a_stripe_that_is_not_there_is_no_refusal(party: Patron, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "BASE_ADDRESSES", {"api": "http://127.0.0.1:9"})

    with pytest.raises(provider.StripeSilent):
        link_for(party)


# The page


def test_staff_make_a_link_by_one_tap(party: Patron, stripe: Account, as_dana: Client) -> None:
    page = as_dana.post(path(party)).content.decode()

    assert f'href="{LINK}"' in page
    assert f'data-copy="{LINK}"' in page
    assert "<svg" in page
    assert "$500.00" in page
    assert "Send to ana@example.com" in page


def test_the_page_costs_one_query(party: Patron, stripe: Account, as_dana: Client, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        as_dana.post(path(party))

    assert made == {"GetItem": 2, "Query": 1}


def test_looking_makes_no_link(party: Patron, stripe: Account, as_dana: Client) -> None:
    page = as_dana.get(path(party))

    assert "Make the link" in page.content.decode()
    assert stripe.asked == []


@pytest.mark.parametrize("more", ["", "send/"])
def test_only_who_logs_payments_makes_links(
    more: str, party: Patron, stripe: Account, as_bob: Client, as_charlie: Client
) -> None:
    assert as_bob.post(path(party, more)).status_code == 403
    assert as_charlie.post(path(party, more)).status_code == 302

    assert stripe.asked == []
    assert letters() == []


def test_a_link_is_made_by_our_own_form_alone(party: Patron, stripe: Account, as_dana: Client) -> None:
    stranger = Client(enforce_csrf_checks=True)
    stranger.cookies = as_dana.cookies

    assert stranger.post(path(party)).status_code == 403

    assert stripe.asked == []


def test_a_refusal_is_said_on_the_page(stripe: Account, as_dana: Client) -> None:
    party = make_party(event=make_event(status=Status.CANCELLED.value))

    answers = [as_dana.post(path(party)), as_dana.get(path(party))]

    assert [answer.status_code for answer in answers] == [409, 200]
    for answer in answers:
        assert "The departure is cancelled, so nothing is to be paid." in answer.content.decode()
        assert "Make the link" not in answer.content.decode()


def test_no_answer_of_stripes_is_said_on_the_page(party: Patron, stripe: Account, as_dana: Client) -> None:
    stripe.trouble = [(500, {})] * 2

    answer = as_dana.post(path(party))

    assert answer.status_code == 503
    assert "Try again" in answer.content.decode()


@pytest.mark.parametrize("where", ["2026-05-24/card-link/{ulid}/", "x/card-link/{ulid}/", f"{SLUG}/card-link/x/"])
def test_there_is_no_page_for_nobody(where: str, party: Patron, as_dana: Client) -> None:
    assert as_dana.post(f"/dispatch/{where.format(ulid=party.ulid)}").status_code == 404


def test_the_sheet_offers_a_link_to_who_owes(party: Patron, as_dana: Client, settings: Settings) -> None:
    paid = make_party(event=make_event(slug="2026-05-24"), price_cents=0)

    assert path(party) in as_dana.get(f"/dispatch/{SLUG}/").content.decode()
    assert path(paid) not in as_dana.get("/dispatch/2026-05-24/").content.decode()

    settings.SCC_STRIPE_KEY = ""
    assert "card-link" not in as_dana.get(f"/dispatch/{SLUG}/").content.decode()


def test_the_sheet_offers_no_link_to_crew(party: Patron, as_bob: Client) -> None:
    assert "card-link" not in as_bob.get(f"/dispatch/{SLUG}/").content.decode()


# By mail


def test_a_link_is_sent_to_the_party(party: Patron, stripe: Account, as_dana: Client) -> None:
    page = send(as_dana, party).content.decode()

    assert "Sent to ana@example.com." in page
    (letter,) = letters()
    assert (letter.to, letter.subject) == ("ana@example.com", "Pay by card: Sunset sail, Sat 23 May 2026, 18:15")
    assert "Still to be paid: $500.00\nhttps://buy.stripe.com/test_1\n" in letter.text
    assert f'<a href="{LINK}">' in letter.html
    assert [message.to for message in mail.outbox] == [["ana@example.com"]]
    (entry,) = audit.history_of(party)
    assert (entry.recorded_by, entry.summary) == ("dana", "Sent Ana López a card link for $500.00")


def letter_of_form(page: Any) -> str:
    return str(page.context["form"]["letter"].value())


def test_a_form_that_is_sent_twice_writes_one_letter(party: Patron, stripe: Account, as_dana: Client) -> None:
    letter = letter_of_form(as_dana.post(path(party)))
    send(as_dana, party, letter=letter)

    again = send(as_dana, party, letter=letter)

    assert again.status_code == 409
    assert "A card link was sent to ana@example.com already." in again.content.decode()
    assert LINK in again.content.decode()
    assert [row.ulid for row in letters()] == [letter]
    assert len(mail.outbox) == len(audit.history_of(party)) == 1
    # Whoever means it sends another one, by the form that this shows.
    assert send(as_dana, party, letter=letter_of_form(again)).status_code == 200


def test_a_form_that_is_sent_twice_at_once_writes_one_letter(party: Patron, stripe: Account, as_dana: Client) -> None:
    letter = str(ULID())

    answers = at_once(4, lambda _: send(as_dana, party, letter=letter))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len(letters()) == len(mail.outbox) == 1


@pytest.mark.parametrize("letter", ["x", "01JV#META", "0" * 27])
def test_a_form_that_names_no_letter_is_refused(letter: str, party: Patron, stripe: Account, as_dana: Client) -> None:
    assert send(as_dana, party, letter=letter).status_code == 400

    assert (letters(), stripe.asked) == ([], [])


def test_the_link_that_is_sent_is_the_one_that_was_shown(party: Patron, stripe: Account, as_dana: Client) -> None:
    as_dana.post(path(party))

    send(as_dana, party, link="https://evil.example")

    assert len(stripe.links) == 1
    assert "evil.example" not in letters()[0].text


def test_a_party_without_an_address_is_sent_nothing(stripe: Account, as_dana: Client) -> None:
    party = make_party(event=make_event(), email="")

    answer = send(as_dana, party)

    assert answer.status_code == 409
    assert "has no e-mail address" in answer.content.decode()
    assert (letters(), stripe.asked) == ([], [])


def test_a_link_that_is_refused_is_not_sent(party: Patron, stripe: Account, as_dana: Client) -> None:
    stripe.trouble = [(500, {})] * 2
    before = everything()

    assert send(as_dana, party).status_code == 503

    assert everything() == before


def test_a_letter_takes_a_name_as_text(stripe: Account, as_dana: Client) -> None:
    party = make_party(event=make_event(title="Sun & <b>sail"), name="<script>Ana & Co")

    send(as_dana, party)

    (letter,) = letters()
    assert isinstance(letter, Letter)
    assert letter.text.startswith("<script>Ana & Co,")
    assert "<script>" not in letter.html
    assert "Sun &amp; &lt;b&gt;sail" in letter.html
