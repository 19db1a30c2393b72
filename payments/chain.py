"""The chain of a departure's entries, and what they are called.

Each entry holds the hash of the one before it, so that an entry that is changed, left out or slipped in afterwards
shows. The hash is SHA-256, in hex, over the UTF-8 bytes of a JSON object without spaces, keys sorted, that holds every
attribute of `HASHED`: text as it is stored ("" where there is none), whole numbers as numbers, instants as
`2026-05-23T18:15:00.000Z`; and those of `HASHED_WHERE_SET` that are not "", which came later and are left out of older
entries so. The first entry's `prev_hash` is "".

A reference is made from the entry's place in the chain: numbers are dealt over the whole space by a fixed step, from
a start that the departure's slug gives. Two entries of one departure cannot share one, and no item is spent on it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

from payments.rows import Payment
from scc import chains
from scc.chains import Fault, Link
from scc.dynamo.keys import key_text

# Without the look-alikes 0/O 1/I 2/Z 5/S 8/B, and without vowels, so that it spells nothing.
ALPHABET = "34679CDFGHJKLMNPQRTVWXY"
LENGTH = 6
_SPACE = len(ALPHABET) ** LENGTH
# The golden section of the space, prime to it: neighbours in the chain lie far apart, so a slip of the pen finds none.
_STEP = 91_491_211
_JSON = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))

HASHED = (
    "event_id",
    "ulid",
    "sequence",
    "reference",
    "entry_kind",
    "corrects",
    "patron_id",
    "patron_name",
    "patron_email",
    "amount_cents",
    "tip_cents",
    "currency",
    "method",
    "paid_at",
    "recorded_at",
    "recorded_by",
    "recorded_by_name",
    "received_by",
    "origin",
    "reason",
    "note",
    "external_reference",
    "prev_hash",
)
HASHED_WHERE_SET = (
    *("undoes", "way", "other_event", "other_reference"),
    *("letter_id", "audit_id", "key_digest", "receipt_secret", "import_key"),
)


def reference_of(event_id: str, sequence: int) -> str:
    """Return what the entry at `sequence` (from 1) of the departure is called."""
    start = int.from_bytes(hashlib.sha256(event_id.encode()).digest())
    number = (start + sequence * _STEP) % _SPACE
    letters = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[place])
    return "".join(letters)


def is_reference(text: str) -> bool:
    """Say whether `text` could be what an entry is called."""
    return len(text) == LENGTH and set(text) <= set(ALPHABET)


def hash_of(entry: Payment) -> str:
    """Return the hash that `entry` must carry; see the module."""
    # Past the attributes' descriptors, which would take longer than all else here.
    values = entry.attribute_values
    where_set = {name: value for name in HASHED_WHERE_SET if (value := values.get(name))}
    return digest_of({name: values.get(name) for name in HASHED} | where_set)


def digest_of(values: Mapping[str, object]) -> str:
    """Return the hash of `values`, by name, as the module says."""
    facts = {name: _fact(value) for name, value in values.items()}
    return hashlib.sha256(_JSON.encode(facts).encode()).hexdigest()


def _fact(value: object) -> str | int:
    if value is None:
        return ""
    return value if isinstance(value, int) else key_text(value)


def link(entry: Payment, *, after: str, sequence: int) -> Payment:
    """Put `entry` behind the one whose hash is `after`, and name it. Returns it."""
    entry.sequence = sequence
    entry.reference = reference_of(entry.event_id, sequence)
    entry.prev_hash = after
    entry.hash = hash_of(entry)
    return entry


def link_of(entry: Payment) -> Link:
    """Return what is kept of `entry` to verify the chain."""
    return Link(entry.sequence, entry.reference, entry.prev_hash, entry.hash, faults_of(entry))


def faults_of(entry: Payment) -> tuple[str, ...]:
    """Return what is wrong with `entry` by itself, whatever its neighbours."""
    changed = ("was changed",) if entry.hash != hash_of(entry) else ()
    is_named = entry.reference == reference_of(entry.event_id, entry.sequence)
    return changed if is_named else (*changed, "is called by another's reference")


def verify_chain(entries: Iterable[Payment], *, head: str | None = None, count: int | None = None) -> list[Fault]:
    """Return the faults of one departure's chain, in its order; an empty list is a sound chain.

    head, count: what the departure's own row says of the last entry's hash and of how many there are.
    """
    return verify_links(map(link_of, entries), head=head, count=count)


def verify_links(links: Iterable[Link], *, head: str | None = None, count: int | None = None) -> list[Fault]:
    """Return what `verify_chain` does, of what was kept of the entries."""
    return chains.verify_links(links, head=head, count=count, called=("entry", "entries"))
