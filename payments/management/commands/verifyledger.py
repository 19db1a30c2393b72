"""Say whether every departure's ledger is whole."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.slugs import BadSlug, parse
from payments import walking
from payments.verifying import Fault, Verdict, verify, verify_closes
from scc.dynamo.errors import StoreError
from scc.dynamo.scans import patiently
from scc.imports import Outcome, opened
from scc.walks import Stopped

TORN = 1
NOT_READ = 2
# A summary is for a program that reads it whole; the output names every fault.
MOST_NAMED = 1000


class Command(BaseCommand):
    help = (
        "Compare each departure's entries with its chain, its figures, its parties' and its tallies', and look for the "
        "letter, the audit entry and the request's key that were written with each; and day closes with each other. "
        "Changes nothing. Names each fault, and exits 0 when there is none, 1 when there are some, 2 when not all "
        "could be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--event", metavar="SLUG", help="one departure alone")
        parser.add_argument("--summary", metavar="FILE", type=Path, help="write the counts and the faults as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self._outcome = Outcome(
            {
                "events": dict.fromkeys(("read", "whole", "torn"), 0),
                "payments": {"read": 0},
                "keys": {"read": 0},
                "closes": {"read": 0},
                "faults": {"found": 0},
            }
        )
        self._named: list[Fault] = []
        with ExitStack() as files:
            summary = opened(files, options["summary"])
            failure = self._try(options["event"])
            if summary is not None:
                self._summarize(summary)
        self.stdout.write(str(self._outcome))
        if failure:
            raise CommandError(failure, returncode=NOT_READ)
        if self._outcome.counts["faults"]["found"]:
            raise SystemExit(TORN)

    def _try(self, slug: str | None) -> str:
        """Verify, and return why not all could be read."""
        try:
            if slug is None:
                self._verify_all()
            else:
                self._take(_verify_one(slug))
        except StoreError as exc:
            return f"{exc}. Run it again."
        except Stopped:
            return "Stopped. Run it again; it begins anew."
        return ""

    def _verify_all(self) -> None:
        ledgers = walking.find(with_keys=True)
        self._outcome.count("keys", "read", ledgers.keys)
        for partition, entry_id in ledgers.orphans:
            scope = partition.removeprefix("KEY#").rpartition("#")[0]
            text = f"a request's key answers with {entry_id or 'no entry'}, which is missing"
            self._name(Fault(scope, "", text))
        for verdict in walking.each(verify, ledgers, doing="Verifying departures"):
            self._take(verdict)
        closes = patiently(verify_closes)
        self._outcome.count("closes", "read", closes.entries)
        for fault in closes.faults:
            self._name(fault)

    def _take(self, verdict: Verdict) -> None:
        self._outcome.count("events", "read")
        self._outcome.count("events", "torn" if verdict.faults else "whole")
        self._outcome.count("payments", "read", verdict.entries)
        for fault in verdict.faults:
            self._name(fault)

    def _name(self, fault: Fault) -> None:
        self._outcome.count("faults", "found")
        if len(self._named) < MOST_NAMED:
            self._named.append(fault)
        self.stdout.write(str(fault))

    def _summarize(self, summary: IO[str]) -> None:
        named = [vars(fault) for fault in self._named]
        summary.write(json.dumps({**self._outcome.counts, "named": named}, indent=2) + "\n")


def _verify_one(slug: str) -> Verdict:
    try:
        verdict = verify(str(parse(slug)))
    except BadSlug as exc:
        raise CommandError(str(exc), returncode=NOT_READ) from exc
    if not verdict.is_there:
        raise CommandError(f"There is no departure {slug}.", returncode=NOT_READ)
    return verdict
