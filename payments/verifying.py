"""Whether a departure's ledger is whole: its chain, its figures, and what is written with each entry.

A ledger may be written to while it is read; what looks torn then is read again, until the chain's end stands still.
"""

from __future__ import annotations

from collections.abc import Iterator

from events.rows import Event, Patron
from payments import aims, chain, closing
from payments.closing_rows import DayClose
from payments.companions import Companions, place_of
from payments.reckoning import Counted, Reckoning, figures_of, money, reckon
from payments.rows import Tally
from payments.tallies import FIGURES, Place
from payments.totals import NOTHING, Moved
from scc.dynamo.scans import patiently
from scc.dynamo.tries import tries
from scc.staff.rows import AuditEntry
from scc.verifying import FIRST_PAUSE, LONGEST_PAUSE, PATIENCE, Fault, Verdict, is_misfiled


def verify(slug: str) -> Verdict:
    """Return what is wrong with the ledger of the departure `slug`: nothing, where it is whole.

    One Query a page, one for the tallies, one for each departure that money went to or came from, and a BatchGetItem
    for a hundred of the items that its entries name. Raises StoreUnavailable.
    """
    verdict = Verdict(slug)
    for _ in tries(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE):
        verdict, head = patiently(lambda: _verify_once(slug))
        if not verdict.faults or head is None or head == patiently(lambda: _head_of(slug)):
            return verdict
    verdict.faults = [Fault(slug, "", "is written to all the while; verify it again")]
    return verdict


def _verify_once(slug: str) -> tuple[Verdict, str | None]:
    """Return the verdict on what was read, and where the chain ended when that began; None where nothing was read."""
    beside = Companions()
    try:
        found = reckon(slug, watch=beside.look)
    except (ValueError, TypeError) as exc:
        return Verdict(slug, faults=[Fault(slug, "", f"has an item that cannot be read: {exc}")]), None
    told = [*_of_ledger(found), *beside.end()]
    faults = [Fault(slug, reference, text) for reference, text in told]
    is_there = found.event is not None or bool(faults)
    return Verdict(slug, len(found.lines) + len(found.unread), is_there, faults), found.head


def verify_closes() -> Verdict:
    """Return what is wrong with the day closes, and how many there are.

    One Query a megabyte, and a GetItem for each. Raises StoreUnavailable.
    """
    found = Verdict("day closes")

    def each() -> Iterator[DayClose]:
        for close in DayClose.each(known={}):
            found.entries += 1
            place = place_of(AuditEntry, close.audit_id)
            if place is None or not AuditEntry.fetch_many([place], only=()):
                found.faults.append(Fault(f"close {close.number}", "", "its audit entry is missing"))
            yield close

    found.faults += [Fault(fault.reference, "", fault.text) for fault in closing.verify(each())]
    return found


def _head_of(slug: str) -> str:
    event = Event.fetch(slug=slug)
    return str(event.ledger_head) if event is not None else ""


def _of_ledger(found: Reckoning) -> Iterator[tuple[str, str]]:
    """Give each fault: the entry's reference, or "", and what is wrong."""
    yield from found.unread
    yield from _of_chain(found)
    yield from _of_figures(found)
    yield from _of_tallies(found)
    yield from aims.of_entries(found.lines)
    yield from aims.of_transfers(found.slug, found.lines)


def _of_chain(found: Reckoning) -> Iterator[tuple[str, str]]:
    if found.event is None:
        if found.lines:
            yield "", f"the departure itself is gone; its ledger has {len(found.lines)} entries"
        faults = chain.verify_links(found.lines)
    else:
        faults = chain.verify_links(found.lines, head=found.head, count=found.event.ledger_count)
    for fault in faults:
        yield fault.reference, fault.text


# Figures


def _of_figures(found: Reckoning) -> Iterator[tuple[str, str]]:
    if found.event is not None:
        for text in _differences(figures_of(found.event), found.whole.moved):
            yield "", text
    for ulid in sorted(found.parties.keys() | found.by_party.keys()):
        for text in _of_party(found.parties.get(ulid), found.by_party.get(ulid, Counted())):
            yield "", f"party {ulid}: {text}"


def _of_party(party: Patron | None, counted: Counted) -> Iterator[str]:
    if party is not None:
        yield from _differences(figures_of(party), counted.moved)
    elif counted.moved != NOTHING:
        yield f"is gone, and {counted.entries} entries name it"


def _of_tallies(found: Reckoning) -> Iterator[tuple[str, str]]:
    for place in sorted(found.tallies.keys() | found.by_place.keys()):
        for text in _of_tally(found.tallies.get(place), found.by_place.get(place, Counted())):
            yield "", f"tally of {said_of(place)}: {text}"


def _of_tally(tally: Tally | None, counted: Counted) -> Iterator[str]:
    if tally is None:
        yield f"is missing, and counts {counted.entries} entries"
        return
    yield from _differences(figures_of(tally), counted.moved)
    if tally.entries != counted.entries:
        yield f"says {tally.entries} entries, and they are {counted.entries}"
    if is_misfiled(tally):
        yield "stands elsewhere in its lists than it should"


def said_of(place: Place) -> str:
    """Return how a tally is called, for people."""
    return f"{place.method}, logged {place.recorded_on} by {place.recorded_by}, paid {place.paid_on}"


def _differences(stored: Moved, counted: Moved) -> Iterator[str]:
    for name in FIGURES:
        said, is_so = getattr(stored, name), getattr(counted, name)
        if said != is_so:
            yield f"{name.removesuffix('_cents')} says {money(said)}, and its entries come to {money(is_so)}"
