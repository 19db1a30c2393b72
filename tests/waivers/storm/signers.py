"""The storm's signers: one process of them, each in a thread of its own. Orders come on stdin, notes go to stdout.

All wait for the word to begin, so that they sign at the same moment. Each sends its request until it is answered, as
the page does with what is kept on the phone: always under the same key.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from events import calendar, turns
from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.sealing import keys
from tests.dynamo.faults import Sky, Weather
from tests.waivers.builders import make_signature, make_signer
from waivers import acts, people, signing
from waivers.acts import Care, Family, Minor
from waivers.rows import Role

# So often a request is sent before it is left for after the storm.
MOST_SENDS = 12
# Of an answer: that whoever asked did not hear it, and sends again.
UNHEARD = 1 / 8
# Far ahead: what is kept for some days after the departure is still there.
SLUG = "2032-05-22"


@dataclass(frozen=True)
class Asked:
    """One request: who signs, for whom, under which key."""

    key: str
    name: str
    born_on: str
    role: str = Role.GUEST.value
    email: str = ""
    medical: str = ""
    # Name and date of birth of each.
    children: Sequence[tuple[str, str]] = ()
    slug: str = SLUG

    @property
    def persons(self) -> list[tuple[str, str]]:
        """Name and date of birth of each whom it covers."""
        return [(self.name, self.born_on), *((name, born_on) for name, born_on in self.children)]

    def send(self) -> signing.Signed:
        minors = [Minor(name, date.fromisoformat(born_on)) for name, born_on in self.children]
        event = calendar.get_event(self.slug)
        if event is None:
            raise signing.NotOpen
        return signing.sign(
            event=event,
            signer=make_signer(
                name=self.name, born_on=date.fromisoformat(self.born_on), role=Role(self.role), email=self.email
            ),
            signature=make_signature(key=self.key),
            origin=acts.Origin(),
            family=Family(minors=minors, relationship="mother" if minors else ""),
            care=Care(medical=self.medical),
        )

    def try_once(self) -> dict[str, Any]:
        """Send it, and return a note of what came back."""
        try:
            signed = self.send()
        except (OutcomeUnknown, StoreUnavailable) as exc:
            return {"said": "unknown", "why": type(exc).__name__}
        except (signing.AlreadySigned, signing.KeyTaken, signing.NotOpen) as exc:
            return {"said": "refused", "why": type(exc).__name__}
        return {"said": "answered", "reference": signed.reference, "replayed": signed.replayed}


@dataclass(frozen=True)
class Orders:
    """What one process is to do."""

    seed: str
    asked: Sequence[Asked]
    # A fault at a quarter of all calls, and answers that are not heard.
    in_storm: bool = True
    # Whether the signers of this process go by turns, as threads of one server do. Functions have one request each.
    by_turns: bool = True

    @classmethod
    def read(cls, text: str) -> Orders:
        facts = json.loads(text)
        return cls(**facts | {"asked": [Asked(**each) for each in facts["asked"]]})


class Boat:
    """The signers of one process."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.weather = Weather()
        self._speaking = threading.Lock()

    def note(self, facts: dict[str, Any]) -> None:
        """Tell the parent, in one line."""
        line = json.dumps(facts)
        with self._speaking:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()

    def work(self) -> None:
        asked = self.orders.asked
        ready = threading.Barrier(len(asked) + 1)
        with self.weather.over_all_calls(keys._client()), ThreadPoolExecutor(len(asked)) as pool:
            begun = [pool.submit(self._sign, each, ready) for each in asked]
            self.note({"said": "ready", "key": ""})
            sys.stdin.readline()
            ready.wait()
            for task in begun:
                task.result()

    def _sign(self, asked: Asked, ready: threading.Barrier) -> None:
        seed = f"{self.orders.seed}/{asked.key}"
        dice = Random(seed)  # noqa: S311  # the same again from the same seed
        ready.wait()
        sky = self.weather.begin(seed) if self.orders.in_storm else Sky(seed)
        reported: Counter[str] = Counter()
        for _ in range(MOST_SENDS):
            note = asked.try_once()
            seen = Counter(sky.seen)
            self.note({"key": asked.key, "calls": dict(seen - reported), **note})
            reported = seen
            is_heard = not self.orders.in_storm or dice.random() >= UNHEARD
            if note["said"] == "refused" or (note["said"] == "answered" and is_heard):
                return


# The process


@contextmanager
def nobody_waits(slug: str, *, patience: float) -> Iterator[None]:
    """Stand in for `turns.taken`: whoever wants to sign does."""
    yield


def main() -> None:
    """Do what stdin says."""
    orders = Orders.read(sys.stdin.readline())
    if not orders.by_turns:
        turns.taken = nobody_waits
    # What a warm process has: its clients, and the keys and texts that it keeps.
    people.digest("", date(2000, 1, 1))
    make_signature()
    Boat(orders).work()
