"""What `exportall` and `restoreall` share: how they fail, say and end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scc.copies.erased import BadList
from scc.copies.manifests import NotAnExport
from scc.copies.places import Place, PlaceFailed, place
from scc.copies.restoring import NotEmpty, NotEqual
from scc.counts import FAILED, SOME_REPORTED, opened
from scc.dynamo.errors import StoreError
from scc.walks import Stopped

REFUSALS = (NotAnExport, NotEmpty, BadList)


class Refused(Exception):
    """The command does not begin; says why, and what to do."""


class CopyCommand(BaseCommand):
    """Base of both. Subclasses do it in `act`, count in `counts` and name in `reports` what could not be carried."""

    # What to do after it was stopped.
    again: str

    def act(self, options: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, write nothing")
        parser.add_argument("--summary", metavar="FILE", type=Path, help="write the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self.counts: Mapping[str, Mapping[str, int]] = {}
        self.reports: list[str] = []
        with ExitStack() as files:
            summary = opened(files, options["summary"])
            failure = self._try(options)
            if summary is not None:
                summary.write(json.dumps(self.counts, indent=2) + "\n")
        for report in self.reports:
            self.stderr.write(report, self.style.WARNING)
        if self.counts:
            self.stdout.write(said_of(self.counts) + (" (dry run: nothing was written)" if options["dry_run"] else ""))
        if failure:
            raise CommandError(failure, returncode=FAILED)
        if self.reports:
            raise SystemExit(SOME_REPORTED)

    def _try(self, options: Mapping[str, Any]) -> str:
        """Do it, and return why it failed."""
        try:
            self.act(options)
        except (*REFUSALS, Refused) as exc:
            return str(exc)
        except (StoreError, PlaceFailed, NotEqual) as exc:
            return f"{str(exc).rstrip('.')}. {self.again}"
        except (Stopped, KeyboardInterrupt):
            return f"Stopped. {self.again}"
        return ""


def place_of(text: str) -> Place:
    """Return the place that an argument names. Raises Refused."""
    try:
        return place(text)
    except PlaceFailed as exc:
        raise Refused(str(exc)) from exc


def said_of(counts: Mapping[str, Mapping[str, int]]) -> str:
    """Return counts as a line."""
    return "; ".join(f"{kind}: {', '.join(f'{n} {what}' for what, n in each.items())}" for kind, each in counts.items())
