"""Carry over what the older tool kept."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from events.drafts import LARGEST_CAPACITY
from scc.counts import FAILED
from scc.dynamo.errors import StoreError
from scc.imports.endings import AgainCommand, add_reports, reports, tell
from scc.imports.lines import ImportFailed
from scc.legacy import running
from scc.legacy.carrying import LegacyOutcome
from scc.legacy.departures import clock_text
from scc.legacy.running import Wishes
from scc.legacy.scanning import LiveTable
from scc.legacy.sources import Files, Source
from scc.walks import Stopped


class Command(AgainCommand):
    help = (
        "Carry over the older tool's departures with their crew, payments and waivers: from its live table, from "
        "DynamoDB's export to S3 (a file, a folder, or s3://bucket/prefix), or from JSON and JSON lines. Nobody is "
        "mailed. Exits 0 when all was carried, 3 when some was reported, 1 when it failed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", nargs="?", help="a file, a folder, or s3://bucket/prefix")
        parser.add_argument("--table", metavar="NAME", default="", help="the live table, which is only read")
        parser.add_argument("--region", default="", help="the table's, where it is another than ours")
        parser.add_argument("--vessel", metavar="NAME", default="", help="of departures that name none")
        parser.add_argument("--starts-at", metavar="HH:MM", type=_clock, help=f"of those that say none; {running.NOON}")
        parser.add_argument("--capacity", metavar="N", type=_capacity, default=0, help="of those that say none")
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, write nothing")
        add_reports(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["file"]) == bool(options["table"]):
            raise CommandError("Name a FILE, or a table with --table NAME.", returncode=FAILED)
        outcome = LegacyOutcome()
        with reports(outcome, options):
            failure = self._try(outcome, options)
        tell(self, outcome, failure, dry_run=options["dry_run"], options=options)

    def _try(self, outcome: LegacyOutcome, options: Mapping[str, Any]) -> str:
        """Do it, and return why it failed."""
        try:
            source = _source(options)
            if source.said:
                self.stderr.write(f"{source.name}: {source.said}")
            wishes = Wishes(options["vessel"], options["starts_at"] or "", options["capacity"])
            running.carry(source, wishes, outcome, dry_run=options["dry_run"])
            if not outcome.counts["events"]["read"]:
                self.stderr.write(f"{source.name} holds no events.")
        except ImportFailed as exc:
            return str(exc)
        except StoreError as exc:
            return f"{exc}. {self.again}"
        except (Stopped, KeyboardInterrupt):
            return f"Stopped. {self.again}"
        return ""


def _source(options: Mapping[str, Any]) -> Source:
    return LiveTable(options["table"], region=options["region"]) if options["table"] else Files(options["file"])


def _clock(text: str) -> str:
    try:
        return clock_text(text)
    except ValueError as exc:
        raise ArgumentTypeError(f"{text!r} is no time such as 18:15") from exc


def _capacity(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= LARGEST_CAPACITY:
        raise ArgumentTypeError(f"{text!r} is no number of guests from 1 to {LARGEST_CAPACITY}")
    return int(text)
