"""Write the letters that remind of a departure. Meant to run once a day, before the sweep of `deliverletters`.

Here, and not beside `events.reminders`, as the letters carry personal links to the waiver.
"""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from events import reminders
from events.reminders import Reminder
from scc.bars import progress
from scc.counts import SOME_REPORTED
from scc.dynamo.errors import Conflict, StoreError
from scc.mail.outbox import BadLetter
from scc.staff.actors import SYSTEM
from waivers import personal_links

AGAIN = "Run this again: nobody gets a second letter."


class Command(BaseCommand):
    help = (
        "Write a letter to each party and each of the crew of tomorrow's open departures, one ever for each; "
        "deliverletters sends them. Exits 0 when all are written, 3 when some were reported, 1 when it failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", metavar="DAY", type=_day, help="the day of the departures; tomorrow if left out")
        parser.add_argument("--dry-run", action="store_true", help="name the letters, and write none")

    def handle(self, *args: Any, **options: Any) -> None:
        counts: Counter[str] = Counter()
        try:
            todo = _outstanding(options["date"], counts)
            with progress(todo, doing="Reminding") as shown:
                for reminder in shown:
                    counts[self._outcome(reminder, dry_run=options["dry_run"])] += 1
        except StoreError as exc:
            raise CommandError(f"{exc}. {AGAIN}") from exc
        except KeyboardInterrupt as exc:
            raise CommandError(f"Stopped. {AGAIN}") from exc
        self.stdout.write(
            f"Reminders: {counts['written']} written, {counts['before']} written before, "
            f"{counts['unreachable']} without an address, {counts['reported']} reported"
            + (" (dry run: nothing was written)." if options["dry_run"] else ".")
        )
        if counts["reported"]:
            raise SystemExit(SOME_REPORTED)

    def _outcome(self, reminder: Reminder, *, dry_run: bool) -> str:
        try:
            if dry_run:
                reminders.compose(reminder, link_of=personal_links.address_of, by=SYSTEM)
                self.stdout.write(str(reminder))
            else:
                reminders.write(reminder, link_of=personal_links.address_of, by=SYSTEM)
        except reminders.AlreadyReminded:
            return "before"
        except (BadLetter, Conflict) as exc:
            reason = str(exc) if isinstance(exc, BadLetter) else f"changed just now. {AGAIN}"
            self.stderr.write(f"{reminder}: {reason}", self.style.WARNING)
            return "reported"
        return "written"


def _outstanding(day: date | None, counts: Counter[str]) -> list[Reminder]:
    """Return the letters that are to be written; count those that are written and those that have no address."""
    everyone = [reminder for event in reminders.departures(day) for reminder in reminders.of(event)]
    unwritten = [reminder for reminder in everyone if not reminder.is_written]
    todo = [reminder for reminder in unwritten if reminder.to]
    counts["before"] = len(everyone) - len(unwritten)
    counts["unreachable"] = len(unwritten) - len(todo)
    return todo


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as exc:
        raise ArgumentTypeError(f"{text!r} is no day; write it as 2026-05-23") from exc
