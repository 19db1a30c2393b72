"""Sending a letter again: once, with one line in the trail of what it speaks of."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django.core import mail

from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter, State
from scc.staff.actors import Actor
from tests.conftest import RequestsMade
from tests.mail.letters import PAYMENT, stored, trail_of, write_letter
from tests.mail.providers import Provider

ALICE = Actor("alice", "Alice Archer")
NEW = "ana.lopez@example.com"

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture
def failed(ses: Provider) -> Letter:
    """A letter that SES refused; it will take the next."""
    ses.ses = [(400, "MessageRejected"), (200, "")]
    letter = write_letter()
    outbox.deliver(letter)
    return stored(letter)


@pytest.fixture
def sent() -> Letter:
    letter = write_letter(html="<p>Paid.</p>", language="es")
    outbox.deliver(letter)
    return stored(letter)


def letters() -> list[Letter]:
    return [row for row in Row.scan() if isinstance(row, Letter)]


def make_past(letter: Letter) -> Letter:
    """Return the letter as if its copy had been written a while ago."""
    unit = Unit()
    unit.update(letter, set={"copied_at": datetime.now(UTC) - outbox.COPIED_JUST_NOW})
    unit.commit()
    return stored(letter)


def test_send_again_tries_a_failed_letter_anew(failed: Letter, ses: Provider) -> None:
    again = outbox.send_again(failed, by=ALICE)
    outbox.deliver(again)

    [letter] = letters()
    assert (letter.state, letter.attempts, letter.error) == (State.SENT, 1, "")
    assert len(ses.taken) == 1


def test_send_again_is_one_line_about_what_the_letter_speaks_of(failed: Letter, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        outbox.send_again(failed, by=ALICE)

    assert made == {"TransactWriteItems": 1}
    assert trail_of(failed) == [("sent again", "alice")]
    # The letter and the line; no payment.
    assert sorted(type(row).__name__ for row in Row.scan()) == ["AuditEntry", "Letter"]


def test_send_again_copies_a_letter_that_was_sent(sent: Letter) -> None:
    copy = outbox.send_again(sent, by=ALICE)
    outbox.deliver(copy)

    assert copy.ulid != sent.ulid
    same = ("to", "subject", "text", "html", "language", "purpose", "about")
    assert [getattr(copy, name) for name in same] == [getattr(sent, name) for name in same]
    assert [message.to for message in mail.outbox] == [["ana@example.com"]] * 2
    assert (stored(sent).state, stored(sent).copied_as) == (State.SENT, copy.ulid)
    assert trail_of(sent) == [("sent again", "alice")]


def test_send_again_to_another_address_replaces_a_failed_letter(failed: Letter, ses: Provider) -> None:
    copy = outbox.send_again(failed, by=ALICE, to=NEW)
    outbox.deliver(copy)

    old = stored(failed)
    assert (old.state, old.copied_as, old.error) == (State.REPLACED, copy.ulid, failed.error)
    assert not any([old.gsi2pk, old.gsi2sk, old.due_at])
    assert (stored(copy).state, stored(copy).to) == (State.SENT, NEW)
    assert outbox.failed_lately(now=datetime.now(UTC)).rows == []
    assert outbox.stuck(now=datetime.now(UTC)) == 0
    assert [letter.ulid for letter in outbox.letters_about(PAYMENT)] == [copy.ulid, old.ulid]


def test_send_again_to_another_address_leaves_a_sent_letter_sent(sent: Letter) -> None:
    outbox.deliver(outbox.send_again(sent, by=ALICE, to=NEW))

    assert stored(sent).state == State.SENT
    assert [message.to for message in mail.outbox] == [["ana@example.com"], [NEW]]


@pytest.mark.parametrize("to", ["ana", "ana@example.com, bob@example.com", "ana@example.com\nBcc: bob@example.com"])
def test_send_again_refuses_what_is_no_address(failed: Letter, to: str) -> None:
    with pytest.raises(outbox.BadLetter):
        outbox.send_again(failed, by=ALICE, to=to)

    assert stored(failed).state == State.FAILED
    assert trail_of(failed) == []


def test_send_again_refuses_a_letter_on_its_way() -> None:
    letter = write_letter()

    with pytest.raises(outbox.StillOnItsWay):
        outbox.send_again(stored(letter), by=ALICE)

    assert trail_of(letter) == []


def test_send_again_refuses_a_letter_that_was_replaced(failed: Letter) -> None:
    outbox.send_again(failed, by=ALICE, to=NEW)

    with pytest.raises(outbox.SentAgainAlready):
        outbox.send_again(stored(failed), by=ALICE)

    assert len(letters()) == 2


def test_send_again_of_what_one_page_showed_sends_once(failed: Letter, ses: Provider) -> None:
    ses.ses = [(400, "MessageRejected")]
    outbox.deliver(outbox.send_again(failed, by=ALICE, seen=failed.version))
    asked = ses.asked

    with pytest.raises(outbox.SentAgainAlready):
        outbox.send_again(stored(failed), by=ALICE, seen=1)

    assert ses.asked == asked
    assert len(trail_of(failed)) == 1


def test_send_again_of_a_sent_letter_twice_sends_one_copy(sent: Letter) -> None:
    outbox.send_again(sent, by=ALICE)

    with pytest.raises(outbox.SentAgainAlready):
        outbox.send_again(stored(sent), by=ALICE)

    assert len(letters()) == 2


def test_send_again_copies_a_sent_letter_again_later(sent: Letter) -> None:
    outbox.send_again(sent, by=ALICE)

    outbox.send_again(make_past(sent), by=ALICE)

    assert len(letters()) == 3
    assert len(trail_of(sent)) == 2


@pytest.mark.parametrize("to", ["", NEW])
def test_send_again_eight_times_at_once_sends_once(failed: Letter, ses: Provider, to: str) -> None:
    copies, refused = [stored(failed) for _ in range(8)], []

    def send(copy: Letter) -> None:
        try:
            outbox.deliver(outbox.send_again(copy, by=ALICE, to=to))
        except outbox.SentAgainAlready as exc:
            refused.append(exc)

    threads = [threading.Thread(target=send, args=(copy,)) for copy in copies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 7
    assert len(ses.taken) == 1
    assert trail_of(failed) == [("sent again", "alice")]


def test_letters_about_one_thing_are_one_query(requests_made: RequestsMade) -> None:
    first, second = write_letter(), write_letter()
    write_letter(about="PAYMENT#2026-05-23.01KS9V3R4T5W6X7Y8Z9A0B1C2E")

    with requests_made() as made:
        found = outbox.letters_about(PAYMENT)

    assert {letter.ulid for letter in found} == {first.ulid, second.ulid}
    assert found == sorted(found, key=lambda letter: letter.ulid, reverse=True)
    assert made == {"Query": 1}


def test_letters_about_nothing_are_none() -> None:
    assert outbox.letters_about(PAYMENT) == []


def test_write_takes_a_ulid_that_was_known_before() -> None:
    letter = write_letter(ulid="01KS9V3R4T5W6X7Y8Z9A0B1C2D", about="EVENT#2026-05-23")

    assert letter.id == "EVENT#2026-05-23.01KS9V3R4T5W6X7Y8Z9A0B1C2D"
    assert [each.ulid for each in outbox.letters_about("EVENT#2026-05-23")] == [letter.ulid]
