"""A run from the source to the table: everything is read before anything is written, then carried over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from events import rows
from scc.bars import progress
from scc.imports import runs
from scc.imports.commands import ended
from scc.imports.lines import Line
from scc.imports.spools import Spool
from scc.legacy import carrying, items
from scc.legacy.carrying import Backfill, LegacyOutcome
from scc.legacy.departures import FEW, Defaults
from scc.legacy.sources import Source
from scc.stopping import stop_requests
from scc.walks import Stopped

WHAT = "legacy"
NOON = "12:00"
# What the boat is called that nothing names. It can be renamed.
UNNAMED = "Main vessel"


@dataclass(frozen=True)
class Wishes:
    """What the operator says of what items do not say; "" and 0 for what they leave to us."""

    vessel: str = ""
    starts_at: str = ""
    capacity: int = 0


def carry(source: Source, wishes: Wishes, outcome: LegacyOutcome, *, dry_run: bool) -> None:
    """Carry over what `source` holds. Raises ImportFailed, Stopped, and what the store raises."""
    with stop_requests(twice_ends=True) as asked, Spool(_lines(source, asked), group_of=items.slug_of) as spool:
        defaults = settled(wishes, spool)
        if dry_run:
            Backfill(spool, runs.dry(source.name), defaults, outcome, dry_run=True).carry()
            return
        digest = runs.digest_of_bytes(source.digest, WHAT, asdict(wishes))
        row = runs.begin(what=WHAT, source=source.name, digest=digest, options=asdict(defaults))
        # A run that is gone on with takes for granted what it took when it began.
        taken = Defaults(**json.loads(row.options))
        with ended(row, outcome):
            Backfill(spool, runs.of(row), taken, outcome, dry_run=False).carry()


def settled(wishes: Wishes, spool: Spool) -> Defaults:
    """Return what is taken for granted: as is wished, else by the vessels that there are and by what items say."""
    vessels = rows.Vessel.listing(index="gsi2", known={}).rows
    only = vessels[0] if len(vessels) == 1 else None
    vessel = wishes.vessel or (only.name if only else UNNAMED)
    named = next((each for each in vessels if each.name == vessel), None)
    capacity = wishes.capacity or (named.capacity if named else carrying.largest_capacity(spool)) or FEW
    return Defaults(vessel, wishes.starts_at or NOON, capacity)


def _lines(source: Source, asked: Sequence[int]) -> Iterator[Line]:
    with progress(source.items(), doing="Reading", total=source.about) as found:
        for each in found:
            if asked:
                raise Stopped
            yield Line(each.number, each.raw, named=each.place)
