"""Show which path is served by what, or write CloudFront's behaviours into the template."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from scc.edge import routes, template
from scc.edge.errors import EdgeError
from scc.edge.routes import SITE, Behaviour

COLUMNS = ("path", "view", "behaviour", "origin", "cache")


class Command(BaseCommand):
    help = "Shows every path, its view, and the behaviour, origin and cache that infra/template.yaml gives it."
    # The check of the template would keep this from mending it.
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--write", action="store_true", help="write the behaviours that the URLconf needs into the template"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["write"]:
                self._write()
            written = template.behaviours_of(template.load(template.path().read_text()))
        except FileNotFoundError as exc:
            raise CommandError("There is no infra/template.yaml here.") from exc
        except EdgeError as exc:
            raise CommandError(str(exc)) from exc
        self._show(_rows(written))
        faults = [*routes.unserved(written), *routes.shadowed(written), *routes.too_many(written)]
        if faults:
            raise CommandError("\n".join(faults))

    def _write(self) -> None:
        path = template.path()
        before = path.read_text()
        after = template.render(before, routes.behaviours())
        path.write_text(after)
        self.stderr.write(f"infra/template.yaml: {'as it was' if after == before else 'written'}")

    def _show(self, rows: Sequence[Sequence[str]]) -> None:
        if not self.stdout.isatty():
            # For other programs: one line each, tabs between.
            for row in (COLUMNS, *rows):
                self.stdout.write("\t".join(row))
            return
        table = Table(*COLUMNS)
        for row in rows:
            table.add_row(*map(escape, row))
        Console().print(table)


def _rows(written: Sequence[Behaviour]) -> list[tuple[str, ...]]:
    served = [(route.path, route.view, routes.serving(route.example, written)) for route in routes.routes()]
    return [
        (path, view, behaviour.pattern, behaviour.origin, behaviour.cache)
        for path, view, behaviour in (*served, *((each.pattern, "", each) for each in SITE))
    ]
