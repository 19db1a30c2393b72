"""What `verifyledger` and `verifywaivers` share: faults, verdicts, and how such a command counts, says and ends."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.slugs import BadSlug, parse
from scc.counts import Counts, opened
from scc.dynamo.errors import StoreError
from scc.dynamo.indexes import KEY_NAMES
from scc.dynamo.rows import Row
from scc.walks import Stopped

TORN = 1
NOT_READ = 2
# A summary is for a program that reads it whole; the output names every fault.
MOST_NAMED = 1000
# For so many seconds a departure is read again that is written to meanwhile.
PATIENCE = 30.0
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 2.0


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was written. reference: the entry's or waiver's, "" for the departure's own."""

    departure: str
    reference: str
    text: str

    def __str__(self) -> str:
        return f"{self.departure} {self.reference}: {self.text}" if self.reference else f"{self.departure}: {self.text}"


@dataclass
class Verdict:
    """What was found of one departure."""

    departure: str
    # How many entries or waivers were read.
    entries: int = 0
    # Whether there is such a departure, or anything of one.
    is_there: bool = True
    faults: list[Fault] = field(default_factory=list)


def is_misfiled(row: Row) -> bool:
    """Say whether a key of `row` is not what its attributes give."""
    before = [getattr(row, name) for name in KEY_NAMES]
    row.stamp()
    return before != [getattr(row, name) for name in KEY_NAMES]


class VerifyCommand(BaseCommand):
    """Base of the commands that verify departures. Exits 0 when all is whole, 1 when not, 2 when not all was read.

    Subclasses say what they count, `kind` (what a verdict's entries are), and how all and one are verified.
    """

    counts: ClassVar[Mapping[str, Sequence[str]]]
    kind: ClassVar[str]

    def verify(self, slug: str) -> Verdict:
        """Return what is wrong with one departure."""
        raise NotImplementedError

    def verify_all(self) -> None:
        """Take every verdict, and name every fault."""
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--event", metavar="SLUG", help="one departure alone")
        parser.add_argument("--summary", metavar="FILE", type=Path, help="write the counts and the faults as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self.outcome = Counts({kind: dict.fromkeys(names, 0) for kind, names in self.counts.items()})
        self._named: list[Fault] = []
        with ExitStack() as files:
            summary = opened(files, options["summary"])
            failure = self._try(options["event"])
            if summary is not None:
                self._summarize(summary)
        self.stdout.write(str(self.outcome))
        if failure:
            raise CommandError(failure, returncode=NOT_READ)
        if self.outcome.counts["faults"]["found"]:
            raise SystemExit(TORN)

    def take(self, verdict: Verdict) -> None:
        """Count a departure, and name what is wrong with it."""
        self.outcome.count("events", "read")
        self.outcome.count("events", "torn" if verdict.faults else "whole")
        self.outcome.count(self.kind, "read", verdict.entries)
        for fault in verdict.faults:
            self.name(fault)

    def name(self, fault: Fault) -> None:
        """Say a fault, and count it."""
        self.outcome.count("faults", "found")
        if len(self._named) < MOST_NAMED:
            self._named.append(fault)
        self.stdout.write(str(fault))

    def _try(self, slug: str | None) -> str:
        """Verify, and return why not all could be read."""
        try:
            if slug is None:
                self.verify_all()
            else:
                self.take(self._verify_one(slug))
        except StoreError as exc:
            return f"{exc}. Run it again."
        except Stopped:
            return "Stopped. Run it again; it begins anew."
        return ""

    def _verify_one(self, slug: str) -> Verdict:
        try:
            verdict = self.verify(str(parse(slug)))
        except BadSlug as exc:
            raise CommandError(str(exc), returncode=NOT_READ) from exc
        if not verdict.is_there:
            raise CommandError(f"There is no departure {slug}.", returncode=NOT_READ)
        return verdict

    def _summarize(self, summary: IO[str]) -> None:
        named = [vars(fault) for fault in self._named]
        summary.write(json.dumps({**self.outcome.counts, "named": named}, indent=2) + "\n")
