"""The storm's writers: one process of them. Its orders come on stdin, and what became of each request goes to stdout.

A request is noted before it is sent, so that whoever kills the process still knows what it asked for.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

from django.conf import settings

from events.rows import Event
from payments import chain, keys, ledger, posting
from payments.keys import Recorded
from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.dynamo.rows import Row
from scc.staff.actors import Actor
from tests.dynamo.faults import Sky, Weather

# After each payment, by chance, something else: one request in ten is.
CHANGES = 1 / 9
# So often a request is sent before it is left for after the storm.
MOST_SENDS = 12

ACTS: dict[str, Callable[..., Recorded]] = {
    act.__name__: act for act in (ledger.record, ledger.void, ledger.refund, ledger.correct, ledger.transfer)
}


@dataclass(frozen=True)
class Asked:
    """One request: what of the ledger, with which values, by whom and under which key."""

    key: str
    act: str
    by: str
    facts: dict[str, Any]

    @property
    def event(self) -> str:
        return str(self.facts["event"])

    def send(self) -> Recorded:
        return ACTS[self.act](**self.facts, key=self.key, by=Actor(self.by, self.by.title()))

    def try_once(self) -> dict[str, Any]:
        """Send it, and return a note of what came back."""
        try:
            answer = self.send()
        except (OutcomeUnknown, StoreUnavailable) as exc:
            return {"said": "unknown", "why": type(exc).__name__}
        except (ledger.Refused, ledger.UnknownReference) as exc:
            return {"said": "refused", "why": type(exc).__name__}
        entry = answer.payment
        return {
            "said": "answered",
            "event": entry.event_id,
            "reference": entry.reference,
            "sequence": entry.sequence,
            "replayed": answer.replayed,
        }


@dataclass(frozen=True)
class Orders:
    """What one process is to do."""

    seed: str
    # How many payments each writer makes, by its name.
    payments: dict[str, int]
    events: list[str]
    # Slug and ulid of each.
    parties: list[tuple[str, str]]
    # What was asked of a process that was killed, and never answered.
    unanswered: list[dict[str, Any]] = field(default_factory=list)
    # Of an answer: that whoever asked did not hear it, and sends again.
    unheard: float = 1 / 30
    # Guards that are switched off.
    without: list[str] = field(default_factory=list)


class Crew:
    """What the writers of one process share: its orders, the weather, and how long each chain was when last heard."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.weather = Weather()
        self.lengths: dict[str, int] = {}
        self._speaking = threading.Lock()

    def note(self, facts: dict[str, Any]) -> None:
        """Tell the parent, in one line."""
        line = json.dumps(facts)
        with self._speaking:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def work(self) -> None:
        with self.weather.over_all_calls(), ThreadPoolExecutor(len(self.orders.payments)) as pool:
            writers = [Writer(name, self) for name in self.orders.payments]
            unanswered = [Asked(**each) for each in self.orders.unanswered]
            begun = [pool.submit(each.work, unanswered[place :: len(writers)]) for place, each in enumerate(writers)]
            for task in begun:
                task.result()


