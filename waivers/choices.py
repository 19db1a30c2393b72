"""Choosing which document is signed: by default, aboard a vessel, for one departure; by guests and by crew."""

from __future__ import annotations

from collections.abc import Mapping

from events import bookings
from events.rows import Event
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.actors import By
from waivers import boards, shipped_texts
from waivers.boards import Board
from waivers.rows import Role, TextChoice

Choices = Mapping[tuple[str, str], str]

WHO = {Role.GUEST: "Guests", Role.CREW: "Crew"}


class NotPublished(ValueError):
    """A document that signers cannot be shown, as nothing of it is published."""


def choose(*, board: Board, choices: Choices, by: By) -> list[TextChoice]:
    """Set which documents are signed, by scope and role; "" is none of its own. Returns what changed.

    board: as it was just read. One transaction with an audit entry for each change, none where nothing changes.
    Raises NotPublished, and Conflict when someone else chose at the same moment.
    """
    changed = {place: each for place, each in choices.items() if each != board.chosen(*place)}
    unit = Unit()
    rows = [_choose(unit, board, place, document, by) for place, document in changed.items()]
    unit.commit()
    boards.forget()
    return rows


def _choose(unit: Unit, board: Board, place: tuple[str, str], document: str, by: By) -> TextChoice:
    _check(board, document)
    before, (scope, role) = board.choices.get(place), place
    row = TextChoice(scope=scope, role=role, document=document)
    if before is None:
        unit.put(row)
    else:
        changes = {"document": document, "version": before.version + 1}
        unit.update(before, set=changes, expect=TextChoice.version == before.version)
    pair = (board.chosen(*place), document)
    audit.record(unit, by=by, action="changed", of=row, summary=_said(row), changes={"document": pair})
    return row


def _said(row: TextChoice) -> str:
    return f"{WHO[Role(row.role)]} sign {row.document or 'what is usual'}."


def choose_for_event(*, event: Event, board: Board, guest: str, crew: str, by: By) -> Event:
    """Set which documents the guests and crew of one departure sign; "" is what is usual. Returns it as it is then.

    Raises NotPublished, and what `bookings.change_event` does.
    """
    wanted = {"guest_text": guest, "crew_text": crew}
    changes = {name: document for name, document in wanted.items() if document != getattr(event, name)}
    for document in changes.values():
        _check(board, document)
    return bookings.change_event(event=event, changes=changes, by=by) if changes else event


def _check(board: Board, document: str) -> None:
    if document and document not in board.documents:
        raise NotPublished(f"Nothing of {document} is published.")


def options(board: Board, usual: str, words: str = "{}") -> list[tuple[str, str]]:
    """Return the documents that may be chosen, by what people call them.

    usual: what holds where none is chosen, which `words` say: "As usual: {}".
    """
    others = [document for document in board.documents if words != "{}" or document != usual]
    named = [(document, name_of(board, document)) for document in others]
    return [("", words.format(name_of(board, usual))), *named]


def name_of(board: Board, document: str) -> str:
    """Return what people call a document: its title, and its name where two have the same."""
    title = _title(board, document)
    alike = sum(_title(board, other) == title for other in board.documents)
    return f"{title} ({document})" if alike > 1 else title


def _title(board: Board, document: str) -> str:
    shown = board.languages_of(document) or board.languages_of(shipped_texts.DOCUMENT)
    return str(next(iter(shown.values())).title)
