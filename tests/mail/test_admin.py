from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core import mail
from django.test import Client

from scc.mail import outbox
from scc.mail.rows import Letter, State
from scc.staff import audit
from tests.conftest import RequestsMade
from tests.mail.letters import stored, write_letter
from tests.mail.providers import Provider

LIST = "/admin/mail/letter/"
FAILED = f"{LIST}?month=failed-{datetime.now(UTC):%Y}"


def send_again(client: Client, letter: Letter) -> str:
    data = {"action": "send_again", "_selected_action": [letter.ulid]}
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
    page = as_alice.get(f"{LIST}{failed.ulid}/change/")

    assert "MessageRejected" in page.text
    assert 'name="subject"' not in page.text
    assert as_alice.post(f"{LIST}{failed.ulid}/change/", {"subject": "Other"}).status_code == 403
    assert as_alice.post(f"{LIST}{failed.ulid}/delete/", {"post": "yes"}).status_code == 403
    assert stored(failed).subject == "Receipt that failed"


def test_send_again_sends_a_failed_letter(as_alice: Client, failed: Letter, ses: Provider) -> None:
    page = send_again(as_alice, failed)

    assert "1 letter sent." in page
    assert stored(failed).state == State.SENT
    assert len(ses.taken) == 1
    assert [(entry.action, entry.recorded_by) for entry in audit.history_of(failed)] == [("sent again", "alice")]


def test_send_again_says_what_is_refused_again(as_alice: Client, failed: Letter, ses: Provider) -> None:
    ses.ses = [(400, "MessageRejected")]

    page = send_again(as_alice, failed)

    assert "was not taken" in page
    assert stored(failed).state == State.FAILED


def test_send_again_leaves_a_letter_on_its_way(as_alice: Client) -> None:
    letter = write_letter()

    page = as_alice.post(LIST, {"action": "send_again", "_selected_action": [letter.ulid]}, follow=True).text

    assert "will be tried again by itself" in page
    assert mail.outbox == []


@pytest.mark.parametrize("who", ["as_dana", "as_bob", "as_charlie"])
def test_letters_are_the_owners(who: str, request: pytest.FixtureRequest, failed: Letter) -> None:
    client: Client = request.getfixturevalue(who)

    assert client.get(LIST).status_code in {302, 403}
    assert client.post(LIST, {"action": "send_again", "_selected_action": [failed.ulid]}).status_code in {302, 403}
    assert stored(failed).state == State.FAILED
