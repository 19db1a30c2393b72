"""What no answer may show: that it was made for someone else."""

from __future__ import annotations

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from scc.edge.web import Answer

# What caches may keep. Not taken from the behaviours, which may be what is wrong.
SHARED = re.compile(r"/g/[^/]+/waiver|/(static|media)/.+")
# Whose address is its key.
RECEIPT = re.compile(r"(/signed/).+")
# Shorter ones would be found by accident.
SHORTEST_SECRET = 6
SHOWN_FAULTS = 20


class Leak(StrEnum):
    COOKIE = "sets a cookie"
    VARIES = "varies by cookie"
    TOKEN = "holds a form's token"
    SECRET = "holds what belongs to someone else"
    DIFFERS = "is not the same for everyone"
    PRIVATE = "is private and came from the cache"
    NOT_OWN = "does not name whom it is for"
    # No leak, but what a token in a kept page leads to.
    REFUSED = "was refused"


@dataclass(frozen=True)
class Visit:
    """One request. who: whose own the answer is, "" for nobody's. mode: whose cookies came with it, "" for the own."""

    kind: str
    path: str
    method: str = "GET"
    who: str = ""
    is_staff: bool = False
    mode: str = ""
    status: int = 200
    # What the answer must hold.
    names: str = ""

    def by(self, mode: str) -> Visit:
        """Return it with cookies of that kind."""
        return replace(self, mode=mode)

    def __str__(self) -> str:
        path = RECEIPT.sub(r"\1...", self.path)
        return f"{self.method} {path} ({self.kind}, {self.mode or 'its own'} cookies)"


@dataclass(frozen=True)
class Fault:
    """What is wrong with which request. Holds no secret's value."""

    leak: Leak
    where: str

    def __str__(self) -> str:
        return f"{self.where}: {self.leak}"


@dataclass
class Report:
    """What was asked and what came of it. `signed` counts the signatures that were stored."""

    seed: int
    seconds: float = 0
    asked: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    signed: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def requests(self) -> int:
        return self.asked.total()

    @property
    def leaks(self) -> Counter[Leak]:
        """How often each fault was found."""
        return Counter(fault.leak for fault in self.faults)

    def __str__(self) -> str:
        hits = self.hits.total()
        lines = [
            f"{self.requests} requests in {self.seconds:.1f} s, seed {self.seed}",
            f"{hits} hits, {self.requests - hits} misses, {self.signed} signatures, {len(self.faults)} faults",
            *(f"  {kind:20} {count:6}, {self.hits[kind]:6} hits" for kind, count in sorted(self.asked.items())),
            "  shared pages, by cookies: " + ", ".join(f"{mode} {count}" for mode, count in sorted(self.modes.items())),
            *(f"  {fault}" for fault in self.faults[:SHOWN_FAULTS]),
        ]
        return "\n".join(lines)


class Judge:
    """Sees every answer, from several threads, and writes the report."""

    def __init__(self, *, seed: int) -> None:
        self.report = Report(seed)
        # What nobody but its owner may see, and whose it is. Staff see the guests' as well.
        self.of_staff: dict[bytes, str] = {}
        self.of_guests: dict[bytes, str] = {}
        # Of each shared path every distinct answer, and who got it first.
        self.copies: defaultdict[str, dict[bytes, str]] = defaultdict(dict)
        self._lock = threading.Lock()

    def keep_secret(self, text: str, *, of: str, is_staff: bool) -> None:
        if len(text) < SHORTEST_SECRET:
            return
        with self._lock:
            (self.of_staff if is_staff else self.of_guests)[text.encode()] = of

    def see(self, visit: Visit, answer: Answer) -> None:
        """Judge one answer."""
        with self._lock:
            self.report.asked[visit.kind] += 1
            self.report.hits[visit.kind] += is_hit(answer)
            if visit.method != "POST" and SHARED.fullmatch(visit.path.partition("?")[0]):
                self.report.modes[visit.mode or "own"] += 1
                leaks = list(self._of_shared(visit, answer))
            else:
                leaks = list(self._of_private(visit, answer))
            if answer.status != visit.status:
                leaks.append(Leak.REFUSED)
            self.report.faults += [Fault(leak, f"{visit}, {answer.status}") for leak in leaks]

    def count_signature(self) -> None:
        with self._lock:
            self.report.signed += 1

    def finish(self) -> Report:
        """Look through all that was shared for every secret there was, and return the report."""
        for bodies in self.copies.values():
            for body, where in bodies.items():
                if len(bodies) > 1:
                    self.report.faults.append(Fault(Leak.DIFFERS, where))
                if _names_other(body, self.of_staff | self.of_guests, who=""):
                    self.report.faults.append(Fault(Leak.SECRET, where))
        return self.report

    def _of_shared(self, visit: Visit, answer: Answer) -> Iterator[Leak]:
        # A miss as well as a hit: it is what the next visitor gets.
        if answer.cookies:
            yield Leak.COOKIE
        if {"cookie", "*"} & set(answer.headers.get("vary", "").lower().replace(" ", "").split(",")):
            yield Leak.VARIES
        if b"csrfmiddlewaretoken" in answer.body:
            yield Leak.TOKEN
        if answer.body:
            path = visit.path.partition("?")[0]
            self.copies[f"{answer.status} {path}"].setdefault(answer.body, str(visit))

    def _of_private(self, visit: Visit, answer: Answer) -> Iterator[Leak]:
        if is_hit(answer):
            yield Leak.PRIVATE
        if visit.names and visit.names.encode() not in answer.body:
            yield Leak.NOT_OWN
        head = "\n".join([*answer.headers.values(), *answer.cookies]).encode()
        secrets = self.of_staff if visit.is_staff else self.of_staff | self.of_guests
        if _names_other(head + answer.body, secrets, who=visit.who):
            yield Leak.SECRET


def is_hit(answer: Answer) -> bool:
    return answer.headers.get("x-cache", "").startswith("Hit")


def _names_other(text: bytes, secrets: dict[bytes, str], *, who: str) -> bool:
    return any(secret in text for secret, owner in secrets.items() if owner != who)
