"""Signatures of the demo: most drawn, some typed, children by who booked; two thirds came by the party's own link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import sin
from random import Random

from ulid import ULID

from events import calendar
from events.rows import CrewAssignment, Event, Patron
from waivers import personal_links, signing, texts
from waivers.acts import Care, Family, Minor, Origin, Relationship, Signature, Signer, Tie
from waivers.rows import Role
from waivers.strokes import Strokes

# In a party of this many the youngest is a child.
WITH_A_CHILD = 4
NOTES = ("Bee stings; carries an EpiPen.", "Cannot swim.", "Asthma; inhaler in the blue bag.", "Seasick easily.")


def sign(event: Event, party: Patron, guests: Sequence[str]) -> int:
    """Sign as each of `guests`, of whom the first booked, and return how many are signed for."""
    child = guests[-1] if len(guests) >= WITH_A_CHILD else ""
    for name in guests:
        if name != child:
            # Two of one name on a departure are two people.
            random = Random(f"{event.slug} {event.waiver_count} {name}")  # noqa: S311  # a play, no secret
            _sign(event, party, name, random, child if name == guests[0] else "")
    return len(guests)


def sign_as_crew(event: Event, hand: CrewAssignment) -> None:
    """Sign as one of the crew, from the link that the reminder brought."""
    random = Random(f"{event.slug} {hand.person_name}")  # noqa: S311  # a play, no secret
    signer = Signer(hand.person_name, _day(random, 1970, 2002), Role.CREW)
    _store(event, random, signer, tie=personal_links.tie_of(hand))


def _sign(event: Event, party: Patron, name: str, random: Random, child: str) -> None:
    minors = (Minor(child, _day(random, event.date.year - 12, event.date.year - 6)),) if child else ()
    _store(
        event,
        random,
        Signer(name, _day(random, 1948, 2004)),
        family=Family(minors, random.choice(Relationship.values) if minors else ""),
        care=Care(medical=random.choice(NOTES)) if random.random() < 0.12 else None,
        tie=personal_links.tie_of(party) if minors or random.random() < 0.66 else None,
    )


def _store(
    event: Event,
    random: Random,
    signer: Signer,
    *,
    family: Family | None = None,
    care: Care | None = None,
    tie: Tie | None = None,
) -> None:
    drawn = random.random() < 0.7
    signature = Signature(
        text=texts.shown(event)[signer.role]["en"],
        key=str(ULID()),
        typed="" if drawn else signer.name,
        strokes=_scribble(random) if drawn else None,
    )
    origin = Origin(address="192.0.2.7", user_agent="demo", languages="en")
    signing.sign(event=event, signer=signer, signature=signature, origin=origin, family=family, care=care, tie=tie)
    # The next link hangs on this one.
    stored = calendar.get_event(event.slug) or event
    event.waiver_count, event.waiver_head = stored.waiver_count, stored.waiver_head


def _day(random: Random, first: int, last: int) -> date:
    return date(random.randrange(first, last), random.randrange(1, 13), random.randrange(1, 28))


def _scribble(random: Random) -> Strokes:
    """Return a signature as a finger draws it: loops from left to right, and a dash."""
    height, turns = random.uniform(500, 1100), random.uniform(4, 9)
    loops = tuple(
        (int(1200 + 70 * t + 350 * sin(t / 3)), int(2000 + height * sin(t * turns / 14)), 16 * t) for t in range(90)
    )
    dash = tuple((int(1500 + 500 * t), int(3000 - 20 * t), 1800 + 16 * t) for t in range(10))
    return Strokes((loops, dash))
