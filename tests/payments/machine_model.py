"""The ledger in plain Python: what the books must say, by the rules alone. It knows no table and none of our code.

It predicts each act: what is written, or by which name it is refused.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

# Received, refunded, tips.
Figures = tuple[int, int, int]
MOST_CLOSES_OF_A_DAY = 5


@dataclass
class Entry:
    """What an entry must be. reference: as the ledger called it."""

    slug: str
    kind: str
    party: str
    amount: int
    tip: int
    method: str
    by: str
    logged_on: date
    paid_on: date
    reference: str = ""
    corrects: str = ""
    way: str = ""
    # Of a void: what it takes back.
    undoes: Entry | None = None
    # Of a refund, and of a transfer that left: what it takes from.
    takes_from: Entry | None = None
    voided: bool = False
    taken_by_close: int = 0

    @property
    def came_in(self) -> bool:
        return self.kind == "payment" or self.way == "in"

    @property
    def figures(self) -> Figures:
        """How it counts: a void takes its entry out again."""
        if self.undoes is not None:
            received, refunded, tips = self.undoes.figures
            return -received, -refunded, -tips
        return (self.amount, 0, self.tip) if self.came_in else (0, self.amount, -self.tip)

    @property
    def drawer(self) -> int:
        """What it puts into the drawer."""
        received, refunded, tips = self.figures
        return received - refunded + tips


def added(figures: Iterable[Figures]) -> Figures:
    received, refunded, tips = 0, 0, 0
    for each in figures:
        received, refunded, tips = received + each[0], refunded + each[1], tips + each[2]
    return received, refunded, tips


@dataclass
class Close:
    number: int
    day: date
    entries: list[Entry]

    @property
    def expected(self) -> dict[str, int]:
        drawers: Counter[str] = Counter()
        for entry in self.entries:
            drawers[entry.method] += entry.drawer
        return dict(drawers)


@dataclass
class Model:
    """Two departures with their parties, what moved, and how often something was done."""

    slugs: tuple[str, str]
    # The slug of each party, by its ulid.
    parties: dict[str, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)
    # Parties of the two departures that are the same people, as credit went from one to the other.
    same: list[set[str]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    closes: list[Close] = field(default_factory=list)
    acts: int = 0

    def of(self, slug: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.slug == slug]

    def parties_of(self, slug: str) -> list[str]:
        return [party for party, where in self.parties.items() if where == slug]

    # What the figures must be

    def figures(self, slug: str) -> Figures:
        """What the departure took in and gave back, counted without what is void."""
        return added(entry.figures for entry in self.of(slug) if entry.kind != "void" and not entry.voided)

    def figures_of_party(self, party: str) -> Figures:
        return added(
            entry.figures
            for entry in self.of(self.parties[party])
            if entry.party == party and entry.kind != "void" and not entry.voided
        )

    def tallies(self, slug: str) -> dict[tuple[str, str, str, str], tuple[Figures, int]]:
        """What moved by day logged, day paid, method and who logged it."""
        grouped = defaultdict(list)
        for entry in self.of(slug):
            grouped[str(entry.logged_on), str(entry.paid_on), entry.method, entry.by].append(entry.figures)
        return {place: (added(figures), len(figures)) for place, figures in grouped.items()}

    def left(self, entry: Entry) -> tuple[int, int]:
        if entry.voided or not entry.came_in:
            return 0, 0
        takers = self.takers(entry)
        return entry.amount - sum(t.amount for t in takers), entry.tip - sum(t.tip for t in takers)

    def takers(self, entry: Entry) -> list[Entry]:
        return [each for each in self.entries if each.takes_from is entry and not each.voided]

    # Why not

    def why_not_void(self, entry: Entry) -> str:
        if entry.kind not in {"payment", "refund"}:
            return "NotToBeVoided"
        if entry.voided:
            return "AlreadyVoid"
        return "AlreadyRefunded" if self.takers(entry) else ""

    def why_not_correct(self, entry: Entry) -> str:
        return "NotToBeVoided" if entry.kind != "payment" else self.why_not_void(entry)

    def why_not_refund(self, entry: Entry, amount: int, tip: int) -> str:
        if not entry.came_in:
            return "NotToBeRefunded"
        if entry.voided:
            return "AlreadyVoid"
        left_amount, left_tip = self.left(entry)
        return "MoreThanIsLeft" if amount > left_amount or tip > left_tip else ""

    # Acts

    def add(self, entry: Entry) -> Entry:
        self.entries.append(entry)
        return entry

    def void(self, entry: Entry, *, by: str, day: date) -> Entry:
        void = Entry(entry.slug, "void", entry.party, entry.amount, entry.tip, entry.method, by, day, entry.paid_on)
        void.corrects, void.undoes = entry.reference, entry
        entry.voided = True
        return self.add(void)

    def carried_from(self, party: str) -> list[tuple[Entry, tuple[int, int]]]:
        mine = [entry for entry in self.of(self.parties[party]) if entry.party == party]
        return [(entry, left) for entry in mine if (left := self.left(entry))[0] > 0]

    def same_there(self, party: str, to: str) -> str:
        """Return the party that these people are on the other departure, "" where they are not booked yet."""
        for group in self.same:
            for other in sorted(group):
                if party in group and self.parties[other] == to:
                    return other
        return ""

    # Closes

    def why_not_close(self, day: date) -> str:
        if not self.closes:
            return ""
        if day < self.closes[-1].day:
            return "NotToBeClosed"
        again = [close for close in self.closes if close.day == day]
        if len(again) == MOST_CLOSES_OF_A_DAY or (again and not self.to_be_closed(day)):
            return "NotToBeClosed"
        return ""

    def to_be_closed(self, day: date) -> list[Entry]:
        begins_on = self.closes[0].day if self.closes else day
        return [
            entry
            for entry in self.entries
            if entry.method != "credit" and not entry.taken_by_close and begins_on <= entry.paid_on <= day
        ]

    def close(self, number: int, day: date) -> Close:
        made = Close(number, day, self.to_be_closed(day))
        for entry in made.entries:
            entry.taken_by_close = number
        self.closes.append(made)
        return made
