"""Imported waivers on their way into a departure: as many in one transaction as it takes.

Of each the box is sealed first, under a key of its own: what is not stored then leaves a key that opens nothing. Each
transaction expects the departure's chain to end where it was read, as a guest who signs does, so that the site may be
up meanwhile. The links stand in the order of the file, wherever a run was killed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from events import turns
from events.drafts import edited
from events.rows import Event
from scc.dynamo.units import MOST_WRITES, Unit
from scc.imports.runs import Run
from waivers import documents
from waivers.importing.drafts import Draft, draft
from waivers.importing.plans import Fate
from waivers.parts import chain
from waivers.rows import Role

# A transaction takes 4 MB.
MOST_BYTES = 3_000_000
# Of keys, each a PutObject that waits for S3: with those of the other departure no more than a client has connections.
AT_ONCE = 5
PATIENCE = 12.0


@dataclass
class Writer:
    """Stores waivers of one departure. `sealed` are boxes by their waiver: what is tried again keeps its own."""

    run: Run
    sealed: dict[str, tuple[str, bytes, str]] = field(default_factory=dict)

    def write(self, event: Event, fates: Sequence[Fate]) -> Event:
        """Store the waivers of `fates` for `event`, as it was read, and return it as it is then.

        A PutObject for each, then one TransactWriteItems. Raises Conflict when anything was written meanwhile, and what
        else `Unit.commit` raises.
        """
        drafts = [draft(fate, event, self.run) for fate in fates]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for each, (box, key_id) in zip(drafts, pool.map(self._seal, drafts), strict=True):
                each.record.sealed, each.record.key_id = box, key_id
        chain([each.record for each in drafts], event)
        unit = Unit()
        for each in drafts:
            unit.put(each.line)
            unit.put(each.record)
            if each.place is not None:
                unit.put(each.place)
        signed = sum(each.line.role == Role.GUEST for each in drafts)
        head, last = Event.waiver_head, drafts[-1].record.chain_sha256
        unit.update(
            event,
            set={"waiver_head": last},
            add={"waiver_count": len(drafts), "signed": signed},
            expect=head == event.waiver_head if event.waiver_head else head.does_not_exist(),
        )
        with turns.taken(event.slug, patience=PATIENCE):
            unit.commit()
        return edited(event, {"waiver_head": last, "waiver_count": event.waiver_count + len(drafts)})

    def _seal(self, each: Draft) -> tuple[bytes, str]:
        ulid = each.record.ulid
        private, box, key_id = self.sealed.get(ulid, ("", b"", ""))
        if private != each.private:
            box, key_id = documents.seal_record(ulid, each.private)
            self.sealed[ulid] = (each.private, box, key_id)
        return box, key_id


def cuts(fates: Sequence[Fate]) -> Iterator[list[Fate]]:
    """Give the lines that go into one transaction, all cuts in the order of the file."""
    cut: list[Fate] = []
    writes, size = 1, 0
    for fate in fates:
        more = 3 if fate.claim.born_on else 2
        if cut and (writes + more > MOST_WRITES or size + fate.claim.size > MOST_BYTES):
            yield cut
            cut, writes, size = [], 1, 0
        cut.append(fate)
        writes, size = writes + more, size + fate.claim.size
    if cut:
        yield cut
