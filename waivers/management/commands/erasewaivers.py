"""Erase waivers whose time is over, or that someone asked to have erased."""

from __future__ import annotations

import csv
import json
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from events import calendar
from events.rows import Event
from events.slugs import BadSlug, parse
from scc.counts import FAILED, SOME_REPORTED, Counts, opened
from scc.dynamo.errors import StoreError
from scc.staff.actors import SYSTEM, Actor, By
from scc.walks import Stopped, in_threads
from waivers import due, erasing
from waivers.erasing import Held, Whole
from waivers.rows import Waiver

THREADS = 4
NAMED = "Named to the command"
ASKING = "erasure asked"


@dataclass(frozen=True)
class Result:
    """What became of one waiver. fault: why it stays."""

    whole: Whole
    why: str
    letters: int
    was_erased: bool = False
    # Why it stays; and whether that is as it should be, as nobody named it to the command.
    fault: str = ""
    is_kept: bool = False

    def __str__(self) -> str:
        line = self.whole.line
        return f"{line.event_id} {line.reference}: {self.fault or self.did}"

    @property
    def did(self) -> str:
        if self.was_erased:
            return "was erased before"
        elsewhere = "".join(f", covers {line.event_id}" for line in self.whole.lines[1:])
        return f"{self.why}, kept until {self.whole.line.retain_until}; letters: {self.letters}{elsewhere}"


