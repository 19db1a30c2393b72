"""What is written with an entry, in its transaction: audit entry, letter, its request's key, the other's reference.

Each entry names them; older ones name none, and then there is nothing to look for. What one request wrote is a posting,
known by its audit entry; its key answers with one of its entries, the leading one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import NamedTuple

from payments.rows import Key, Payment, Reference, Way
from scc.dynamo.keys import template
from scc.dynamo.rows import Row
from scc.dynamo.scans import patiently
from scc.mail.rows import Letter
from scc.staff.rows import AuditEntry

# Entries at a time; each names four items at most.
BATCH = 50
KEYS_AT_ONCE = 100

Found = dict[tuple[str, str], Row]


class Told(NamedTuple):
    """What is wrong with what an entry names."""

    reference: str
    text: str


class _Follower(NamedTuple):
    """An entry that is not the one that its key answers with."""

    reference: str
    audit_id: str
    leader_id: str


class Companions:
    """Looks for what the entries of one departure name, some of them at a time. `end` must come last."""

    def __init__(self) -> None:
        self.faults: list[Told] = []
        self._followers: list[_Follower] = []

    def look(self, entries: list[Payment]) -> None:
        """Look for what `entries` name. One BatchGetItem a hundred items."""
        for start in range(0, len(entries), BATCH):
            batch = entries[start : start + BATCH]
            places = {place for entry in batch for place in _places(entry).values() if place}
            found: Found = dict(Row.fetch_many(places, only=("entry_id", "answer")))
            for entry in batch:
                self.faults += [Told(entry.reference, text) for text in self._faults(entry, found)]

    def end(self) -> list[Told]:
        """Look for what was left open, and return all faults."""
        for start in range(0, len(self._followers), BATCH):
            batch = self._followers[start : start + BATCH]
            places = {follower: place_of(Payment, follower.leader_id) for follower in batch}
            found: Found = dict(Row.fetch_many([place for place in places.values() if place], only=("audit_id",)))
            for follower, place in places.items():
                self.faults += _faults_of_leader(follower, found.get(place) if place else None)
        self._followers.clear()
        return self.faults

    def _faults(self, entry: Payment, found: Found) -> Iterator[str]:
        for what, place in _places(entry).items():
            row = found.get(place) if place else None
            if row is None:
                yield f"its {what} is missing"
            elif row.expires_at is not None:
                yield f"its {what} is marked to expire"
            elif isinstance(row, Key):
                yield from self._faults_of_key(entry, row)

    def _faults_of_key(self, entry: Payment, key: Key) -> Iterator[str]:
        if key.entry_id != entry.id:
            self._followers.append(_Follower(entry.reference, entry.audit_id, str(key.entry_id)))
        elif _answered_hash(key) != entry.hash:
            yield "its request's key answers with another entry"


def _places(entry: Payment) -> dict[str, tuple[str, str] | None]:
    """Return where the items are that `entry` names, None for a name that is none, by what they are called."""
    places: dict[str, tuple[str, str] | None] = {}
    if entry.audit_id:
        places["audit entry"] = place_of(AuditEntry, entry.audit_id)
        # They came with the ids of what is written with an entry.
        if entry.external_reference:
            note = Reference.of(entry).stamp()
            places["note of the other side's reference"] = note.pk, note.sk
    if entry.letter_id:
        places["letter"] = place_of(Letter, entry.letter_id)
    if entry.key_digest:
        # A transfer is asked of the departure that it leaves.
        scope = entry.other_event if entry.way == Way.IN else entry.event_id
        places["request's key"] = Key.keys_for(scope=scope, digest=entry.key_digest)
    return places


def _faults_of_leader(follower: _Follower, leader: Row | None) -> Iterator[Told]:
    if not isinstance(leader, Payment):
        yield Told(follower.reference, f"its request's key answers with {follower.leader_id}, which is missing")
    elif leader.audit_id != follower.audit_id:
        yield Told(follower.reference, f"shares its request's key with {follower.leader_id}, of another request")


def _answered_hash(key: Key) -> str:
    """Return the hash of the entry that `key` answers with, "" where that cannot be told."""
    try:
        return str(json.loads(key.answer)["entry"]["hash"]["S"])
    except (ValueError, KeyError, TypeError):
        return ""


def place_of(kind: type[Row], id: str) -> tuple[str, str] | None:
    """Return where the row of this id is, or None when it is no id of `kind`."""
    known = template(kind.ID).parse(id)
    return kind.keys_for(**known) if known else None


def orphans(keys: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Give those of `keys` whose entry is gone: sent again, the request would be answered with what is not there.

    keys: the partition of each key, and its entry's id. One BatchGetItem a hundred. Raises StoreUnavailable.
    """
    keys = iter(keys)
    while batch := dict(islice(keys, KEYS_AT_ONCE)):
        places = {partition: place_of(Payment, entry_id) for partition, entry_id in batch.items()}
        wanted = [place for place in places.values() if place]
        found = patiently(partial(Payment.fetch_many, wanted, only=()))
        yield from ((partition, batch[partition]) for partition, place in places.items() if place not in found)
