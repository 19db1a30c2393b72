"""Publish the waiver texts that ship, in every language, where none is published yet. Each deploy runs it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from waivers import publishing


class Command(BaseCommand):
    help = (
        "Publishes the waiver texts that ship, in English and Spanish, where none is published yet. "
        "May be run again at any time."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        published = publishing.publish_shipped()
        self.stdout.write(f"waiver's texts: {'published' if published else 'are there'}")
