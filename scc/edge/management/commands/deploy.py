"""Deploy what is committed to a stage, prove that it answers, or put everything back."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, BooleanOptionalAction
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from scc.edge import deploying, operators, stages


class Command(BaseCommand):
    help = "Deploys what is committed to a stage, smoke-tests it, and puts everything back when that fails."
    # Its own checks are run as the function would see them.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("stage", help="of zappa_settings.json: production, staging")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
        parser.add_argument("--env-file", type=Path, help="the operator's variables; .env.<stage>")
        parser.add_argument(
            "--remove-stale",
            action=BooleanOptionalAction,
            help="whether variables go that no longer are given; asked for each where this is not said",
        )
        parser.add_argument(
            "--this-machine",
            action="store_true",
            help="package for this machine's Python, for the functions of an emulator",
        )
        parser.add_argument(
            "--without-routes-check",
            action="store_true",
            help="for rehearsals: leave the template's behaviours to the smoke test",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["stage"]
        deploy_options = deploying.Options(
            env_file=options["env_file"] or settings.BASE_DIR / f".env.{name}",
            remove=options["remove_stale"] if sys.stdin.isatty() else bool(options["remove_stale"]),
            this_machine=options["this_machine"],
            check_routes=not options["without_routes_check"],
        )
        with operators.told():
            deploy = deploying.Deploy(
                stage=stages.read(name),
                options=deploy_options,
                by=operators.name(),
                say=self.say,
                ask=operators.ask,
            )
            if options["dry_run"]:
                deploy.plan()
            else:
                self.say(deploy.run())

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