class Writer:
    """One who logs payments, and now and then takes one back, gives some of it back, puts it right, carries it over."""

    def __init__(self, name: str, crew: Crew) -> None:
        self.name = name
        self.crew = crew
        self.orders = crew.orders
        self.seed = f"{self.orders.seed}/{name}"
        self.dice = Random(self.seed)  # noqa: S311  # the same again from the same seed
        self.sky = Sky("")
        self._asked = 0
        self._reported: Counter[str] = Counter()
        # Slug and reference of what it logged itself.
        self._logged: list[tuple[str, str]] = []

    def work(self, unanswered: list[Asked]) -> None:
        self.sky = self.crew.weather.begin(f"{self.seed}/sky")
        for asked in unanswered:
            self._settle(asked)
        for _ in range(self.orders.payments[self.name]):
            self._settle(self._payment())
            if self.dice.random() < CHANGES and self.crew.lengths:
                self._settle(self._change())

    # Sending

    def _settle(self, asked: Asked) -> None:
        """Send a request until it is answered, and note all that comes back."""
        self.crew.note({"said": "asked", "key": asked.key, "asked": asdict(asked)})
        for _ in range(MOST_SENDS):
            note = asked.try_once()
            self.crew.note({"key": asked.key, "calls": self._calls(), **note})
            if note["said"] == "answered":
                self._hear(asked, note)
            # What was refused is not sent again: by then it may be granted.
            if note["said"] == "refused" or (note["said"] == "answered" and self.dice.random() >= self.orders.unheard):
                return

    def _hear(self, asked: Asked, note: dict[str, Any]) -> None:
        slug, lengths = note["event"], self.crew.lengths
        lengths[slug] = max(lengths.get(slug, 0), note["sequence"])
        if asked.act in ("record", "correct"):
            self._logged.append((slug, note["reference"]))

    def _calls(self) -> dict[str, int]:
        """Return how many calls there were since it was asked last, by what befell them."""
        seen = Counter(self.sky.seen)
        new, self._reported = seen - self._reported, seen
        return dict(new)

    # What is asked

    def _payment(self) -> Asked:
        slug = self.dice.choice(self.orders.events)
        facts = self._values() | {"event": slug}
        if self.dice.random() < 0.5:
            facts["patron_id"] = self.dice.choice([ulid for event, ulid in self.orders.parties if event == slug])
        return self._ask("record", facts)

    def _values(self) -> dict[str, Any]:
        """Return what a payment says, some of it now and then."""
        always = {
            "patron_name": f"Guest {self._asked} of {self.name}",
            "amount_cents": self.dice.randint(100, 50_000),
            "method": self.dice.choice(["cash", "card", "check", "venmo"]),
        }
        at_times = {
            "tip_cents": self.dice.randint(1, 5_000),
            "patron_email": f"{self.name}@example.com",
            "external_reference": f"{self.name} {self._asked}",
            "note": "Paid at the dock",
        }
        return always | {name: value for name, value in at_times.items() if self.dice.random() < 0.25}

    def _change(self) -> Asked:
        act = self.dice.choice(["void", "refund", "refund", "correct", "transfer"])
        if act == "transfer":
            slug, ulid = self.dice.choice(self.orders.parties)
            goal = self.dice.choice([other for other in self.orders.events if other != slug])
            return self._ask(act, {"event": slug, "party_id": ulid, "to_event": goal})
        slug, reference = self._aim()
        facts: dict[str, Any] = {"event": slug, "reference": reference}
        if act == "void":
            facts |= {"reason": "Logged twice"}
        elif act == "refund":
            facts |= {"amount_cents": self.dice.randint(1, 10_000), "method": "cash", "reason": "Weather"}
            facts |= {"tip_cents": self.dice.randint(1, 500)} if self.dice.random() < 0.2 else {}
        else:
            facts |= self._values()
        return self._ask(act, facts)

    def _aim(self) -> tuple[str, str]:
        """Return an entry: one of its own, or anyone's, whatever became of it."""
        if self._logged and self.dice.random() < 0.5:
            return self.dice.choice(self._logged)
        slug, length = self.dice.choice(sorted(self.crew.lengths.items()))
        return slug, chain.reference_of(slug, self.dice.randint(1, length))

    def _ask(self, act: str, facts: dict[str, Any]) -> Asked:
        self._asked += 1
        return Asked(f"{self.seed}/{self._asked}", act, self.name, facts)


# The guards, off


def without_chain() -> None:
    posting.ends_at = lambda head: Event.slug.exists()


def without_keys() -> None:
    keys.Request.use = lambda self, unit, answer: None  # type: ignore[method-assign]  # that is the point


def without_figures() -> None:
    """Move no figures when a tip is among them, as if they were written apart and the second write were lost."""
    figures = posting._figures
    posting._figures = lambda moved: {} if moved.tips_cents else figures(moved)


GUARDS = {"chain": without_chain, "keys": without_keys, "figures": without_figures}


# The process


def main() -> None:
    """Do what stdin says."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    orders = Orders(**json.load(sys.stdin))
    for guard in orders.without:
        GUARDS[guard]()
    # Its client is there before there are threads.
    Row.ping()
    Crew(orders).work()
