"""Write the list of who was erased, for a restore of an older export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scc.copies import exporting
from scc.counts import FAILED
from scc.dynamo.errors import StoreError
from scc.walks import Stopped


class Command(BaseCommand):
    help = (
        "Write to FILE who was erased, by numbers that name nobody, for `restoreall --erased`. Keep it beside your "
        "exports, and write it anew whenever somebody was erased. Changes nothing else. FILE is replaced once it is "
        "whole."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        part = file.with_name(f"{file.name}.part")
        try:
            erased = exporting.read_table(None).erased
            part.write_text("".join(erased.lines()), encoding="utf-8")
            part.replace(file)
        except (StoreError, Stopped) as exc:
            why = "Stopped" if isinstance(exc, Stopped) else str(exc)
            raise CommandError(f"{why}. {file} is as it was. Run it again.", returncode=FAILED) from exc
        except OSError as exc:
            raise CommandError(f"{file} cannot be written: {exc.strerror}", returncode=FAILED) from exc
        self.stdout.write(f"erased: {len(erased.waivers)} waivers, {len(erased.parties)} parties")
