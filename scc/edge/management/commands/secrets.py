"""The secret by which CloudFront shows itself to the function."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from scc.edge import operators, rotating, stages


class Command(BaseCommand):
    help = "Changes the secret between CloudFront and the function. Visitors notice nothing; it takes some minutes."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["rotate"])
        parser.add_argument("stage", help="of zappa_settings.json: production, staging")

    def handle(self, *args: Any, **options: Any) -> None:
        with operators.told():
            rotating.rotate(stages.read(options["stage"]), by=operators.name(), say=self.stdout.write)
        self.stdout.write("Rotated. Nothing else needs to know the secret.")
