"""Letters of the tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from scc.dynamo.attributes import instant_text
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter


def write_letter(**changes: Any) -> Letter:
    """Return a letter, written and committed."""
    unit = Unit()
    details = {"kind": "receipt", "to": "ana@example.com", "subject": "Receipt K7M2", "text": "Paid.", "about": "x"}
    letter = outbox.write(unit, **{**details, **changes})
    unit.commit()
    return letter


def stored(letter: Letter) -> Letter:
    row = Letter.fetch(ulid=letter.ulid)
    assert row is not None
    return row


def let_lease_end(letter: Letter, *, ago: timedelta = timedelta(seconds=1)) -> Letter:
    """Return the letter as the table has it once whoever holds it has been dead for a while."""
    row = stored(letter)
    unit = Unit()
    past = datetime.now(UTC) - ago
    unit.update(row, set={"due_at": past, "gsi2sk": f"{instant_text(past)}#{row.ulid}"})
    unit.commit()
    return stored(letter)
