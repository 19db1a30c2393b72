"""Payments, as commands and pages import them: departure by departure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from events import turns
from events.importing.cells import slug_of, why_no_departure
from events.rows import Event
from payments import books, methods
from payments.books import Book
from payments.importing import lines as reading
from payments.importing import square, stripe, venmo
from payments.importing.lines import Said
from payments.importing.names import Names
from payments.importing.plans import Fate, plan
from payments.importing.writing import Writer, cuts, moment_of
from payments.ledger import FIRST_PAUSE, LONGEST_PAUSE, PATIENCE, LedgerBusy
from payments.refusals import UnknownEvent
from scc.dynamo.errors import Conflict
from scc.dynamo.tries import Patience
from scc.imports.kinds import Kind
from scc.imports.lines import BadLine, Line
from scc.imports.once import Once
from scc.imports.outcomes import Outcome
from scc.imports.runs import Run
from scc.money import display

SORT = "payments"


class Payments(Kind):
    """Payments, and what was given back of them. What is stored is never changed."""

    name = SORT
    label = "Payments"
    columns = reading.COLUMNS
    optional = frozenset(reading.COLUMNS) - reading.NEEDED
    days = ("event", "paid_at")
    aliases = {
        **dict.fromkeys(("departure", "trip", "cruise", "event_id", "event id", "slug"), "event"),
        **dict.fromkeys(
            ("guest", "name", "patron", "customer", "payer", "party", "paid by", "guest name"), "patron_name"
        ),
        **dict.fromkeys(("paid", "total", "payment"), "amount"),
        **dict.fromkeys(("payment method", "paid with", "how", "type"), "method"),
        **dict.fromkeys(("date", "paid on", "paid at", "ts", "when", "payment date"), "paid_at"),
        **dict.fromkeys(("tips", "gratuity"), "tip"),
        **dict.fromkeys(("ref", "check number", "check no", "confirmation", "external_reference"), "reference"),
        **dict.fromkeys(("notes", "memo", "comment", "comments"), "note"),
        **dict.fromkeys(("email", "e-mail", "guest email"), "patron_email"),
        **dict.fromkeys(("id", "external id", "transaction id", "payment id"), "external_id"),
    }
    presets = (stripe.PRESET, square.PRESET, venmo.PRESET)
    is_money = True

    def __init__(self) -> None:
        self.names = Names()

    def group_of(self, line: Line) -> str:
        """Return the slug of the line's departure, "" where it names none."""
        self.names.note(line)
        return slug_of(line)

    def around(self, lines: Sequence[Line]) -> Mapping[str, int]:
        """Return which line was the first to have the `external_id` of a line of another departure, by that."""
        return self.names.of_others(lines)

    def know(self, around: Mapping[str, int]) -> None:
        """Take what `around` gave."""
        self.names.know(around)

    def carry(self, group: str, lines: Sequence[Line], run: Run, outcome: Outcome, *, dry_run: bool) -> None:
        """Add the payments of one departure to its ledger. One Query, and a TransactWriteItems a cut."""
        # Read once for all lines, outside the departure's turn.
        methods.every()
        for line in lines:
            self.names.note(line)
        teller = _Teller(outcome, self.names.elsewhere(lines), dry_run=dry_run)
        if not group:
            for line in lines:
                teller.report(line, why_no_departure(line, group))
            return
        try:
            with turns.taken(group, patience=PATIENCE):
                _Carrying(group, lines, run, teller).carry(dry_run=dry_run)
        except UnknownEvent:
            for line in lines:
                teller.report(line, why_no_departure(line, group))


class _Teller:
    """Tells of each line once.

    elsewhere: lines, by their number, that have the `external_id` of a line of another departure, and which.
    """

    def __init__(self, outcome: Outcome, elsewhere: Mapping[int, int], *, dry_run: bool) -> None:
        self._once = Once(outcome, SORT)
        self._elsewhere = elsewhere
        self._dry_run = dry_run

    def report(self, line: Line, reason: str) -> None:
        self._once.report(line, reason, cents=reading.cents_of(line))

    def tell(self, fate: Fate) -> None:
        said = fate.said
        if fate.verdict == "reported":
            self._once.report(said.line, fate.reason, cents=said.cents)
        elif fate.verdict == "unchanged":
            self._once.unchanged(said.line, cents=said.cents)
        else:
            guesses = (*said.guesses, *fate.guesses, *self._said_of_name(said.line))
            words = _words(said) if self._dry_run else ""
            self._once.carried(said.line, cents=said.cents, said=words, guesses=guesses)

    def _said_of_name(self, line: Line) -> Iterator[str]:
        if line.number in self._elsewhere:
            first = self._elsewhere[line.number]
            yield f"is another payment than line {first}, of another departure, which has the same external_id"


def _words(said: Said) -> str:
    draft, back = said.payment, said.back
    parts = []
    if draft:
        amount = display(draft.amount_cents, draft.currency)
        parts.append(f"{amount} from {draft.patron_name}, {methods.label(draft.method)}")
    if back:
        parts.append(f"{display(back.amount_cents)} given back")
    return ", ".join(parts)


class _Carrying:
    """One departure's lines on their way."""

    def __init__(self, slug: str, lines: Sequence[Line], run: Run, teller: _Teller) -> None:
        self.slug = slug
        self.lines = lines
        self.run = run
        self.teller = teller
        self.has_written = False

    def carry(self, *, dry_run: bool) -> None:
        patience = Patience(seconds=PATIENCE, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE)
        while not self._carry_all(self._book(), dry_run=dry_run):
            if self.has_written:
                patience.renew()
                self.has_written = False
            if not patience.pause():
                raise LedgerBusy(f"too many write to {self.slug} at once; run it again")

    def _book(self) -> Book:
        """Return the departure's book; a dry run's, that would have added the departure, is empty."""
        coming = self.run.coming.get(self.slug)
        return Book(coming, [], {}) if isinstance(coming, Event) else books.read(self.slug)

    def _carry_all(self, book: Book, *, dry_run: bool) -> bool:
        """Carry what is not stored yet. Returns False when someone else wrote meanwhile: look again."""
        fates = plan(book, list(self._read(book)))
        for fate in fates:
            if dry_run or fate.verdict != "new":
                self.teller.tell(fate)
        if dry_run:
            return True
        writer = Writer(book, self.run)
        for cut in cuts(_payments_first(fates), book):
            try:
                writer.write(cut)
            except Conflict:
                return False
            self.has_written = True
            for fate in cut:
                self.teller.tell(fate)
        return True

    def _read(self, book: Book) -> Iterator[Said]:
        moment = moment_of(self.run)
        for line in self.lines:
            try:
                yield reading.read(line, book.event, moment)
            except BadLine as exc:
                self.teller.report(line, str(exc))


def _payments_first(fates: Sequence[Fate]) -> list[Fate]:
    """Return the lines in the order in which they are written: of no payment is given back before it came."""
    # What an edited line, or a double one, would have been takes no part in cuts: a file cuts the same each time.
    sound = [fate for fate in fates if fate.verdict != "reported"]
    return sorted(sound, key=lambda fate: fate.said.payment is None)
