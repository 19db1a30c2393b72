"""Imported payments on their way into a departure's ledger: many in one transaction, and the same again when repeated.

Lines are cut into transactions by what all of them say, those that are stored too, so a run that was killed cuts as the
first time. What an entry is given beside (its ulid, its receipt's secret, when it was recorded) follows from the run
and the line's key. Each transaction expects the departure's chain to end where its book was read, so that nothing slips
in between: neither another import of the same lines nor someone who logs a payment.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from payments import tallies, tills
from payments.books import Book
from payments.drafts import Draft
from payments.importing import backs
from payments.importing.lines import Said
from payments.importing.plans import Fate
from payments.keys import Request
from payments.posting import Page, Posting
from payments.rows import Kind, Payment
from scc import links
from scc.dynamo.folding import fold
from scc.dynamo.units import MOST_WRITES
from scc.imports import runs
from scc.imports.ids import ulid_of
from scc.imports.runs import Run
from scc.money import display

# Beside the entries go the departure's row and the audit entry.
MOST = MOST_WRITES - 2
# How old a run's moment may be when something is stored with it. A close that was made meanwhile begins its next look
# `tills.SLACK` before it was made, so what is recorded within that is in the next close. Half of it is for clocks.
FRESH = tills.SLACK / 2

_KEYLESS = Request.of("", None, {})


def moment_of(run: Run) -> datetime:
    """Return when what `run` stores now is recorded: at its own moment, or now, where that is too long ago.

    A day may be closed while a run is interrupted, and its closes never look back: see `payments.tills`.
    """
    now: datetime = runs.now()
    return run.moment if now - run.moment < FRESH else now


def cuts(fates: Sequence[Fate], book: Book) -> Iterator[list[Fate]]:
    """Give the lines that go into one transaction, those that are stored among them, all cuts in their order."""
    called = {party.folded_name for party in book.parties.values()}
    cut: list[Fate] = []
    places: set[object] = set()
    writes = 0
    for fate in fates:
        own = _places_of(fate.said, called)
        entries = _entries_of(fate.said)
        more = entries + len(own - places)
        if writes + more > MOST:
            yield cut
            cut, places, writes, more = [], set(), 0, entries + len(own)
        cut.append(fate)
        places |= own
        writes += more
    if cut:
        yield cut


def _entries_of(said: Said) -> int:
    """Return how many items are a line's own: its entries, and the notes of the other side's references."""
    references = [each for each in (_reference_of(said), said.back and said.back.reference) if each]
    return (said.payment is not None) + (said.back is not None) + len(references)


def _reference_of(said: Said) -> str:
    return said.payment.external_reference if said.payment else ""


def _places_of(said: Said, called: Container[str]) -> set[object]:
    """Return what a line moves beside, and others too: a party by its name, and tallies by method and day.

    called: the folded names of the departure's parties.
    """
    places: set[object] = set()
    if said.payment:
        paid_on = tallies.day_of(said.payment.paid_at)
        places.add((said.payment.method, paid_on))
        name = fold(said.payment.patron_name)
        if name in called:
            places.add(("party", name))
    if said.back:
        # Who gets it and on which day is known from its payment, so the most is counted.
        places |= {("party of", said.payment_key), ("back of", said.back_key)}
    return places


class Writer:
    """Writes cuts of one departure, one after the other."""

    def __init__(self, book: Book, run: Run) -> None:
        if not run.secret:
            raise ValueError("a run that stores has a secret")
        self.event = book.event
        self.parties = book.parties
        self.run = run
        self.moment = run.moment
        # What it added, by the line's key.
        self.added: dict[str, Payment] = {}

    def write(self, cut: Sequence[Fate]) -> None:
        """Write what is new of a cut as one transaction. Raises what `Unit.commit` raises."""
        new = [fate for fate in cut if fate.verdict == "new"]
        if not new:
            return
        self.moment = moment_of(self.run)
        first = new[0].said.key if new[0].adds_payment else new[0].said.back_key
        ulid = ulid_of(self.moment, self.event.slug, "audit", first)
        posting = Posting(by=self.run.by, request=_KEYLESS, about=self.event, at=self.moment, audit_ulid=ulid)
        for fate in new:
            self._add(posting, fate)
        posting.commit(action="imported", summary=_summary(posting.page(self.event).entries))
        self._move_on(posting.page(self.event))

    def _add(self, posting: Posting, fate: Fate) -> None:
        said, payment = fate.said, fate.of
        if fate.adds_payment and said.payment:
            draft = replace(said.payment, import_key=said.key, patron_id=fate.party.ulid if fate.party else "")
            payment = self._put(posting, draft)
        if fate.adds_back and said.back:
            paid = payment or self.added[said.payment_key]
            self._put(posting, backs.draft_of(said.back, paid, self.event, key=said.back_key))

    def _put(self, posting: Posting, draft: Draft) -> Payment:
        slug, key = self.event.slug, draft.import_key
        entry = posting.add(
            self.event,
            draft,
            party=self.parties.get(draft.patron_id),
            ulid=ulid_of(self.moment, slug, key),
            secret=links.derived_secret(self.run.secret, slug, key),
        )
        self.added[key] = entry
        return entry

    def _move_on(self, page: Page) -> None:
        self.event.ledger_head = page.entries[-1].hash
        self.event.ledger_count += len(page.entries)


def _summary(entries: Sequence[Payment]) -> str:
    """Say what was imported, without names: Imported 24 payments of $2,400.00 and tips of $120.00."""
    said = []
    for kind, one, many in ((Kind.PAYMENT, "payment", "payments"), (Kind.REFUND, "refund", "refunds")):
        some = [entry for entry in entries if entry.entry_kind == kind]
        if some:
            cents, tips = sum(entry.amount_cents for entry in some), sum(entry.tip_cents for entry in some)
            tip = f" and tips of {display(tips, some[0].currency)}" if tips else ""
            said.append(f"{len(some)} {one if len(some) == 1 else many} of {display(cents, some[0].currency)}{tip}")
    return f"Imported {' and '.join(said)}"
