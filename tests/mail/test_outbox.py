from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from django.core import mail
from ulid import ULID

from scc.dynamo.errors import Conflict
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter, State, queue_of
from scc.staff.actors import Actor
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade
from tests.mail.letters import let_lease_end, stored, write_letter
from tests.mail.providers import Provider

ALICE = Actor("alice", "Alice Moreno")

pytestmark = pytest.mark.usefixtures("table")


def test_deliver_stores_what_became_of_the_letter() -> None:
    letter = write_letter(html="<p>Paid.</p>", language="es")

    outbox.deliver(letter)

    row = stored(letter)
    assert (row.state, row.provider, row.attempts) == (State.SENT, "console", 1)
    assert row.sent_at is not None
    assert [message.to for message in mail.outbox] == [["ana@example.com"]]
    assert list(outbox.due(now=datetime.now(UTC) + timedelta(days=9))) == []


def test_deliver_twice_sends_once() -> None:
    letter = write_letter()

    outbox.deliver(letter)
    outbox.deliver(letter)
    outbox.deliver(stored(letter))

    assert len(mail.outbox) == 1


def test_write_is_undone_with_what_it_speaks_of() -> None:
    event = make_event()
    party = make_party(event=event)
    unit = Unit()
    unit.put(type(party).from_raw_data(party.serialize()))
    letter = outbox.write(unit, kind="receipt", to="ana@example.com", subject="Receipt", text="Paid.", about="x")

    with pytest.raises(Conflict):
        unit.commit()

    assert outbox.letters_about(letter.about) == []


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ana",
        "ana@example.com\nBcc: all@example.com",
        "ana@example.com\r\n",
        "Ana <ana@example.com>",
        "ana@example.com, bob@example.com",
        "ana@exam ple.com",
        "\u200bana@example.com",
    ],
)
def test_write_refuses_what_is_not_one_address(to: str) -> None:
    unit = Unit()

    with pytest.raises(outbox.BadLetter):
        outbox.write(unit, kind="receipt", to=to, subject="Receipt", text="Paid.", about="x")

    assert len(unit) == 0


@pytest.mark.parametrize("subject", ["", " ", "Receipt\nBcc: all@example.com", "Receipt\rX: y", "a\u2028b", "x" * 901])
def test_write_refuses_a_subject_unfit_for_a_header(subject: str) -> None:
    unit = Unit()

    with pytest.raises(outbox.BadLetter):
        outbox.write(unit, kind="receipt", to="ana@example.com", subject=subject, text="Paid.", about="x")

    assert len(unit) == 0


def test_a_crash_before_sending_leaves_the_letter_due() -> None:
    letter = write_letter()

    waiting = list(outbox.due(now=datetime.now(UTC)))
    after_lease = list(outbox.due(now=datetime.now(UTC) + outbox.LEASE))

    assert waiting == []
    assert [row.ulid for row in after_lease] == [letter.ulid]


def test_a_crash_between_sending_and_storing_costs_one_duplicate(ses: Provider) -> None:
    letter = let_lease_end(write_letter())
    sweeper = start_sweeper()
    ses.on_letter = sweeper.kill
    sweeper.communicate(timeout=60)
    ses.on_letter = None
    after_crash = stored(letter)

    list_while_held = list(outbox.due(now=datetime.now(UTC)))
    outbox.attempt(let_lease_end(letter))
    with pytest.raises(outbox.AlreadyClaimed):
        outbox.attempt(stored(letter))

    assert sweeper.returncode == -signal.SIGKILL
    assert (after_crash.state, after_crash.attempts) == (State.SENDING, 1)
    assert list_while_held == []
    assert len(ses.taken) == 2
    assert (stored(letter).state, stored(letter).attempts) == (State.SENT, 2)


def start_sweeper() -> subprocess.Popen[str]:
    """Start `deliverletters` as a process of its own."""
    environment = {**os.environ, "SES_SENDER_EMAIL": "crew@example.com"}
    return subprocess.Popen([sys.executable, "manage.py", "deliverletters"], env=environment, text=True)