class Command(BaseCommand):
    help = (
        "Erase waivers for good: whom they name, in the table, the bucket, letters, and backups. Their numbers, hashes "
        "and times stay, and who erased them. Says what it would do, and does it with --yes. One that is held stays. "
        "Never names a signer. Exits 0, or 3 when some that were named had to stay, or 1 when it failed: then run it "
        "again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--due", action="store_true", help="all whose time is over, or whose erasure an owner asked"
        )
        parser.add_argument("--event", metavar="SLUG", help="all of one departure, or those that --reference names")
        parser.add_argument("--reference", metavar="K7M4QX", action="append", default=[], help="one of --event")
        parser.add_argument("--waiver", metavar="ID", action="append", default=[], help="one, by its id")
        parser.add_argument("--why", default=NAMED, help="for the record of its life; names nobody")
        parser.add_argument("--yes", action="store_true", help="do it; it cannot be undone")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, as without --yes")
        parser.add_argument(
            "--report", metavar="FILE", type=Path, help="write what is or would be erased, and what not, as CSV"
        )
        parser.add_argument("--summary", metavar="FILE", type=Path, help="write the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self._does = options["yes"] and not options["dry_run"]
        self._outcome = Counts(
            {
                "waivers": dict.fromkeys(("found", "erased", "unchanged", "kept", "reported"), 0),
                "letters": dict.fromkeys(("found", "erased"), 0),
                "care": dict.fromkeys(("found", "erased"), 0),
            }
        )
        with ExitStack() as files:
            report, summary = (opened(files, options[name]) for name in ("report", "summary"))
            self._report = csv.writer(report) if report is not None else None
            if self._report is not None:
                self._report.writerow(("departure", "reference", "waiver", "what", "why"))
            failure = self._try(options)
            if summary is not None:
                summary.write(json.dumps(self._outcome.counts, indent=2) + "\n")
        said = "" if self._does else " (dry run: nothing was erased; --yes does it)"
        self.stdout.write(f"{self._outcome}{said}")
        if failure:
            raise CommandError(failure, returncode=FAILED)
        if self._outcome.counts["waivers"]["reported"]:
            raise SystemExit(SOME_REPORTED)

    def _try(self, options: dict[str, Any]) -> str:
        """Do it, and return why it failed."""
        try:
            found = self._find(options)
            act = partial(_one, does=self._does)
            for result in in_threads(act, sorted(found.waivers.items()), threads=THREADS, doing="Erasing"):
                self._take(result)
            self._take_care(found.care)
            for digest, slug in found.places if self._does else ():
                erasing.remove_place(digest, slug)
        except StoreError as exc:
            return f"{exc}. Run it again: what is erased stays so."
        except Stopped:
            return "Stopped. Run it again: what is erased stays so."
        return ""

    def _find(self, options: dict[str, Any]) -> due.Due:
        found = due.find(calendar.today()) if options["due"] else due.Due()
        if options["reference"] and not options["event"]:
            raise CommandError("--reference needs --event: references are short.", returncode=FAILED)
        named = list(options["waiver"])
        _refuse_unknown(named)
        if options["event"]:
            named += _of_event(options["event"], options["reference"])
        found.waivers |= dict.fromkeys((id.rpartition(".")[2] for id in named), options["why"])
        if not (options["due"] or options["event"] or named):
            raise CommandError("Say which: --due, --event, --reference or --waiver.", returncode=FAILED)
        return found

    def _take(self, result: Result | str) -> None:
        if isinstance(result, str):
            self._outcome.count("waivers", "found")
            self._outcome.count("waivers", "reported")
            self.stdout.write(f"There is no waiver {result}, or its line is gone: see verifywaivers.")
            self._write("", "", result, "not there", "")
            return
        self._outcome.count("waivers", "found")
        self._outcome.count("letters", "found", result.letters)
        if result.is_kept:
            self._outcome.count("waivers", "kept")
        elif result.fault:
            self._outcome.count("waivers", "reported")
        elif result.was_erased:
            self._outcome.count("waivers", "unchanged")
        elif self._does:
            self._outcome.count("waivers", "erased")
            self._outcome.count("letters", "erased", result.letters)
        self.stdout.write(str(result))
        line = result.whole.line
        self._write(line.event_id, line.reference, line.ulid, result.fault or result.did, result.why)

    def _take_care(self, places: list[tuple[str, str]]) -> None:
        """Erase emergency contacts and medical notes whose day has passed."""
        self._outcome.count("care", "found", len(places))
        for slug, ulid in places:
            line = Waiver.fetch(event_id=slug, ulid=ulid)
            if line is None or line.care_until is None:
                continue
            if self._does:
                erasing.erase_care(line, by=SYSTEM)
                self._outcome.count("care", "erased")
            self._write(slug, line.reference, ulid, "its emergency contact and medical notes alone", due.OVER)

    def _write(self, *cells: str) -> None:
        if self._report is not None:
            self._report.writerow(cells)


def _refuse_unknown(named: list[str]) -> None:
    """Refuse what someone typed wrong. What is due by itself and damaged is reported, and holds up nothing."""
    for id in named:
        if erasing.find(id.rpartition(".")[2]) is None:
            raise CommandError(f"There is no waiver {id}.", returncode=FAILED)


def _one(target: tuple[str, str], *, does: bool) -> Result | str:
    """Erase one waiver, or say what would be. Returns the id of one that is not there."""
    ulid, why = target
    whole = erasing.find(ulid)
    if whole is None:
        return ulid
    fault, is_kept = _kept(whole), why in due.BY_ITSELF
    if whole.held or (fault and is_kept):
        return Result(whole, why, 0, fault=fault, is_kept=is_kept)
    letters = len(erasing.letters_of(whole))
    if whole.is_erased and not letters:
        return Result(whole, why, 0, was_erased=True)
    if does:
        try:
            erasing.erase(ulid, why=f"{why}.", by=_asker(whole))
        except Held as exc:
            return Result(whole, why, 0, fault=f"{exc}, and stays")
    return Result(whole, why, letters)


def _kept(whole: Whole) -> str:
    """Return why a waiver stays when its day comes, "" where nothing keeps it."""
    for word, lines in (("held", whole.held), ("restricted", [line for line in whole.lines if line.restricted])):
        if lines:
            return f"is {word}, and stays ({', '.join(line.reference for line in lines)})"
    return ""


def _asker(whole: Whole) -> By:
    """Return who asked for the erasure in the admin, or the command itself."""
    asked = [event for event in whole.life if event.what == ASKING]
    if whole.line.erasure_asked_at is None or not asked:
        return SYSTEM
    return Actor(asked[-1].recorded_by, asked[-1].recorded_by_name)


def _of_event(slug: str, references: list[str]) -> list[str]:
    """Return the waivers of a departure, or those of them that `references` name."""
    try:
        event = Event.fetch(slug=str(parse(slug)))
    except BadSlug as exc:
        raise CommandError(str(exc), returncode=FAILED) from exc
    if event is None:
        raise CommandError(f"There is no departure {slug}.", returncode=FAILED)
    lines = Waiver.listing(known={"event_id": slug}).rows
    wanted = {reference.strip().upper() for reference in references}
    unknown = wanted - {line.reference for line in lines}
    if unknown:
        raise CommandError(f"{slug} has no waiver {', '.join(sorted(unknown))}.", returncode=FAILED)
    if wanted:
        return [line.record_id for line in lines if line.reference in wanted]
    # What was signed for another departure and covers this one is that one's.
    return [line.ulid for line in lines if line.has_own_record]
