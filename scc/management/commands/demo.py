"""Load a made-up season around a day, to look around in."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from events import calendar
from scc.demo.loading import LOGINS, PASSWORD, Loader
from scc.demo.season import DAYS_BEFORE, DAYS_BEHIND, season


class Command(BaseCommand):
    help = "Load a demo season: two vessels, the departures around a day, crew, parties, payments and waivers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--day", type=date.fromisoformat, help="the day that the season is around; today")
        parser.add_argument("--again", action="store_true", help="also where there are departures already")

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["day"] or calendar.today()
        first, last = day - timedelta(days=DAYS_BEFORE), day + timedelta(days=DAYS_BEHIND)
        if not options["again"] and calendar.between(first, last, limit=1).rows:
            raise CommandError("There are departures already. Use an empty table, or --again to add what is missing.")
        loader = Loader(season(day, calendar.zone()))
        with Progress(console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("Demo season", total=len(loader.season))
            loader.load(each=lambda: progress.advance(task))
        said = ", ".join(f"{count} {name}" for name, count in sorted(loader.counts.items()))
        self.stdout.write(f"Demo: {said}.")
        names = ", ".join(f"{actor.username} ({role.label.lower()})" for actor, role in LOGINS)
        self.stdout.write(f"Log in as {names}; the password of each is {PASSWORD}")
