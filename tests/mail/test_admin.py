from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.admin.utils import quote
from django.core import mail
from django.test import Client

from scc.mail import outbox
from scc.mail.rows import Letter, State
from scc.staff.models import User
from tests.conftest import RequestsMade
from tests.mail.letters import PAYMENT, stored, trail_of, write_letter
from tests.mail.providers import Provider

LIST = "/admin/mail/letter/"
FAILED = f"{LIST}?month=failed-{datetime.now(UTC):%Y}"


def page_of(letter: Letter, page: str = "change") -> str:
    return f"{LIST}{quote(letter.id)}/{page}/"


def send_again(client: Client, letter: Letter) -> str:
    data = {"action": "send_again", "_selected_action": [letter.id]}
    return client.post(FAILED, data, follow=True).text


@pytest.fixture
def failed(table: None, ses: Provider) -> Letter:
    """A letter that SES refused; it will take the next."""
    ses.ses = [(400, "MessageRejected"), (200, "")]
    letter = write_letter(subject="Receipt that failed")
    outbox.deliver(letter)
    return letter


def test_letters_of_the_month_are_listed(as_alice: Client, requests_made: RequestsMade) -> None:
    outbox.deliver(write_letter(subject="Receipt K7M2"))

    with requests_made() as made:
        page = as_alice.get(LIST)

    assert "Receipt K7M2" in page.text
    assert made == {"GetItem": 2, "Query": 1}


def test_failed_letters_are_found(as_alice: Client, failed: Letter) -> None:
    write_letter(subject="Receipt that waits")

    page = as_alice.get(FAILED)

    assert "Receipt that failed" in page.text
    assert "Receipt that waits" not in page.text


def test_waiting_letters_are_found(as_alice: Client, failed: Letter) -> None:
    write_letter(subject="Receipt that waits")

    page = as_alice.get(f"{LIST}?month=due")

    assert "Receipt that waits" in page.text
    assert "Receipt that failed" not in page.text


def test_a_letter_is_shown_and_not_edited(as_alice: Client, failed: Letter) -> None:
    page = as_alice.get(page_of(failed))

    assert "Amazon SES refused it: MessageRejected: no" in page.text
    assert 'name="subject"' not in page.text
    assert as_alice.post(page_of(failed), {"subject": "Other"}).status_code == 403
    assert as_alice.post(page_of(failed, "delete"), {"post": "yes"}).status_code == 403
    assert stored(failed).subject == "Receipt that failed"


def test_send_again_sends_a_failed_letter(as_alice: Client, failed: Letter, ses: Provider) -> None:
    page = send_again(as_alice, failed)

    assert "1 letter sent." in page
    assert stored(failed).state == State.SENT
    assert len(ses.taken) == 1
    assert trail_of(failed) == [("sent again", "alice")]


def test_send_again_says_what_is_refused_again(as_alice: Client, failed: Letter, ses: Provider) -> None:
    ses.ses = [(400, "MessageRejected")]

    page = send_again(as_alice, failed)

    assert "was not taken" in page
    assert stored(failed).state == State.FAILED


def test_send_again_leaves_a_letter_on_its_way(as_alice: Client) -> None:
    letter = write_letter()

    page = as_alice.post(LIST, {"action": "send_again", "_selected_action": [letter.id]}, follow=True).text

    assert "will be tried again by itself" in page
    assert mail.outbox == []


@pytest.mark.parametrize("who", ["as_bob", "as_charlie"])
def test_letters_are_not_for_crew(who: str, request: pytest.FixtureRequest, failed: Letter) -> None:
    client: Client = request.getfixturevalue(who)

    assert client.get(LIST).status_code in {302, 403}
    assert client.post(LIST, {"action": "send_again", "_selected_action": [failed.id]}).status_code in {302, 403}
    assert stored(failed).state == State.FAILED


def test_staff_send_letters_again(as_dana: Client, failed: Letter) -> None:
    page = send_again(as_dana, failed)

    assert "1 letter sent." in page
    assert trail_of(failed) == [("sent again", "dana")]


def test_a_letter_that_was_sent_says_who_took_it(as_alice: Client, ses: Provider) -> None:
    letter = write_letter()
    outbox.deliver(letter)

    page = as_alice.get(page_of(letter)).text

    assert "Amazon SES took it" in page
    assert ", as ses-1." in page


def test_a_letter_links_to_what_it_speaks_of(as_alice: Client) -> None:
    letter = write_letter(about="PATRON#2026-05-23.01KS9V3R4T5W6X7Y8Z9A0B1C2D")

    page = as_alice.get(page_of(letter)).text

    assert '<a href="/admin/events/event/2026-05-23/change/">Party</a>' in page


def test_a_letter_links_to_the_form_that_sends_it_again(as_alice: Client, failed: Letter) -> None:
    page = as_alice.get(page_of(failed)).text

    assert f'href="{page_of(failed, "again")}"' in page


def test_a_letter_on_its_way_is_not_offered_again(as_alice: Client) -> None:
    letter = write_letter()

    assert page_of(letter, "again") not in as_alice.get(page_of(letter)).text


def test_a_letter_that_was_replaced_links_to_its_copy(as_alice: Client, alice: User, failed: Letter) -> None:
    copy = outbox.send_again(stored(failed), by=alice, to="ana.lopez@example.com")

    page = as_alice.get(page_of(failed)).text

    assert f'href="{page_of(copy)}"' in page
    assert page_of(failed, "again") not in page


def test_history_of_the_thing_tells_of_its_letters(as_alice: Client, failed: Letter) -> None:
    send_again(as_alice, failed)

    page = as_alice.get("/admin/staff/auditentry/").text

    assert "Sent “Receipt that failed” again" in page
    assert f'href="/admin/payments/payment/{PAYMENT.removeprefix("PAYMENT#")}/change/"' in page
