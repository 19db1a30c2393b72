"""Publish the waiver text that ships where none is published yet. Each deploy runs it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from waivers import texts


class Command(BaseCommand):
    help = "Publishes the waiver text that ships where none is published yet. May be run again at any time."

    def handle(self, *args: Any, **options: Any) -> None:
        published = texts.publish_shipped()
        self.stdout.write(f"waiver's text: {'published' if published else 'is there'}")
