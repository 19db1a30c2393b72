"""Who has signed and who has not, party by party: a departure's lines, put beside its manifest.

Made from the rows of one Query of the departure's partition; nothing here writes.

Rules
- A line belongs to the party or the place in the crew that it names. One that names none, but has the same name as one
  party or one of the crew, is shown there as found by name, until staff link it. Any other waits to be placed.
- A head has signed when a line counts, and nothing is against it: its text still counts, and it is valid to the end of
  the departure.
- Someone who has two places in the crew signs once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from events.rows import CrewAssignment, CrewRole, Event, Patron
from events.slugs import BadSlug, parse
from scc.dynamo.folding import fold
from scc.dynamo.rows import Row
from waivers import names, texts, validity
from waivers.heads import ADULT_AT as ADULT_AT
from waivers.heads import Hand as Hand
from waivers.heads import Head as Head
from waivers.heads import Loose as Loose
from waivers.heads import Manifest as Manifest
from waivers.heads import Party as Party
from waivers.heads import Suggestion as Suggestion
from waivers.rows import Method, State, Waiver

MOST_SUGGESTED = 3
_DROPPED = {State.REPLACED, State.INVALID}
# Of which nothing here says what was signed, so that no new text changes it.
_WITHOUT_TEXT = {Method.PAPER, Method.IMPORTED}


def read(slug: str) -> Manifest | None:
    """Return the manifest of the departure `slug`, or None: also when `slug` is malformed, without asking the table.

    One Query. Which texts still count is asked once a minute: see `waivers.boards`.
    """
    try:
        parse(slug)
    except BadSlug:
        return None
    rows = Row.collection(f"EVENT#{slug}")
    event = next((row for row in rows if isinstance(row, Event)), None)
    return arranged(event, rows) if event else None


def arranged(event: Event, rows: Iterable[Row]) -> Manifest:
    """Return the manifest that `rows` of the departure's partition make."""
    rows = list(rows)
    lines = [row for row in rows if isinstance(row, Waiver)]
    patrons = sorted((row for row in rows if isinstance(row, Patron)), key=lambda party: party.folded_name)
    parties = [Party(patron) for patron in patrons]
    crew = _hands(row for row in rows if isinstance(row, CrewAssignment))
    left = [head for head in _heads(event, lines) if not _place_linked(head, parties, crew)]
    left = _place_by_name(left, parties, crew)
    manifest = Manifest(event, parties, crew, [], [line for line in lines if line.state in _DROPPED])
    placed = list(manifest.heads)
    manifest.loose.extend(_loose(head, manifest, placed, left) for head in left)
    return manifest


def against(line: Waiver, event: Event) -> str:
    """Say why `line` does not hold for `event`, "" where it does."""
    if not line.counts:
        return f"This signature is {State(line.state).label.lower()}."
    if line.method not in _WITHOUT_TEXT and not texts.still_counts(line.text_version):
        return "The text has changed since: must sign again."
    if line.valid_until >= validity.last_day(event):
        return ""
    if line.is_minor:
        return "Turns 18 by then, and signs alone: must sign again."
    return f"Valid to {line.valid_until:%-d %b %Y} only: must sign again."


def _heads(event: Event, lines: Iterable[Waiver]) -> Iterator[Head]:
    for line in lines:
        if line.counts:
            yield Head(line, against(line, event))


def _hands(assignments: Iterable[CrewAssignment]) -> list[Hand]:
    by_person: dict[str, list[CrewAssignment]] = {}
    order = list(CrewRole)
    # The captain first.
    for assignment in sorted(assignments, key=lambda each: order.index(CrewRole(each.role))):
        by_person.setdefault(assignment.person_id, []).append(assignment)
    return [Hand(places) for places in by_person.values()]


def _place_linked(head: Head, parties: Sequence[Party], crew: Sequence[Hand]) -> bool:
    """Put a line where it says that it belongs. One that names a place which was removed belongs nowhere."""
    line = head.line
    for party in parties if line.patron_id else ():
        if party.patron.ulid == line.patron_id:
            party.heads.append(head)
            return True
    for hand in crew if line.assignment_id else ():
        if any(assignment.ulid == line.assignment_id for assignment in hand.assignments):
            hand.heads.append(head)
            return True
    return False


def _place_by_name(heads: Iterable[Head], parties: Sequence[Party], crew: Sequence[Hand]) -> list[Head]:
    """Put lines beside the one party, or the one of the crew, of the same name. Return those that are left."""
    left = []
    for head in heads:
        places: list[Party | Hand] = []
        if head.is_guest:
            places += [party for party in parties if party.patron.folded_name == head.line.folded_name]
        else:
            places += [hand for hand in crew if fold(hand.name) == head.line.folded_name]
        # Whoever has signed already may be another of that name, or has signed twice: staff decide.
        if len(places) == 1 and not _has_namesake(places[0], head):
            places[0].heads.append(Head(head.line, head.against, by_name=True))
        else:
            left.append(head)
    return left


def _has_namesake(place: Party | Hand, head: Head) -> bool:
    return any(each.line.folded_name == head.line.folded_name for each in place.heads)


def _loose(head: Head, manifest: Manifest, placed: Sequence[Head], left: Sequence[Head]) -> Loose:
    found = sorted(_suggestions(head, manifest, placed), key=lambda ranked: -ranked[0])
    others = [*placed, *(each for each in left if each is not head)]
    twins = [each for each in others if _may_be_twins(head, each)]
    return Loose(head, [suggestion for _, suggestion in found[:MOST_SUGGESTED]], twins[:MOST_SUGGESTED])


def _suggestions(head: Head, manifest: Manifest, placed: Sequence[Head]) -> Iterator[tuple[float, Suggestion]]:
    together = {each.line.ulid: each for each in placed if each.line.leader == head.line.leader}
    for party in manifest.parties:
        key = f"p{party.patron.ulid}"
        mate = next((each for each in party.heads if each.line.ulid in together), None)
        if mate is not None:
            yield 2.0, Suggestion(key, str(party.patron), f"signed together with {mate.name}")
        elif party.missing and (alike := names.likeness(head.line.name, party.patron.name)):
            yield 1.0 + alike, Suggestion(key, str(party.patron), "a similar name")
        elif party.missing and (word := _family_word(head, party)):
            yield 0.5, Suggestion(key, str(party.patron), f"shares “{word}”")
    for hand in manifest.crew:
        alike = names.likeness(head.line.name, hand.name)
        if not hand.has_signed and alike:
            yield alike, Suggestion(f"c{hand.assignment.ulid}", f"{hand.name}, {hand.roles}", "a similar name")


def _family_word(head: Head, party: Party) -> str:
    everyone = [party.patron.name, *(each.line.name for each in party.heads)]
    return next((word for name in everyone if (word := names.shared(head.line.name, name))), "")


def _may_be_twins(head: Head, other: Head) -> bool:
    ages = {head.line.age, other.line.age} - {None}
    return len(ages) < 2 and names.likeness(head.line.name, other.line.name) > 0
