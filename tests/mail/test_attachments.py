from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any

import pytest
from django.core import mail

from scc.dynamo.errors import StoreUnavailable
from scc.dynamo.units import Unit
from scc.mail import attachments, outbox
from scc.mail.attachments import Attachment, NotReady, Withdrawn
from scc.mail.rows import Letter, State
from scc.staff.actors import Actor
from tests.mail.letters import let_lease_end, stored, write_letter
from tests.mail.providers import Provider

ALICE = Actor("alice", "Alice Archer")

pytestmark = pytest.mark.usefixtures("table")


class Shelf:
    """Where the tests' files are: bytes, or why there are none."""

    def __init__(self) -> None:
        self.things: dict[str, bytes | Exception] = {}

    def open(self, name: str) -> bytes:
        thing = self.things.get(name, NotReady(name))
        if isinstance(thing, Exception):
            raise thing
        return thing


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    attachments.register("shelf", shelf.open)
    yield shelf
    del attachments._openers["shelf"]


def write(*names: str) -> Letter:
    return write_letter(brings=[Attachment("shelf", name, f"{name}.pdf") for name in names])


def let_wait_end(letter: Letter) -> Letter:
    """Return the letter as it is when the hour for which it waits is over."""
    unit = Unit()
    unit.update(stored(letter), set={"waits_until": datetime.now(UTC) - timedelta(seconds=1)})
    unit.commit()
    return let_lease_end(letter)


def brought() -> list[tuple[str, bytes, str]]:
    [message] = mail.outbox
    return [(name, data, kind) for name, data, kind in message.attachments]


def test_a_letter_brings_its_files(shelf: Shelf) -> None:
    shelf.things = {"one": b"%PDF-1", "two": b"%PDF-2"}

    outbox.attempt(let_lease_end(write("one", "two")))

    assert brought() == [("one.pdf", b"%PDF-1", "application/pdf"), ("two.pdf", b"%PDF-2", "application/pdf")]


def test_deliver_leaves_to_the_sweeper_what_brings_a_file(shelf: Shelf, requests_made: Any) -> None:
    letter = write("one")

    with requests_made() as made:
        outbox.deliver(letter)

    assert made == {}
    assert stored(letter).state == State.QUEUED


@pytest.mark.parametrize("why", [NotReady("one"), StoreUnavailable("the bucket does not answer")])
def test_a_letter_waits_for_its_file_and_counts_no_try(shelf: Shelf, why: Exception) -> None:
    shelf.things = {"one": why}
    letter = write("one")

    for _ in range(20):
        outbox.attempt(let_lease_end(letter))
    waiting = stored(letter)
    shelf.things = {"one": b"%PDF"}
    outbox.attempt(let_lease_end(letter))

    assert (waiting.state, waiting.attempts, waiting.error) == (State.QUEUED, 0, "")
    assert waiting.due_at > datetime.now(UTC)
    assert brought() == [("one.pdf", b"%PDF", "application/pdf")]
    assert (stored(letter).state, stored(letter).attempts) == (State.SENT, 1)


def test_a_letter_goes_without_its_file_after_an_hour(shelf: Shelf) -> None:
    letter = write("one")

    outbox.attempt(let_wait_end(letter))

    assert letter.waits_until == letter.written_at + timedelta(hours=1)
    assert brought() == []
    assert stored(letter).state == State.SENT


def test_a_letter_leaves_out_what_was_erased(shelf: Shelf) -> None:
    shelf.things = {"one": Withdrawn("one"), "two": b"%PDF-2"}

    outbox.attempt(let_lease_end(write("one", "two")))

    assert brought() == [("two.pdf", b"%PDF-2", "application/pdf")]


def test_a_letter_whose_files_were_all_erased_is_not_sent(shelf: Shelf) -> None:
    shelf.things = {"one": Withdrawn("one")}
    letter = write("one")

    outbox.attempt(let_lease_end(letter))

    assert mail.outbox == []
    assert (stored(letter).state, stored(letter).error) == (State.FAILED, outbox.ERASED)


def test_a_letter_that_waits_holds_up_no_other(shelf: Shelf) -> None:
    early, later = let_lease_end(write("one")), let_lease_end(write_letter())

    states = [outbox.attempt(letter) for letter in outbox.due(now=datetime.now(UTC))]

    assert states == [State.QUEUED, State.SENT]
    assert (stored(early).state, stored(later).state) == (State.QUEUED, State.SENT)


def test_a_copy_of_a_letter_brings_the_same_and_at_once(shelf: Shelf) -> None:
    shelf.things = {"one": b"%PDF"}
    letter = write("one")
    outbox.attempt(let_lease_end(letter))
    mail.outbox.clear()

    copy = outbox.send_again(stored(letter), by=ALICE, to="bea@example.com")
    outbox.deliver(copy)

    assert stored(copy).state == State.SENT
    assert brought() == [("one.pdf", b"%PDF", "application/pdf")]


def test_ses_gets_the_files(shelf: Shelf, ses: Provider) -> None:
    shelf.things = {"one": b"%PDF-1.7 \xff\x00"}

    outbox.attempt(let_lease_end(write("one")))

    raw = b64decode(json.loads(ses.taken[0])["Content"]["Raw"]["Data"])
    files = [part for part in message_from_bytes(raw).walk() if part.get_filename()]
    assert [(part.get_filename(), part.get_payload(decode=True)) for part in files] == [
        ("one.pdf", b"%PDF-1.7 \xff\x00")
    ]
