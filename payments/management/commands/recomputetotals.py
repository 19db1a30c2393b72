"""Put the figures that the ledger's entries add up to right."""

from __future__ import annotations

import json
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events.slugs import BadSlug, parse
from payments import recomputing, walking
from payments.recomputing import recompute
from scc.counts import FAILED, SOME_REPORTED, Counts, opened
from scc.dynamo.errors import StoreError
from scc.staff.actors import SYSTEM
from scc.walks import Stopped


class Command(BaseCommand):
    help = (
        "Put the figures of departures, parties and tallies right, counted afresh from the ledger's entries, which "
        "stay as they are. Says what was wrong. Exits 0 when all is right then, 3 when some departures were left "
        "alone, 1 when it failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--event", metavar="SLUG", help="one departure alone")
        parser.add_argument("--dry-run", action="store_true", help="say what is wrong, and write nothing")
        parser.add_argument("--summary", metavar="FILE", type=Path, help="write the counts as JSON")
        parser.add_argument(
            "--even-torn",
            action="store_true",
            help="also departures whose chain is torn: entries are taken as they are, and what is lost counts no more",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._outcome = Counts({"events": dict.fromkeys(("read", "right", "mended", "reported"), 0)})
        with ExitStack() as files:
            summary = opened(files, options["summary"])
            failure = self._try(options)
            if summary is not None:
                summary.write(json.dumps(self._outcome.counts, indent=2) + "\n")
        dry = " (dry run: nothing was written)" if options["dry_run"] else ""
        self.stdout.write(f"{self._outcome}{dry}")
        if failure:
            raise CommandError(failure, returncode=FAILED)
        if self._outcome.counts["events"]["reported"]:
            raise SystemExit(SOME_REPORTED)

    def _try(self, options: dict[str, Any]) -> str:
        """Do it, and return why it failed."""
        act = partial(recompute, by=SYSTEM, dry_run=options["dry_run"], even_torn=options["even_torn"])
        try:
            ledgers = _one(options["event"]) if options["event"] else walking.find(with_keys=False)
            for outcome in walking.each(act, ledgers, doing="Recomputing departures"):
                if options["event"] and not outcome.is_there:
                    return f"There is no departure {outcome.departure}."
                self._take(outcome)
        except StoreError as exc:
            return f"{exc}. Run it again: what is right already stays as it is."
        except Stopped:
            return "Stopped. Run it again: what is right already stays as it is."
        return ""

    def _take(self, outcome: recomputing.Outcome) -> None:
        self._outcome.count("events", "read")
        for change in outcome.changes:
            self.stdout.write(f"{outcome.departure}: {change}")
        if outcome.refused:
            self._outcome.count("events", "reported")
            self.stderr.write(f"{outcome.departure} {outcome.refused}", self.style.WARNING)
        else:
            self._outcome.count("events", "mended" if outcome.changes else "right")


def _one(slug: str) -> walking.Ledgers:
    try:
        return walking.Ledgers({str(parse(slug)): 0})
    except BadSlug as exc:
        raise CommandError(str(exc), returncode=FAILED) from exc
