"""What signers are shown: which texts are current, and which document is chosen for whom.

All of it is one partition, and so one Query, which a process keeps for `SECONDS`; what is published or chosen is shown
everywhere after that time and the minute for which the public page is cached.

A departure's own choice comes first, then its vessel's, then the default, then the document that ships. A document that
was never published is passed over: a guest on the dock is shown the next one, and not an error.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from events.rows import Event
from scc.dynamo.rows import Row
from waivers import shipped_texts
from waivers.rows import CurrentText, Offer, Role, TextChoice

SECONDS = 60.0
DEFAULT = "default"


def scope_of(vessel_id: str) -> str:
    """Return the scope of what is chosen for a vessel."""
    return f"vessel:{vessel_id}"


@dataclass(frozen=True)
class Board:
    """What the partition held when it was read."""

    # By document and language.
    current: dict[tuple[str, str], CurrentText]
    # By scope and role.
    choices: dict[tuple[str, str], TextChoice] = field(default_factory=dict)
    # Nothing of the document that ships is published: `current` has it as it will be.
    is_unpublished: bool = False

    @property
    def documents(self) -> list[str]:
        """Every document that signers can be shown, in order."""
        return sorted({row.document for row in self.current.values() if row.state == Offer.SHOWN})

    def languages_of(self, document: str) -> dict[str, CurrentText]:
        """Return what is shown of `document`, by language."""
        return {
            row.language: row for row in self.current.values() if row.document == document and row.state == Offer.SHOWN
        }

    def chosen(self, scope: str, role: str) -> str:
        """Return the document that is chosen for `scope`, "" for none of its own."""
        choice = self.choices.get((scope, role))
        return str(choice.document) if choice else ""

    def document_for(self, event: Event, role: str) -> str:
        """Return the document that `event` shows to those who come aboard as `role`."""
        own = event.crew_text if role == Role.CREW else event.guest_text
        return self.first(own, self.chosen(scope_of(event.vessel_id), role), self.chosen(DEFAULT, role))

    def usual_for(self, vessel_id: str, role: str) -> str:
        """Return the document that a departure of the vessel shows to `role` unless it has a choice of its own."""
        return self.first(self.chosen(scope_of(vessel_id), role), self.chosen(DEFAULT, role))

    def first(self, *documents: str) -> str:
        """Return the first of `documents` that signers can be shown, or the one that ships."""
        return next((each for each in documents if each in self.documents), shipped_texts.DOCUMENT)


_memory: list[tuple[float, Board]] = []


def forget() -> None:
    """Forget what is remembered of the table."""
    _memory.clear()


def get() -> Board:
    """Return what signers are shown. One Query where memory is empty or over a minute old."""
    if not _memory or time.monotonic() - _memory[0][0] >= SECONDS:
        _memory[:] = [(time.monotonic(), read())]
    return _memory[0][1]


def read() -> Board:
    """Return what signers are shown, as the table has it now. One Query."""
    rows = Row.collection("WAIVERTEXT#CURRENT")
    current = [row for row in rows if isinstance(row, CurrentText)]
    is_unpublished = all(row.document != shipped_texts.DOCUMENT for row in current)
    if is_unpublished:
        current = [*current, *shipped_texts.rows()]
    return Board(
        {(row.document, row.language): row for row in current},
        {(row.scope, row.role): row for row in rows if isinstance(row, TextChoice)},
        is_unpublished,
    )
