"""Make the table, the bucket and the waiver's first text where they are missing."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from scc import media
from scc.dynamo.tables import create_table
from waivers import publishing


class Command(BaseCommand):
    help = (
        "Makes the table, the bucket and the waiver's first text where they are missing. May be run again at any time."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--protected",
            action="store_true",
            help="with point-in-time recovery and deletion protection, for production",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        table = create_table(protected=options["protected"])
        bucket = media.create_bucket()
        published = publishing.publish_shipped()
        self.stdout.write(f"table {settings.SCC_TABLE}: {'made' if table else 'is there'}")
        self.stdout.write(f"bucket {settings.SCC_MEDIA_BUCKET}: {'made' if bucket else 'is there'}")
        self.stdout.write(f"waiver's texts: {'published' if published else 'are there'}")
