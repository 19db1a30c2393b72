"""Bring the items of older shapes to the last one, while the site is up."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scc.bars import bar
from scc.counts import FAILED, SOME_REPORTED, opened
from scc.dynamo import migrating, migration_runs, migrations
from scc.dynamo.errors import StoreError
from scc.dynamo.migrating import Doing, Tally
from scc.dynamo.migration_rows import Migration
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.actors import SYSTEM
from scc.stopping import stop_requests

AGAIN = "Type the same again to go on: each segment keeps its place."
# The output names no more than these.
MOST_NAMED = 1000
MOST_SEGMENTS = 64


def pace(text: str) -> tuple[float, bool]:
    """Return a number above 0, and whether it is a percentage. Raises ArgumentTypeError."""
    number = text.removesuffix("%")
    try:
        value = float(number)
    except ValueError as exc:
        raise ArgumentTypeError(f"takes write units a second (200) or a share (10%), not {text!r}") from exc
    if not 0 < value < float("inf"):
        raise ArgumentTypeError("takes a number above 0")
    return value, text.endswith("%")


def segment_count(text: str) -> int:
    """Return a number of segments. Raises ArgumentTypeError."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_SEGMENTS:
        raise ArgumentTypeError(f"takes a whole number from 1 to {MOST_SEGMENTS}")
    return int(text)


class Command(BaseCommand):
    help = (
        "Bring what is stored in an older shape to the last one, while the site is up, and verify it. May be stopped "
        "and run again at any time. Exits 0 when all is of the last shape then, 3 when items were reported, 1 when it "
        "failed or was stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "kinds", metavar="KIND", nargs="*", help="such as PATRON; all that have a migration if none"
        )
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--dry-run", action="store_true", help="count what would be migrated, and write nothing")
        only.add_argument("--verify", action="store_true", help="only see whether all is as it should be")
        parser.add_argument(
            "--rate", metavar="UNITS", type=pace, default="10%", help="write units a second, or a share of them (10%%)"
        )
        parser.add_argument("--segments", type=segment_count, default=migration_runs.SEGMENTS, help="how many at once")
        parser.add_argument("--summary", metavar="FILE", type=Path, help="write the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self.tallies: dict[str, Tally] = {}
        with ExitStack() as files:
            summary = opened(files, options["summary"])
            failure = self._try(options)
            if summary is not None:
                summary.write(json.dumps({what: tally.counts for what, tally in self.tallies.items()}, indent=2) + "\n")
        self._tell(failure, dry_run=options["dry_run"])

    def _try(self, options: Mapping[str, Any]) -> str:
        """Do it, and return why it failed."""
        try:
            return self._do(_kinds(options["kinds"]), options)
        except StoreError as exc:
            return f"{exc}. {AGAIN}"

    def _do(self, kinds: list[Any], options: Mapping[str, Any]) -> str:
        value, is_share = options["rate"]
        rate = migrating.rate_of(value / 100) if is_share else value
        with stop_requests() as asked:
            how = {"kinds": kinds, "rate": rate, "stopped": lambda: bool(asked)}
            if options["dry_run"] or options["verify"]:
                return self._look(how, options["segments"], strictly=options["verify"])
            if stopped := self._migrate(how, options["segments"]):
                return stopped
            return self._look(how, options["segments"], strictly=True)

    def _migrate(self, how: Mapping[str, Any], segments: int) -> str:
        run, places = migration_runs.begin(how["kinds"], segments=segments)
        if any(place.scanned for place in places):
            self.stderr.write(f"Going on with the run of {run.began_at:%Y-%m-%d %H:%M} UTC, in {len(places)} segments.")
        tally = self.tallies["rows"] = Tally()
        done = False
        try:
            with bar(doing="Migrating", total=migrating.size_of_table()) as advance:
                done = migrating.carry_out(places, Doing(**how, advance=advance), tally)
        finally:
            _note(run, tally, done=done)
        return "" if done else f"Stopped. {AGAIN}"

    def _look(self, how: Mapping[str, Any], segments: int, *, strictly: bool) -> str:
        tally = self.tallies["verified" if strictly else "rows"] = Tally()
        with bar(doing="Verifying" if strictly else "Looking", total=migrating.size_of_table()) as advance:
            done = migrating.look(Doing(**how, advance=advance), tally, segments=segments, strictly=strictly)
        return "" if done else "Stopped before all was read. Run it again; it begins anew."

    def _tell(self, failure: str, *, dry_run: bool) -> None:
        found = list(dict.fromkeys(each for tally in self.tallies.values() for each in tally.found))
        for each in found[:MOST_NAMED]:
            self.stderr.write(str(each), self.style.WARNING)
        if len(found) > MOST_NAMED:
            self.stderr.write(f"... and {len(found) - MOST_NAMED} more", self.style.WARNING)
        counts = "; ".join(f"{what}: {_said(what, tally)}" for what, tally in self.tallies.items())
        self.stdout.write(f"{counts} (dry run: nothing was written)" if dry_run else counts)
        if failure:
            raise CommandError(failure, returncode=FAILED)
        if found:
            raise SystemExit(SOME_REPORTED)


def _said(what: str, tally: Tally) -> str:
    # A verification migrates nothing.
    return ", ".join(f"{n} {name}" for name, n in tally.counts.items() if (what, name) != ("verified", "migrated"))


def _kinds(names: list[str]) -> list[Any]:
    kinds = {migrations.name_of(kind): kind for kind in migrations.kinds()}
    unknown = sorted(set(names) - kinds.keys())
    if unknown:
        raise CommandError(
            f"There is no migration of {', '.join(unknown)}. There is one of {', '.join(kinds) or 'nothing'}.",
            returncode=FAILED,
        )
    return [kind for name, kind in kinds.items() if not names or name in names]


def _note(run: Migration, tally: Tally, *, done: bool) -> None:
    """Keep how the run went, with an audit entry. One TransactWriteItems."""
    unit = Unit()
    if done:
        migration_runs.end(run, unit)
    summary = f"{'Done' if done else 'Stopped'}. {_said('rows', tally)}"
    audit.record(unit, by=SYSTEM, action="migrated", of=run, summary=summary)
    unit.commit()
