"""Letters that are erased with what they speak of: whom they went to, and what they said.

That there was a letter, when it was written and whether it was sent stays.
"""

from __future__ import annotations

from scc.dynamo.units import Unit
from scc.mail.rows import Letter, State

SUBJECT = "Erased"


def is_erased(letter: Letter) -> bool:
    """Say whether nothing of `letter` is left to erase."""
    return not (letter.to or letter.text or letter.html or letter.error)


def erase(letter: Letter) -> None:
    """Empty `letter`, as it was read. One that was not sent is never sent any more. One TransactWriteItems.

    Raises Conflict when it was moved meanwhile, as by being sent; then read it again.
    """
    emptied = dict.fromkeys(("to", "text", "html", "error", "attachments", "queue"), "")
    state = State.SENT if letter.state == State.SENT else State.ERASED
    gone = dict.fromkeys(("due_at", "waits_until", "gsi2pk", "gsi2sk"))
    unit = Unit()
    unit.update(
        letter,
        set={**emptied, **gone, "subject": SUBJECT, "state": state.value, "version": letter.version + 1},
        expect=Letter.version == letter.version,
    )
    unit.commit()
