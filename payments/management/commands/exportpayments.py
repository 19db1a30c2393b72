"""Write the payments of a month, or its journal, to a file."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments import exports, spreadsheets
from payments.months import BadMonth, Month
from payments.rows import Payment
from payments.spreadsheets import Cells
from payments.sums import Sums
from scc.bars import progress
from scc.dynamo.errors import StoreError
from scc.money import display


class Command(BaseCommand):
    help = (
        "Write every entry that was logged in a month to FILE, as the export of the admin's list does, however many "
        "they are. Changes nothing. FILE is replaced once it is whole."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--month", required=True, type=_month, help="2026-05, at the operator's dock")
        parser.add_argument(
            "--format", choices=("csv", "xlsx", "journal"), default="csv", help="journal: CSV by departure, with hashes"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        month, file, form = options["month"], options["file"], options["format"]
        # Beside it, so that it takes its place at once.
        part = file.with_name(f"{file.name}.part")
        sums = Sums()
        try:
            with ExitStack() as torn:
                torn.callback(part.unlink, missing_ok=True)
                _write(part, month, form, sums)
                part.replace(file)
        except OSError as exc:
            raise CommandError(f"{file} cannot be written: {exc.strerror}") from exc
        except spreadsheets.TooManyRows as exc:
            raise CommandError(str(exc)) from exc
        except StoreError as exc:
            raise CommandError(f"{exc}. Nothing was written to {file}. Run it again.") from exc
        net, tips = (display(cents, settings.SCC_CURRENCY) for cents in (sums.money.net_cents, sums.money.tips_cents))
        self.stdout.write(f"{month}: {sums.entries} entries, net {net}, tips {tips}.")


def _write(part: Path, month: Month, form: str, sums: Sums) -> None:
    with ExitStack() as stack:
        lines = _lines(stack, month, form, sums)
        if form == "xlsx":
            spreadsheets.write_xlsx(lines, stack.enter_context(part.open("wb")), title=str(month))
        else:
            text = stack.enter_context(part.open("w", encoding="utf-8", newline=""))
            text.writelines(spreadsheets.csv_chunks(lines))


def _lines(stack: ExitStack, month: Month, form: str, sums: Sums) -> Iterator[Cells]:
    """Give the lines of the month; they are read, and shown as progress, when they are asked for."""
    tallies = month.tallies()
    if form == "journal":
        slugs = sorted({tally.event_id for tally in tallies})
        shown = stack.enter_context(progress(slugs, doing="Departures"))
        return exports.journal(shown, holds=lambda entry: entry.month == str(month), sums=sums)
    total = sum(tally.entries for tally in tallies)
    entries = Payment.each(index="gsi1", known={"month": str(month)})
    return exports.payments(stack.enter_context(progress(entries, doing="Entries", total=total)), sums=sums)


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except BadMonth as exc:
        raise ArgumentTypeError(str(exc)) from exc
