"""Whether a departure's waivers are whole: its chain and figures, and each line with all that is kept of it.

Nothing is trusted but what hashes and seals hold together: every line is made anew from its record and its life events,
and compared with what is stored. A departure may be signed for while it is read; what looks torn then is read again,
until the lines stand still.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256 as sha256_of

from events.rows import Event
from scc.chains import Link, verify_links
from scc.dynamo import raw
from scc.dynamo.raw import Unreadable
from scc.dynamo.rows import Row
from scc.dynamo.scans import patiently
from scc.dynamo.tries import tries
from scc.verifying import FIRST_PAUSE, LONGEST_PAUSE, PATIENCE, Fault, Verdict
from waivers import imported, kept, line_checks, text_checks
from waivers.kept import Kept
from waivers.request_keys import reference_of
from waivers.rows import Role, Waiver

Told = tuple[str, str]


@dataclass
class Found:
    """What is kept of a departure while its lines are read, one after the other."""

    slug: str
    event: Event | None = None
    lines: int = 0
    signed: int = 0
    aboard: int = 0
    links: list[Link] = field(default_factory=list)
    # How often each text was signed: by acts, of which the first record stands for all.
    acts: dict[str, int] = field(default_factory=dict)
    faults: list[Told] = field(default_factory=list)


@dataclass
class WaiverVerdict(Verdict):
    """What was found of one departure, and how often each version of a text was signed for it."""

    acts: dict[str, int] = field(default_factory=dict)


def verify(slug: str) -> WaiverVerdict:
    """Return what is wrong with the waivers of the departure `slug`: nothing, where they are whole.

    A Query a page; of each waiver a Query, a GetItem, and a GetObject for each of its keys and its PDF.
    Raises StoreUnavailable.
    """
    for _ in tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        before = patiently(lambda: _state_of(slug))
        verdict = patiently(lambda: _verify_once(slug))
        if not verdict.faults or before == patiently(lambda: _state_of(slug)):
            return verdict
    return WaiverVerdict(slug, faults=[Fault(slug, "", "is written to all the while; verify it again")])


def _state_of(slug: str) -> str:
    """Return what is another where any line, or the departure itself, was written since."""
    state = sha256_of()
    for prefix in ("META", "WAIVER#"):
        for row in raw.each(Event.keys_for(slug=slug)[0], prefix):
            state.update(f"{row.sk} {row.unit if isinstance(row, Row) else row.why}\n".encode())
    return state.hexdigest()


def _verify_once(slug: str) -> WaiverVerdict:
    found = Found(slug)
    for row in raw.each(Event.keys_for(slug=slug)[0], "WAIVER#"):
        found.lines += 1
        reference = reference_of(row.sk.removeprefix("WAIVER#"))
        found.faults += ((reference, text) for text in _of_item(found, row))
    event = raw.fetch(*Event.keys_for(slug=slug))
    if isinstance(event, Unreadable):
        found.faults.append(("", f"the departure itself cannot be read: {event.why}"))
    else:
        found.event = event if isinstance(event, Event) else None
        found.faults += _of_chain(found)
    faults = [Fault(slug, reference, text) for reference, text in found.faults]
    is_there = found.event is not None or bool(faults)
    return WaiverVerdict(slug, found.lines, is_there, faults, found.acts)


def _of_item(found: Found, row: Row | Unreadable) -> Iterator[str]:
    if isinstance(row, Unreadable):
        yield f"its line cannot be read: {row.why}"
        return
    if not isinstance(row, Waiver):
        yield f"its line is of another kind, {type(row).__name__}"
        return
    lacks = kept.lacking(row)
    if lacks:
        yield f"its line lacks {lacks}"
        return
    _count(found, row)
    yield from _of_line(found, row, row.sk.removeprefix("WAIVER#"))


def _count(found: Found, line: Waiver) -> None:
    is_guest = line.role == Role.GUEST
    found.signed += is_guest and line.counts
    found.aboard += is_guest and line.aboard_at is not None


def _of_line(found: Found, line: Waiver, ulid: str) -> Iterator[str]:
    """Give what is wrong with a line and all that belongs to it. ulid: as the item's key says."""
    whose = kept.read(line.record_id)
    # The faults of an earlier waiver's record are told where it was signed.
    if line.record_id == ulid:
        _take(found, whose)
        yield from kept.judged(whose).faults
        yield from text_checks.of_record(whose)
    yield from line_checks.of_line(line, ulid, whose)


def _take(found: Found, whose: Kept) -> None:
    record, evidence = whose.record, whose.evidence
    if record is not None:
        link = Link(record.chain_number, whose.reference, record.chain_previous, record.chain_sha256, ())
        found.links.append(link)
    if evidence is not None and evidence["together"][0] == whose.ulid and not imported.is_imported(evidence):
        version = str(evidence["text"]["version"])
        found.acts[version] = found.acts.get(version, 0) + 1


# The departure


def _of_chain(found: Found) -> Iterator[Told]:
    event = found.event
    called = ("waiver", "waivers")
    if event is None:
        if found.lines:
            yield "", f"the departure itself is gone; it has {found.lines} waivers"
        faults = verify_links(found.links, called=called)
    else:
        faults = verify_links(found.links, head=event.waiver_head or "", count=event.waiver_count, called=called)
    for fault in faults:
        yield fault.reference, fault.text
    if event is not None and event.signed != found.signed:
        yield "", f"the departure counts {event.signed} guests who signed, and they are {found.signed}"
    if event is not None and event.aboard != found.aboard:
        yield "", f"the departure counts {event.aboard} guests aboard, and they are {found.aboard}"
