"""A restore: an export into an empty table, and the bucket beside it.

Items are put as they lie, in the place of whatever is there, so that writing them again changes nothing: a restore that
was killed is begun again and ends the same. The table's own row says which export it is being filled from; no other
gets in, and none once it is whole. What had expired when it began is passed over: DynamoDB may take it at any moment.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import BinaryIO

from django.utils import timezone

from scc.copies import erased as erasures
from scc.copies import media
from scc.copies.checking import lines_of
from scc.copies.erased import Erased
from scc.copies.exporting import READERS, THREADS, WRITERS, object_of
from scc.copies.kinds import EXPIRED, LEFT_OUT, SHIPPED, has_expired, kind_of
from scc.copies.manifests import ITEMS, KEYS, File, Manifest, fetched
from scc.copies.places import Place
from scc.copies.rows import Restore, State
from scc.copies.tallies import Tally, joined
from scc.dynamo import items
from scc.dynamo.items import MOST_AT_ONCE, Item
from scc.dynamo.units import Unit
from scc.sealing import keys, masters
from scc.staff import audit
from scc.staff.actors import SYSTEM
from scc.walks import in_threads

# Of the table, when it is compared.
SEGMENTS = 8
# A table that is not empty has so many items, at least, when it is refused.
MOST_COUNTED = 1000


class NotEmpty(Exception):
    """The table is no place for this export; says what is in it, and what to do."""


class NotEqual(Exception):
    """What is in the table is not what was written; says of which kinds."""


@dataclass
class Job:
    """What is restored, from where, and what became of it. tallies: of what was written."""

    place: Place
    manifest: Manifest
    erased: Erased
    row: Restore
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    reports: list[str] = field(default_factory=list)

    def count(self, kind: str, what: str, amount: int = 1) -> None:
        self.counts.setdefault(kind, Counter())[what] += amount


# Whether there is room


def unfinished(manifest: Manifest, erased: Erased) -> Restore | None:
    """Return the row of the same restore that was begun in this table, None where the table is empty.

    Raises NotEmpty, StoreUnavailable.
    """
    row = Restore.fetch()
    if row is None:
        _refuse_any()
        return None
    if row.manifest != manifest.digest:
        raise NotEmpty(f"The table is being filled, or was, from another export: {row.export}. Name a new one.")
    if row.state == State.DONE:
        raise NotEmpty("This table was restored from this export already.")
    if row.erased != _digest_of(erased):
        raise NotEmpty("This restore was begun with another list of who was erased. Give the same one again.")
    return row


def _refuse_any() -> None:
    kinds = (kind for kind in map(kind_of, _all()) if kind not in LEFT_OUT | SHIPPED)
    found = Counter(islice(kinds, MOST_COUNTED))
    if found:
        said = ", ".join(f"{count} {kind}" for kind, count in found.most_common())
        raise NotEmpty(
            f"The table is not empty: {said}. Name a new one, as `manage.py tables` makes it; its users come along."
        )


def _digest_of(erased: Erased) -> str:
    return hashlib.sha256("".join(erased.lines()).encode()).hexdigest()


def _all() -> Iterator[Item]:
    return items.in_segment(0, 1)


def bucket_lives() -> bool:
    """Say whether the bucket has keys of waivers, and so tells who was erased. Raises StoreUnavailable."""
    return any(not name.startswith(media.NAMED) for name in media.names(keys.FOLDER))


def without_key(sealed: Mapping[str, str]) -> set[str]:
    """Return the waivers whose key the bucket has no more. sealed: the id of the key of each."""
    there = set(media.names(keys.FOLDER))
    return {ulid for ulid, key_id in sealed.items() if keys.FOLDER + key_id not in there}


# Restoring


def new(manifest: Manifest, erased: Erased, *, brings_keys: bool) -> Restore:
    """Return the row of a restore that is to begin. erased: as it was given."""
    return Restore(
        manifest=manifest.digest,
        export=manifest.id,
        erased=_digest_of(erased),
        brings_keys=brings_keys,
        began_at=timezone.now(),
    )


def begin(row: Restore) -> None:
    """Mark the table as one that is being filled. Raises what `Unit.commit` raises."""
    unit = Unit()
    unit.put(row)
    unit.commit()


def run(job: Job) -> None:
    """Do all that is left of `job`, whose row is stored.

    Raises Stopped, NotAnExport, PlaceFailed, NotEqual, StoreUnavailable, OutcomeUnknown.
    """
    if job.row.state == State.CLEARING:
        items.take_out([(item["pk"]["S"], item["sk"]["S"]) for item in _all() if kind_of(item) in SHIPPED])
        _reach(job, State.WRITING)
    if job.row.state == State.WRITING:
        _bring_objects(job)
        _write_items(job)
        _compare(job)
        _reach(job, State.ERASING)
    elif job.row.counts:
        # What was written before it was cut off.
        job.counts.update({kind: Counter(counts) for kind, counts in json.loads(job.row.counts).items()})
    _erase(job)
    _end(job)


def _reach(job: Job, state: State) -> None:
    unit = Unit()
    sets = {"state": state.value, "counts": json.dumps(job.counts)}
    unit.update(job.row, set=sets, expect=Restore.state == job.row.state)
    unit.commit()
    job.row.state = state.value


def _bring_objects(job: Job) -> None:
    wanted = brought(job.manifest, job.erased, keys=bool(job.row.brings_keys))
    for name, what in in_threads(partial(_bring, job.place), wanted, threads=THREADS, doing="Files"):
        job.count("files", what)
        if what == "reported":
            job.reports.append(f"{name}: another one lies in the bucket, and stays.")
    # What this process had of keys is of before.
    keys.named.cache_clear()
    masters.forget()


def brought(manifest: Manifest, erased: Erased, *, keys: bool) -> list[File]:
    """Return the files that become objects of the bucket. keys: whether keys are brought, too."""
    named = [(file, object_of(file.name)) for file in manifest.files.values()]
    return [
        file for file, name in named if name and not erased.holds_object(name) and (keys or not name.startswith(KEYS))
    ]


def _bring(place: Place, file: File) -> tuple[str, str]:
    with fetched(place, file) as copy:
        return file.name, media.bring(object_of(file.name), copy)


def _write_items(job: Job) -> None:
    wanted = [file for file in job.manifest.files.values() if file.name.startswith(ITEMS)]
    act = partial(_write, job)
    for tallies, counts in in_threads(act, wanted, threads=WRITERS, doing="Items", size=lambda file: file.count):
        job.tallies = joined([job.tallies, tallies])
        for what, count in counts.items():
            job.count("items", what, count)


def _write(job: Job, file: File) -> tuple[dict[str, Tally], Counter[str]]:
    """Put the items of a file. Returns the tallies of those that were put, and how many were put and how many not."""
    tallies: dict[str, Tally] = {}
    counts = Counter({"kept away": 0, "carried": 0})
    with fetched(job.place, file) as copy:
        lines = _to_write(job, copy, counts)
        while batch := list(islice(lines, MOST_AT_ONCE)):
            items.put([item for _, item in batch])
            for line, item in batch:
                tallies.setdefault(kind_of(item), Tally()).take(line)
    return tallies, counts


def _to_write(job: Job, copy: BinaryIO, counts: Counter[str]) -> Iterator[tuple[bytes, Item]]:
    for line, item in lines_of(copy):
        why_not = "kept away" if job.erased.holds(item) else EXPIRED if _has_expired(job, item) else ""
        counts[why_not or "carried"] += 1
        if not why_not:
            yield line, item


def _has_expired(job: Job, item: Item) -> bool:
    return has_expired(item, at=job.row.began_at.timestamp())


def _compare(job: Job) -> None:
    """Read the table again, and compare each kind with what was written. Raises NotEqual."""
    there = joined(in_threads(partial(_tallies, job), range(SEGMENTS), threads=READERS, doing="Comparing"))
    kinds = sorted(there.keys() | job.tallies.keys())
    other = [kind for kind in kinds if there.get(kind, Tally()) != job.tallies.get(kind, Tally())]
    if other:
        raise NotEqual(f"The table is not as the export: {', '.join(other)}. Somebody else writes to it.")


def _tallies(job: Job, segment: int) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    for item in items.in_segment(segment, SEGMENTS):
        if kind_of(item) not in LEFT_OUT and not _has_expired(job, item):
            tallies.setdefault(kind_of(item), Tally()).take(items.text_of(item).encode())
    return tallies


def _erase(job: Job) -> None:
    """Erase who was erased since the export."""
    todo: list[tuple[Callable[[str], str], str]] = [(erasures.erase_waiver, id) for id in sorted(job.erased.waivers)]
    todo += [(erasures.erase_party, id) for id in sorted(job.erased.parties)]
    for id, what in in_threads(_erase_one, todo, threads=1, doing="Erasing"):
        known = what in {"erased", "unchanged"}
        job.count("erasures", what if known else "reported")
        if not known:
            job.reports.append(f"{id}: {what}")


def _erase_one(task: tuple[Callable[[str], str], str]) -> tuple[str, str]:
    erase, id = task
    return id, erase(id)


def _end(job: Job) -> None:
    unit = Unit()
    counts = json.dumps(job.counts)
    unit.update(job.row, set={"state": State.DONE.value, "ended_at": timezone.now(), "counts": counts})
    carried = job.counts.get("items", Counter())["carried"]
    said = f"Restored {carried} items from export {job.manifest.id} of {job.manifest.ended_at}."
    audit.record(unit, by=SYSTEM, action="restored", of=job.row, summary=said)
    unit.commit()
