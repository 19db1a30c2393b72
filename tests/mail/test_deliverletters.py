from __future__ import annotations

import json
import os
import signal
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command

from scc.dynamo.attributes import instant_text
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter, State
from tests.mail.letters import let_lease_end, stored, write_letter
from tests.mail.providers import Provider

pytestmark = pytest.mark.usefixtures("table")


def deliver(**options: Any) -> str:
    out = StringIO()
    call_command("deliverletters", stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_deliverletters_sends_what_is_due() -> None:
    due = [let_lease_end(write_letter()) for _ in range(3)]
    fresh = write_letter()

    said = deliver()

    assert said == 'Letters: 3 due, 3 sent, 0 put off, 0 failed, 0 sent elsewhere.\n{"letters_stuck": 0}\n'
    assert {stored(letter).state for letter in due} == {State.SENT}
    assert stored(fresh).state == State.QUEUED


def test_deliverletters_again_sends_nothing() -> None:
    let_lease_end(write_letter())
    deliver()

    said = deliver()

    assert said.startswith("Letters: 0 due")
    assert len(mail.outbox) == 1


def test_deliverletters_dry_run_names_and_sends_nothing() -> None:
    letter = let_lease_end(write_letter())

    said = deliver(dry_run=True)

    assert letter.ulid in said
    assert said.endswith("Letters: 1 due, none sent (dry run).\n")
    assert mail.outbox == []
    assert stored(letter).state == State.QUEUED


def test_deliverletters_exits_3_when_a_letter_failed(ses: Provider) -> None:
    ses.ses = [(400, "MessageRejected")]
    letter = let_lease_end(write_letter())
    out = StringIO()

    with pytest.raises(SystemExit) as exit_:
        call_command("deliverletters", stdout=out, stderr=StringIO())

    assert exit_.value.code == 3
    assert stored(letter).state == State.FAILED
    assert out.getvalue().endswith('1 failed, 0 sent elsewhere.\n{"letters_stuck": 1}\n')


def test_deliverletters_stops_after_the_letter_in_hand(ses: Provider) -> None:
    ses.on_letter = lambda: os.kill(os.getpid(), signal.SIGTERM)
    letters = [let_lease_end(write_letter()) for _ in range(3)]

    said = deliver()

    assert "1 sent" in said
    assert sorted(stored(letter).state for letter in letters) == [State.QUEUED, State.QUEUED, State.SENT]


def test_deliverletters_counts_what_it_does_not_come_to(ses: Provider) -> None:
    ses.on_letter = lambda: os.kill(os.getpid(), signal.SIGTERM)
    for hours in (3, 2, 0):
        let_lease_end(write_letter(), ago=timedelta(hours=hours, seconds=1))

    said = deliver()

    assert "1 sent" in said
    assert json.loads(said.splitlines()[-1]) == {"letters_stuck": 1}


def test_deliverletters_sends_what_stands_under_the_key_of_before() -> None:
    letter = outbox.write(Unit(), kind="receipt", to="ana@example.com", subject="Receipt", text="Paid.", about="x")
    letter.pk, letter.sk = f"LETTER#{letter.ulid}", "META"
    letter.gsi2sk = f"{instant_text(letter.written_at)}#{letter.ulid}"
    letter.due_at = letter.written_at
    letter.save()

    said = deliver()

    assert "1 due, 1 sent" in said
    [row] = Row.collection(f"LETTER#{letter.ulid}")
    assert isinstance(row, Letter)
    assert row.state == State.SENT
    assert row.gsi2pk is None
    assert outbox.letters_about("x") == []
