"""The tips of a departure as its sheet shows them: the pool with everyone's share, or one's own share alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from events.rows import CrewAssignment, CrewRole, Event
from events.tips import weights
from payments import shares
from scc.dispatch.departures import short


@dataclass(frozen=True)
class Share:
    """What one person gets, and for what."""

    person_id: str
    name: str
    # Captain; Captain, deckhand.
    roles: str
    # 1 share; 2 shares.
    counts: str
    amount: str
    cents: int


@dataclass(frozen=True)
class Tips:
    """A pool and its shares, of which there are none while it is empty or nobody is there to have one."""

    pool: str
    shares: list[Share]
    # Why there are none.
    empty: str = ""


def of(event: Event, crew: Sequence[CrewAssignment]) -> Tips:
    """Return the tips of `event` and who of `crew` gets what, in the order of `crew`.

    No request, but one Query a minute for the weights once there is something to share.
    """
    pool = max(event.tips_cents, 0)
    if not pool:
        return Tips(short(pool, event.currency), [], "Tips are shared here. None came in yet.")
    if not crew:
        return Tips(short(pool, event.currency), [], "Nobody is on the crew yet to share them.")
    found = {share.person_id: share for share in shares.of_crew(pool, crew, weights())}
    if not any(share.weight for share in found.values()):
        return Tips(short(pool, event.currency), [], "No role of this crew has a share of the tips.")
    people = dict.fromkeys(assignment.person_id for assignment in crew)
    return Tips(short(pool, event.currency), [_shown(found[person_id], event, crew) for person_id in people])


def own(event: Event, crew: Sequence[CrewAssignment], person_id: str) -> Share | None:
    """Return the share of one person, or None for someone who does not crew. What it costs to ask is as for `of`."""
    if not person_id or all(assignment.person_id != person_id for assignment in crew):
        return None
    mine = [share for share in of(event, crew).shares if share.person_id == person_id]
    return mine[0] if mine else _shown(shares.Share(person_id, 0, 0), event, crew)


def _shown(share: shares.Share, event: Event, crew: Sequence[CrewAssignment]) -> Share:
    theirs = [assignment for assignment in crew if assignment.person_id == share.person_id]
    return Share(
        person_id=share.person_id,
        name=theirs[0].person_name,
        roles=", ".join(CrewRole(each.role).label for each in theirs).capitalize(),
        counts=f"{share.weight} share" if share.weight == 1 else f"{share.weight} shares",
        amount=short(share.cents, event.currency),
        cents=share.cents,
    )
