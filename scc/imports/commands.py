"""What the commands that import a file share: options, progress, and what a run is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import CommandParser

from scc.bars import progress
from scc.dynamo.errors import StoreError
from scc.imports import carrying, columns, kinds, runs
from scc.imports.columns import Reading
from scc.imports.endings import AGAIN, AgainCommand, add_reports, reports, tell
from scc.imports.kinds import Kind
from scc.imports.lines import ImportFailed, Line
from scc.imports.orders import Orders
from scc.imports.outcomes import Outcome
from scc.imports.rows import ImportRun, State
from scc.imports.spools import Spool
from scc.imports.tables import open_table
from scc.stopping import stop_requests
from scc.walks import Stopped

__all__ = ["AGAIN", "AgainCommand", "ImportCommand", "add_reports", "ended", "reading_of", "reports", "tell"]


class ImportCommand(AgainCommand):
    """Base of the commands that import a file. Subclasses name their `kind`."""

    kind: ClassVar[str]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="CSV or XLSX")
        many: dict[str, Any] = {"action": "append", "default": []}
        parser.add_argument("--map", metavar="THEIRS=OURS", help="take a column of the file for ours", **many)
        parser.add_argument("--set", metavar="OURS=VALUE", help="what every line says in a column", **many)
        parser.add_argument("--preset", metavar="NAME", default="", help=self._presets())
        parser.add_argument("--sheet", metavar="NAME", default="", help="of an XLSX; else the first with a header")
        order = parser.add_mutually_exclusive_group()
        day_first: dict[str, Any] = {"action": "store_const", "dest": "day_first", "default": None}
        order.add_argument("--day-first", const=True, help="05/06/2026 is the 5th of June", **day_first)
        order.add_argument("--month-first", const=False, help="05/06/2026 is the 6th of May", **day_first)
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, write nothing")
        parser.add_argument("--strict", action="store_true", help="write nothing when any line is bad")
        add_reports(parser)

    def _presets(self) -> str:
        there = ", ".join(f"{each.name} ({each.label})" for each in kinds.get(self.kind).presets)
        return f"read the export of another system: {there or 'there is none yet'}"

    def handle(self, *args: Any, **options: Any) -> None:
        kind = kinds.get(self.kind)
        outcome = kind.outcome()
        self.orders = Orders(kind.days)
        with reports(outcome, options):
            failure = self._try(kind, outcome, options)
        if said := self.orders.said({True: "Type --day-first", False: "Type --month-first"}):
            self.stderr.write(said, str)
        tell(self, outcome, failure, dry_run=options["dry_run"], options=options)

    def _try(self, kind: Kind, outcome: Outcome, options: Mapping[str, Any]) -> str:
        """Do it, and return why it failed."""
        try:
            self._carry(kind, outcome, options)
        except ImportFailed as exc:
            return str(exc)
        except StoreError as exc:
            return f"{exc}. {self.again}"
        except (Stopped, KeyboardInterrupt):
            return f"Stopped. {self.again}"
        except OSError as exc:
            # The disk is full, or the file went away.
            return f"{options['file']} cannot be read: {exc.strerror or exc}. {self.again}"
        return ""

    def _carry(self, kind: Kind, outcome: Outcome, options: Mapping[str, Any]) -> None:
        path, reading = options["file"], reading_of(options)
        with (
            stop_requests(twice_ends=True) as asked,
            Spool(self._lines(kind, path, reading, asked), group_of=kind.group_of) as spool,
        ):
            if not spool.groups:
                self.stderr.write(f"{path.name}: has no lines below its header", str)
            if options["strict"] and not options["dry_run"]:
                # Of its own, as a kind may remember what it would have added.
                _refuse_any(kinds.get(self.kind), spool, outcome)
            if options["dry_run"]:
                carrying.carry(kind, spool, runs.dry(path.name), outcome, dry_run=True)
                return
            digest = runs.digest_of_file(path, kind.name, reading.as_options())
            run = runs.begin(what=kind.name, source=path.name, digest=digest, options=reading.as_options())
            with ended(run, outcome):
                carrying.carry(kind, spool, runs.of(run), outcome, dry_run=False)

    def _lines(self, kind: Kind, path: Path, reading: Reading, asked: Sequence[int]) -> Iterator[Line]:
        table = open_table(path, known=columns.known(kind, reading), sheet=reading.sheet)
        if table.said:
            # Not red on a terminal, as errors are.
            self.stderr.write(f"{path.name}: {table.said}", str)
        read = columns.reader(kind, table.names, reading)
        with progress(table.lines(), doing="Reading", total=table.size) as lines:
            for line in lines:
                if asked:
                    raise Stopped
                yield self.orders.see(read(line))


def _refuse_any(kind: Kind, spool: Spool, outcome: Outcome) -> None:
    checked = kind.outcome()
    carrying.carry(kind, spool, runs.dry(""), checked, dry_run=True)
    bad = len(checked.reports)
    if bad:
        checked.withdraw()
        outcome.counts, outcome.reports = checked.counts, checked.reports
        raise ImportFailed(
            f"Nothing was written, as {bad:,} of {len(spool):,} lines {'is' if bad == 1 else 'are'} bad."
        )


@contextmanager
def ended(run: ImportRun, outcome: Outcome) -> Iterator[None]:
    """Keep how a run ends: done, stopped or failed; killed, not at all. Until it is done, it is gone on with."""
    try:
        yield
    except (Stopped, KeyboardInterrupt):
        runs.end(run, outcome, state=State.STOPPED)
        raise
    except ImportFailed:
        runs.end(run, outcome, state=State.FAILED)
        raise
    except StoreError:
        # Where the table does not answer at all, nothing can be kept, and the run stays begun.
        with suppress(StoreError):
            runs.end(run, outcome, state=State.FAILED)
        raise
    runs.end(run, outcome)


def reading_of(options: Mapping[str, Any]) -> Reading:
    """Return how the file is to be read. Raises ImportFailed."""
    by_hand, fixed = _pairs(options["map"], "--map"), _pairs(options["set"], "--set")
    return Reading(by_hand, fixed, options["preset"], options["sheet"], options["day_first"])


def _pairs(texts: Iterable[str], option: str) -> dict[str, str]:
    """Return what is left and right of each "=": of --map the last, as a file's column may hold one."""
    pairs: dict[str, str] = {}
    for text in texts:
        left, sign, right = text.rpartition("=") if option == "--map" else text.partition("=")
        if not sign or not left.strip():
            example = '"Guest=patron_name"' if option == "--map" else '"event=2026-05-23"'
            raise ImportFailed(f"{option} takes NAME=VALUE, such as {example}, not {text!r}.")
        if left.strip() in pairs:
            raise ImportFailed(f"{option} names {left.strip()!r} twice.")
        pairs[left.strip()] = right.strip()
    return pairs