def test_a_letter_on_which_its_senders_end_is_given_up(ses: Provider) -> None:
    letter = write_letter()
    unit = Unit()
    unit.update(letter, set={"attempts": outbox.MOST_ATTEMPTS})
    unit.commit()

    outbox.attempt(let_lease_end(letter))

    assert stored(letter).state == State.FAILED
    assert ses.asked == 0


def test_every_try_of_a_letter_has_one_message_id() -> None:
    letter = write_letter()
    outbox.deliver(letter)

    outbox.deliver(outbox.send_again(stored(letter), by=ALICE))

    ids = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert ids[0] == f"<{letter.ulid.lower()}@localhost>"
    # A copy is a letter of its own.
    assert ids[1] != ids[0]


def test_two_sweepers_send_once(ses: Provider) -> None:
    row = let_lease_end(write_letter())
    copies = [stored(row) for _ in range(8)]
    outcomes: list[object] = []

    def sweep(copy: Letter) -> None:
        try:
            outcomes.append(outbox.attempt(copy))
        except outbox.AlreadyClaimed:
            outcomes.append("claimed")

    threads = [threading.Thread(target=sweep, args=(copy,)) for copy in copies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ses.asked == 1
    assert sorted(map(str, outcomes)) == ["claimed"] * 7 + ["sent"]


def test_a_definite_refusal_goes_on_to_gmail(ses: Provider, gmail: Provider) -> None:
    ses.ses = [(400, "MessageRejected")]
    letter = write_letter()

    outbox.deliver(letter)

    row = stored(letter)
    assert (row.state, row.provider) == (State.SENT, "gmail")
    assert row.error == "Amazon SES refused it: MessageRejected: no"
    assert (ses.asked, len(gmail.taken)) == (1, 1)
    assert "From: Ship Captain Crew <crew@gmail.example>" in gmail.taken[0]


def test_no_answer_stays_with_the_same_provider(ses: Provider, gmail: Provider) -> None:
    ses.ses = [(0, ""), (200, "")]
    letter = write_letter()

    outbox.deliver(letter)
    between = stored(letter)
    outbox.attempt(let_lease_end(letter))

    assert (between.state, between.provider, between.attempts) == (State.QUEUED, "ses", 1)
    assert between.due_at > datetime.now(UTC) + timedelta(seconds=30)
    assert (stored(letter).state, stored(letter).provider) == (State.SENT, "ses")
    assert (ses.asked, gmail.asked) == (2, 0)


@pytest.mark.parametrize("answer", [(429, "TooManyRequestsException"), (500, "InternalFailure"), (503, "")])
def test_a_busy_provider_is_asked_again_later(ses: Provider, gmail: Provider, answer: tuple[int, str]) -> None:
    ses.ses = [answer]
    letter = write_letter()

    outbox.deliver(letter)

    assert (stored(letter).state, stored(letter).provider) == (State.QUEUED, "ses")
    assert (ses.asked, gmail.asked) == (1, 0)


def test_no_answer_of_gmail_is_not_carried_back_to_ses(ses: Provider, gmail: Provider) -> None:
    ses.ses = [(400, "MessageRejected"), (200, "")]
    gmail.smtp = ["", "250 taken"]
    letter = write_letter()

    outbox.deliver(letter)
    outbox.attempt(let_lease_end(letter))

    assert (stored(letter).state, stored(letter).provider) == (State.SENT, "gmail")
    assert ses.asked == 1


@pytest.mark.parametrize(
    ("reply", "state"), [("550 no such user", State.FAILED), ("451 later", State.QUEUED), ("250 ok", State.SENT)]
)
def test_gmail_answers_as_smtp_says(gmail: Provider, reply: str, state: State) -> None:
    gmail.smtp = [reply]
    letter = write_letter()

    outbox.deliver(letter)

    assert stored(letter).state == state
    assert gmail.asked == 1


def test_gmail_refuses_a_wrong_password(gmail: Provider) -> None:
    gmail.login = "535 5.7.8 not accepted"
    letter = write_letter()

    outbox.deliver(letter)

    row = stored(letter)
    assert row.state == State.FAILED
    assert "535" in row.error
    assert "app password" not in row.error


def test_gmail_is_spoken_to_in_checked_tls_only(gmail: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    letter = write_letter()

    outbox.deliver(letter)

    assert stored(letter).state == State.QUEUED
    assert "CERTIFICATE_VERIFY_FAILED" in stored(letter).error
    assert gmail.asked == 0


def test_the_last_pause_ends_in_failure(ses: Provider) -> None:
    ses.ses = [(503, "")]
    letter = write_letter()
    unit = Unit()
    unit.update(letter, set={"attempts": outbox.MOST_ATTEMPTS - 1})
    unit.commit()

    outbox.attempt(let_lease_end(letter))

    row = stored(letter)
    assert (row.state, row.queue) == (State.FAILED, f"failed-{datetime.now(UTC):%Y}")
    assert row.attempts == outbox.MOST_ATTEMPTS
    assert list(outbox.due(now=datetime.now(UTC) + timedelta(days=9))) == []


def test_on_lambda_without_a_sender_the_letter_fails_and_is_not_printed(settings: Any) -> None:
    settings.ON_LAMBDA = True
    letter = write_letter()

    outbox.deliver(letter)

    assert stored(letter).state == State.FAILED
    assert "SES_SENDER_EMAIL" in stored(letter).error
    assert mail.outbox == []


NEW_YEAR = datetime(2027, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "due_at", "count"),
    [
        (State.QUEUED, NEW_YEAR - timedelta(minutes=59), 0),
        (State.QUEUED, NEW_YEAR - timedelta(minutes=61), 1),
        (State.SENDING, NEW_YEAR - timedelta(minutes=61), 1),
        (State.QUEUED, NEW_YEAR + timedelta(days=1), 0),
        (State.SENT, None, 0),
        (State.FAILED, NEW_YEAR - timedelta(minutes=1), 1),
        # In the last year's queue.
        (State.FAILED, NEW_YEAR - timedelta(hours=23), 1),
        (State.FAILED, NEW_YEAR - timedelta(hours=25), 0),
    ],
)
def test_stuck_counts_what_needs_someone(
    state: State, due_at: datetime | None, count: int, requests_made: RequestsMade
) -> None:
    unit = Unit()
    written = outbox.write(unit, kind="receipt", to="ana@example.com", subject="Receipt", text="Paid.", about="x")
    written.state, written.due_at, written.queue = state.value, due_at, queue_of(state, due_at or NEW_YEAR)
    written.stamp()
    unit.commit()

    with requests_made() as made:
        found = outbox.stuck(now=NEW_YEAR)

    assert found == count
    assert made == {"Query": 3}


def test_stuck_forgets_a_letter_that_was_sent_again(ses: Provider) -> None:
    ses.ses = [(400, "MessageRejected")]
    letter = write_letter()
    outbox.deliver(letter)
    before = outbox.stuck(now=datetime.now(UTC))

    outbox.send_again(stored(letter), by=ALICE)

    assert (before, outbox.stuck(now=datetime.now(UTC))) == (1, 0)


def test_deliver_through_the_emulators_ses(settings: Any) -> None:
    sender = f"{ULID()}@example.com".lower()
    settings.SES_SENDER_EMAIL = sender
    boto3.client("sesv2").create_email_identity(EmailIdentity=sender)
    letter = write_letter(to=sender, subject="Recibo de Ana López 收据")

    outbox.deliver(letter)

    row = stored(letter)
    assert (row.state, row.provider) == (State.SENT, "ses")
    assert row.message_id
    [message] = [message for message in emulated_messages() if message["To"] == [sender]]
    assert (message["Subject"], message["BodyText"].strip()) == ("Recibo de Ana López 收据", "Paid.")


def test_an_unverified_sender_is_a_definite_refusal(settings: Any) -> None:
    settings.SES_SENDER_EMAIL = f"{ULID()}@example.com".lower()
    letter = write_letter()

    outbox.deliver(letter)

    assert stored(letter).state == State.FAILED
    assert "MessageRejected" in stored(letter).error


def emulated_messages() -> list[dict[str, Any]]:
    connection = HTTPConnection(urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc)
    connection.request("GET", "/_ministack/ses/messages")
    accounts: dict[str, list[dict[str, Any]]] = json.load(connection.getresponse())["messages"]
    connection.close()
    return [message for messages in accounts.values() for message in messages]
