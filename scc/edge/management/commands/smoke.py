"""Ask a site for everything that it serves, and say what is not answered by what it should be."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scc.edge import operators, smoke, targets, visiting

# For a connection that breaks.
SETTLE_SECONDS = 5.0


class Command(BaseCommand):
    help = "Asks a site for every path, through CloudFront and past it, and exits 1 when an answer is wrong."
    # It judges another machine, not this one's settings.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", help="https://crew.example.com, or the distribution's own address")
        parser.add_argument("--stage", default="", help="of zappa_settings.json; the one that has the address")
        parser.add_argument("--event", default="", help="the slug of an open departure; the next one")
        parser.add_argument("--release", default="", help="the id of the release that must answer; the live one")
        parser.add_argument(
            "--public", action="store_true", help="look at nothing but what anyone can see, without keys to AWS"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with operators.told("Without keys to AWS, use --public."):
            findings = smoke.run(self._target(**options), say=self._say, settle_seconds=SETTLE_SECONDS)
        if smoke.failed(findings):
            raise CommandError(f"{options['url']} is not as it must be.")

    def _target(self, *, url: str, stage: str, event: str, release: str, public: bool, **_: Any) -> visiting.Target:
        if public:
            return targets.public(url, release=release, event=event)
        return targets.find(url, stage=stage, event=event, release=release)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
