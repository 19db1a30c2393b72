"""Letters of the tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from scc.dynamo.attributes import instant_text
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.staff.rows import AuditEntry

PAYMENT = "PAYMENT#2026-05-23.01KS9V3R4T5W6X7Y8Z9A0B1C2D"


def write_letter(**changes: Any) -> Letter:
    """Return a letter, written and committed."""
    unit = Unit()
    details = {
        "kind": "receipt",
        "to": "ana@example.com",
        "subject": "Receipt K7M2",
        "text": "Paid.",
        "about": PAYMENT,
    }
    letter = outbox.write(unit, **{**details, **changes})
    unit.commit()
    return letter


def stored(letter: Letter) -> Letter:
    row = Letter.fetch(about=letter.about, ulid=letter.ulid)
    assert row is not None
    return row


def trail_of(letter: Letter) -> list[tuple[str, str]]:
    """Return what was done to what the letter speaks of, and by whom, the newest first."""
    entries = AuditEntry.listing(known={"subject": letter.about}, forward=False)
    return [(entry.action, entry.recorded_by) for entry in entries]


def let_lease_end(letter: Letter, *, ago: timedelta = timedelta(seconds=1)) -> Letter:
    """Return the letter as the table has it once whoever holds it has been dead for a while."""
    row = stored(letter)
    unit = Unit()
    past = datetime.now(UTC) - ago
    unit.update(row, set={"due_at": past, "gsi2sk": f"{instant_text(past)}#{row.ulid}"})
    unit.commit()
    return stored(letter)
