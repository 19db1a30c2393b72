"""Which releases a stage has had, and which one is live."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from scc.edge import operators, releases, stages


class Command(BaseCommand):
    help = "Lists the releases of a stage that can be gone back to, the newest first."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("stage", help="of zappa_settings.json: production, staging")

    def handle(self, *args: Any, **options: Any) -> None:
        with operators.told():
            stage = stages.read(options["stage"])
            live, found = releases.live(stage), releases.releases(stage)
        for release in found:
            mark = "  live" if release.id == live else ""
            self.stdout.write(f"{release.id}  {release.made_at:%Y-%m-%d %H:%M}Z  by {release.by}{mark}")
        if live and live not in {release.id for release in found}:
            self.stdout.write(f"{live}  not recorded: its deploy did not end  live")
        if not found and not live:
            self.stdout.write(f"None yet. The first: manage.py deploy {stage.name}")
