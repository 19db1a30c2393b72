"""What the commands that import a file share: options, progress, reports, and how they end."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scc.counts import FAILED, SOME_REPORTED, opened
from scc.dynamo.errors import StoreError
from scc.imports import carrying, kinds, runs
from scc.imports.columns import Reading, reader
from scc.imports.kinds import Kind
from scc.imports.lines import ImportFailed
from scc.imports.outcomes import Outcome, Told
from scc.imports.rows import ImportRun, State
from scc.imports.spools import Spool
from scc.imports.tables import open_table
from scc.walks import Stopped

AGAIN = "Type the same again to go on: what is carried counts as unchanged."


class ImportCommand(BaseCommand):
    """Base of the commands that import a file. Subclasses name their `kind`."""

    kind: ClassVar[str]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="CSV or XLSX")
        many: dict[str, Any] = {"action": "append", "default": []}
        parser.add_argument("--map", metavar="THEIRS=OURS", help="take a column of the file for ours", **many)
        parser.add_argument("--set", metavar="OURS=VALUE", help="what every line says in a column", **many)
        parser.add_argument("--preset", default="", help="read the export of another system")
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, write nothing")
        parser.add_argument("--strict", action="store_true", help="write nothing when any line is bad")
        add_reports(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        kind = kinds.get(self.kind)
        outcome = kind.outcome()
        with reports(outcome, options):
            failure = self._try(kind, outcome, options)
        tell(self, outcome, failure, dry_run=options["dry_run"])

    def _try(self, kind: Kind, outcome: Outcome, options: Mapping[str, Any]) -> str:
        """Do it, and return why it failed."""
        try:
            self._carry(kind, outcome, options)
        except ImportFailed as exc:
            return str(exc)
        except StoreError as exc:
            return f"{exc}. {AGAIN}"
        except (Stopped, KeyboardInterrupt):
            return f"Stopped. {AGAIN}"
        return ""

    def _carry(self, kind: Kind, outcome: Outcome, options: Mapping[str, Any]) -> None:
        path, reading = options["file"], reading_of(options)
        table = open_table(path)
        if table.said:
            self.stderr.write(f"{path.name}: {table.said}")
        read = reader(kind, table.names, reading)
        with Spool(map(read, table.lines()), group_of=kind.group_of) as spool:
            if options["strict"]:
                _refuse_any(kind, spool, outcome)
            if options["dry_run"]:
                carrying.carry(kind, spool, runs.dry(path.name), outcome, dry_run=True)
                return
            digest = runs.digest_of_file(path, kind.name, reading.as_options())
            run = runs.begin(what=kind.name, source=path.name, digest=digest, options=reading.as_options())
            with ended(run, outcome):
                carrying.carry(kind, spool, runs.of(run), outcome, dry_run=False)


def _refuse_any(kind: Kind, spool: Spool, outcome: Outcome) -> None:
    checked = kind.outcome()
    carrying.carry(kind, spool, runs.dry(""), checked, dry_run=True)
    if checked.reports:
        outcome.counts, outcome.reports = checked.counts, checked.reports
        raise ImportFailed(f"Nothing was written, as {len(checked.reports)} lines are bad.")


@contextmanager
def ended(run: ImportRun, outcome: Outcome) -> Iterator[None]:
    """Keep how a run ends: done, stopped, failed, or not at all, and then it is gone on with."""
    try:
        yield
    except (Stopped, KeyboardInterrupt):
        runs.end(run, outcome, state=State.STOPPED)
        raise
    except ImportFailed:
        runs.end(run, outcome, state=State.FAILED)
        raise
    runs.end(run, outcome)


def reading_of(options: Mapping[str, Any]) -> Reading:
    """Return how the file is to be read. Raises ImportFailed."""
    return Reading(_pairs(options["map"], "--map"), _pairs(options["set"], "--set"), options["preset"])


def _pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        left, sign, right = text.partition("=")
        if not sign or not left.strip():
            raise ImportFailed(f'{option} takes NAME=VALUE, such as "Guest=patron_name", not {text!r}.')
        pairs[left.strip()] = right.strip()
    return pairs


# How every import ends


def add_reports(parser: CommandParser) -> None:
    """Add the options that say where reports go."""
    parser.add_argument("--report", metavar="FILE", type=Path, help="write what was not carried as CSV")
    parser.add_argument("--guesses", metavar="FILE", type=Path, help="write what was guessed as CSV")
    parser.add_argument("--summary", metavar="FILE", type=Path, help="write the counts as JSON")


@contextmanager
def reports(outcome: Outcome, options: Mapping[str, Any]) -> Iterator[None]:
    """Open the files of reports, and write them at the end. An import whose report cannot be written shall not begin.

    Raises CommandError.
    """
    with ExitStack() as files:
        report, guesses, summary = (opened(files, options[name]) for name in ("report", "guesses", "summary"))
        yield
        _write(report, outcome.reports)
        _write(guesses, outcome.guesses)
        if summary is not None:
            summary.write(json.dumps(outcome.counts, indent=2) + "\n")


def _write(file: IO[str] | None, told: Iterable[Told]) -> None:
    if file is not None:
        writer = csv.writer(file)
        writer.writerow(("place", "reason", "raw"))
        writer.writerows((each.place, each.text, each.raw) for each in told)


def tell(command: BaseCommand, outcome: Outcome, failure: str, *, dry_run: bool) -> None:
    """Say what was not carried, what was guessed, and the counts last, and end as the contract says.

    Raises CommandError (1) and SystemExit (3).
    """
    for each in outcome.reports:
        command.stderr.write(f"{each.place}: {each.text}", command.style.WARNING)
    for each in outcome.guesses:
        command.stderr.write(f"{each.place}: guessed: {each.text}")
    command.stdout.write(f"{outcome} (dry run: nothing was written)" if dry_run else str(outcome))
    if failure:
        raise CommandError(failure, returncode=FAILED)
    if outcome.reports:
        raise SystemExit(SOME_REPORTED)
