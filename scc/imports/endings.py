"""How every import ends: its reports, what it says, what to type to go on, its exit status."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from scc.counts import FAILED, SOME_REPORTED, opened
from scc.imports import happenings, reporting
from scc.imports.outcomes import SHOWN, Outcome
from scc.imports.tellings import Tellings, Told

REPORTS = ("report", "guesses", "summary")
AGAIN = "Run it again to go on: what is carried counts as unchanged."


class AgainCommand(BaseCommand):
    """Base of commands that can be stopped and run again."""

    # As it was typed; "" where code called it.
    typed = ""

    def run_from_argv(self, argv: list[str]) -> None:
        self.typed = shlex.join([Path(argv[0]).name, *argv[1:]])
        super().run_from_argv(argv)

    @property
    def again(self) -> str:
        """What to do to go on, for people."""
        return f"{AGAIN} Type: {self.typed}" if self.typed else AGAIN


def add_reports(parser: CommandParser) -> None:
    """Add the options that say where reports go."""
    parser.add_argument("--report", metavar="FILE", type=Path, help="write what was not carried as CSV")
    parser.add_argument("--guesses", metavar="FILE", type=Path, help="write what was guessed as CSV")
    parser.add_argument("--summary", metavar="FILE", type=Path, help="write the counts as JSON")


@contextmanager
def reports(outcome: Outcome, options: Mapping[str, Any]) -> Iterator[None]:
    """Open the files of reports, and write them at the end, however it ends.

    An import whose report cannot be written shall not begin. Raises CommandError.
    """
    _keep_source(options)
    _keep_apart(options)
    with ExitStack() as files:
        report, guesses, summary = (opened(files, options[name]) for name in REPORTS)
        try:
            yield
        finally:
            _write(report, outcome.reports)
            _write(guesses, outcome.guesses)
            if summary is not None:
                summary.write(json.dumps(outcome.counts, indent=2) + "\n")


def _keep_source(options: Mapping[str, Any]) -> None:
    """Raise CommandError when a report would be written over the file that is imported."""
    source = Path(options.get("file") or "")
    for name in REPORTS:
        target = options[name]
        if target is not None and target.exists() and source.exists() and target.samefile(source):
            raise CommandError(f"--{name} {target} is the file that is imported. Name another.", returncode=FAILED)


def _keep_apart(options: Mapping[str, Any]) -> None:
    """Raise CommandError when two reports would be written over each other."""
    named: dict[Path, str] = {}
    for name in REPORTS:
        target = options[name]
        # What is no file, such as a terminal or /dev/null, takes several.
        if target is None or (target.exists() and not target.is_file()):
            continue
        if other := named.setdefault(target.resolve(), f"--{name}").removeprefix(f"--{name}"):
            raise CommandError(f"{other} and --{name} are the same file {target}. Name another.", returncode=FAILED)


def _write(file: IO[str] | None, told: Iterable[Told]) -> None:
    if file is not None:
        reporting.write(file, [reporting.HEADER])
        reporting.write(file, ((each.place, each.text, each.raw) for each in told))


def tell(
    command: BaseCommand, outcome: Outcome, failure: str, *, dry_run: bool, options: Mapping[str, Any] | None = None
) -> None:
    """Say what was not carried, what was guessed, and the counts last, and end as the contract says.

    options: with them, what has a file of its own is said in part. Raises CommandError (1) and SystemExit (3).
    """
    if dry_run:
        happenings.show(command, outcome)
    else:
        _say(command, outcome, options or {})
    command.stdout.write(f"{outcome} (dry run: nothing was written)" if dry_run else str(outcome))
    if failure:
        raise CommandError(failure, returncode=FAILED)
    if outcome.reports:
        raise SystemExit(SOME_REPORTED)


def _say(command: BaseCommand, outcome: Outcome, options: Mapping[str, Any]) -> None:
    in_file = options.get("report")
    for each in islice(outcome.reports, SHOWN if in_file else None):
        command.stderr.write(f"{each.place}: {each.text}", command.style.WARNING)
    _say_rest(command, outcome.reports, in_file)
    for each in islice(outcome.guesses, SHOWN):
        command.stderr.write(f"{each.place}: guessed: {each.text}", str)
    _say_rest(command, outcome.guesses, options.get("guesses") or "--guesses FILE")


def _say_rest(command: BaseCommand, told: Tellings, where: object) -> None:
    if where and len(told) > SHOWN:
        command.stderr.write(f"... and {len(told) - SHOWN:,} more: {where}")
