"""A letter that is erased says no more than that there was one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from scc.dynamo.errors import Conflict
from scc.mail import erasing, outbox, words
from scc.mail.rows import Letter, State
from scc.staff.actors import Actor
from tests.mail.letters import stored, write_letter

ALICE = Actor("alice", "Alice Archer")
LATER = datetime.now(UTC) + timedelta(days=1)

pytestmark = pytest.mark.usefixtures("table")


def contents(letter: Letter) -> list[str]:
    return [letter.to, letter.text, letter.html, letter.error]


def test_erase_empties_a_letter_that_was_sent() -> None:
    letter = write_letter(html="<p>Paid.</p>")
    outbox.deliver(letter)

    erasing.erase(stored(letter))

    erased = stored(letter)
    assert (contents(erased), erased.subject) == (["", "", "", ""], "Erased")
    assert (erased.state, erased.sent_at) == (State.SENT, stored(letter).sent_at)
    assert erasing.is_erased(erased)
    assert not outbox.may_be_sent_again(erased)


def test_erase_keeps_a_letter_that_waits_from_being_sent() -> None:
    letter = write_letter()

    erasing.erase(stored(letter))

    assert stored(letter).state == State.ERASED
    assert list(outbox.due(now=LATER)) == []
    with pytest.raises(outbox.AlreadyClaimed):
        outbox.attempt(stored(letter))
    assert mail.outbox == []
    assert words.outcome(stored(letter)) == ["It was erased before it was sent."]


def test_erase_refuses_a_letter_that_was_moved_meanwhile() -> None:
    letter = write_letter()
    read = stored(letter)
    outbox.deliver(letter)

    with pytest.raises(Conflict):
        erasing.erase(read)

    assert stored(letter).to


def test_an_erased_letter_is_not_sent_again() -> None:
    letter = write_letter()
    erasing.erase(stored(letter))

    with pytest.raises(outbox.NothingToSend, match="was erased"):
        outbox.send_again(stored(letter), by=ALICE, to="eve@example.com")
