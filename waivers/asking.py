"""Letters that ask those who have not signed to do so: one a day at most to each party, and to each of the crew.

A letter is written in the transaction that marks whom it is for (`asked_at`), on condition that there is no mark of the
same day. So two who press the button at once, one who presses it twice, and a run that was cut short write nothing
twice. The letters are sent by the outbox's sweeper. They carry the personal link, by which a signature finds its place
on the manifest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from events import calendar
from events.rows import CrewAssignment, Event, Patron, Person
from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import By
from waivers import personal_links
from waivers.manifest import Hand, Manifest, Party

Marked = Patron | CrewAssignment
LANGUAGE = "en"


class AskedToday(Exception):
    """The letter of the day was written already."""


class CannotAsk(Exception):
    """Nobody is asked as things are; says why."""


@dataclass(frozen=True)
class Request:
    """A letter that a party, or someone of the crew, may get."""

    event: Event
    # By which the page names it: p or c, and the ulid.
    key: str
    name: str
    # "" where none is known.
    to: str
    # How many of them have not signed.
    missing: int
    # The party; or the places of one person in the crew.
    marked: Sequence[Marked]

    @property
    def was_today(self) -> bool:
        starts = day_start()
        return any(row.asked_at is not None and row.asked_at >= starts for row in self.marked)

    @property
    def can_go(self) -> bool:
        return bool(self.to) and not self.was_today


@dataclass(frozen=True)
class Asked:
    """What became of a request to write to everyone who is missing."""

    written: int = 0
    today: int = 0
    unreachable: int = 0
    failed: int = 0

    def __str__(self) -> str:
        said = [f"{self.written} letter{'' if self.written == 1 else 's'} written"]
        said += [f"{self.today} asked today already"] if self.today else []
        said += [f"{self.unreachable} without an e-mail address"] if self.unreachable else []
        said += [f"{self.failed} not written, as someone changed them just now: ask again"] if self.failed else []
        return f"{', '.join(said)}."


def day_start() -> datetime:
    """Return when today began at the operator's dock."""
    return datetime.combine(calendar.today(), time(), calendar.zone()).astimezone(UTC)


def why_not(event: Event) -> str:
    """Say why nobody is asked to sign for `event`, "" where they may be."""
    if not event.is_open:
        return "This departure takes no signatures, so nobody is asked."
    if event.starts_at <= timezone.now():
        return "This departure has begun. Let guests sign at the dock."
    return ""


def of_parties(found: Manifest) -> list[Request]:
    """Return a request for each party of which someone has not signed."""
    return [_of_party(found.event, party) for party in found.parties if party.missing]


def of_crew(found: Manifest) -> list[Request]:
    """Return a request for each of the crew who has not signed. One BatchGetItem where there are any."""
    hands = found.crew_missing
    if not hands:
        return []
    rows = Person.fetch_many(Person.keys_for(ulid=hand.assignment.person_id) for hand in hands)
    people = {person.ulid: person for person in rows.values()}
    return [_of_hand(found.event, hand, people.get(hand.assignment.person_id)) for hand in hands]


def _of_party(event: Event, party: Party) -> Request:
    patron = party.patron
    return Request(event, f"p{patron.ulid}", patron.name, patron.email, party.missing, [patron])


def _of_hand(event: Event, hand: Hand, person: Person | None) -> Request:
    to = person.email if person is not None else ""
    return Request(event, f"c{hand.assignment.ulid}", hand.name, to, 1, hand.assignments)


def ask_all(found: Manifest, *, by: By, key: str = "") -> Asked:
    """Write to everyone who is missing, or to the one whom `key` names. Raises CannotAsk, StoreUnavailable.

    A BatchGetItem where crew are among them, and one TransactWriteItems for each letter.
    """
    if reason := why_not(found.event):
        raise CannotAsk(reason)
    requests = [*(of_parties(found) if key[:1] != "c" else ()), *(of_crew(found) if key[:1] != "p" else ())]
    if key:
        requests = [request for request in requests if request.key == key]
        if not requests:
            raise CannotAsk("Nobody is missing there any more.")
    outcomes = [_outcome(request, by) for request in requests]
    return Asked(*(outcomes.count(outcome) for outcome in ("written", "today", "unreachable", "failed")))


def _outcome(request: Request, by: By) -> str:
    if not request.to:
        return "unreachable"
    try:
        write(request, by=by)
    except AskedToday:
        return "today"
    except (Conflict, outbox.BadLetter):
        return "failed"
    return "written"


def write(request: Request, *, by: By) -> Letter:
    """Write the letter, mark whom it is for, and return it, to be sent by the sweeper. One TransactWriteItems.

    Raises outbox.BadLetter, AskedToday, Conflict when the departure or the person's row changed since it was read, and
    what else `Unit.commit` raises.
    """
    starts = day_start()
    if request.was_today:
        raise AskedToday(request.key)
    unit = Unit()
    letter = _compose(unit, request, starts, by)
    try:
        unit.commit()
    except Conflict as conflict:
        stored = [failure.stored for failure in conflict.failures]
        if any(isinstance(row, Marked) and row.asked_at is not None and row.asked_at >= starts for row in stored):
            raise AskedToday(request.key) from conflict
        raise
    return letter


def _compose(unit: Unit, request: Request, starts: datetime, by: By) -> Letter:
    event, first = request.event, request.marked[0]
    # What the letter says of the departure holds: it is not cancelled, moved or removed meanwhile.
    unit.check(event, expect=Row.version == event.version)
    for row in request.marked:
        asked = type(row).asked_at
        unmarked = (asked.does_not_exist() | (asked < starts)) & (Row.version == row.version)
        unit.update(row, set={"asked_at": timezone.now()}, expect=unmarked)
    whom = f"A party of {first.size}" if isinstance(first, Patron) else "One of the crew"
    # The trail names nobody who may sign.
    audit.note(
        unit,
        by=by,
        action="asked",
        subject=audit.subject_of(first),
        subject_name=whom,
        summary=f"Asked to sign for {event}: {request.missing} missing",
    )
    return _letter(unit, request)


def _letter(unit: Unit, request: Request) -> Letter:
    event, first = request.event, request.marked[0]
    context = {
        "name": request.name,
        "event": event,
        # Formatted here: a template's own filters would show it in the zone of the settings.
        "starts": f"{event.starts_local:%A, %-d %B %Y, %H:%M} ({event.time_zone})",
        "missing": request.missing,
        "size": first.size if isinstance(first, Patron) else 0,
        "link": personal_links.address_of(first),
        "operator": settings.SCC_OPERATOR,
    }
    with override(LANGUAGE):
        return outbox.write(
            unit,
            kind="ask",
            to=request.to,
            subject=_("Please sign before you come: %(departure)s") % {"departure": event},
            text=render_to_string("emails/ask.txt", context),
            html=render_to_string("emails/ask.html", context),
            about=audit.subject_of(first),
            language=LANGUAGE,
        )
