"""Whether texts are as they were published: the snapshots, by their hashes, and the versions that they came from."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache

from scc.dynamo import raw
from scc.dynamo.raw import Unreadable
from scc.dynamo.rows import Row
from scc.dynamo.scans import patiently
from scc.verifying import Fault, is_misfiled
from waivers import imported, kept, texts, wording
from waivers.kept import Kept
from waivers.rows import CurrentText, TextCount, TextSnapshot, TextStatus, WaiverText
from waivers.wording import Text

# In the place of a departure, where a fault is a text's.
TEXTS = "texts"
OPERATOR = "[operator]"

# By version and shard.
Counts = dict[tuple[str, str], int]


def of_record(whose: Kept) -> Iterator[str]:
    """Give what is wrong with the text that a waiver was signed under, as far as it is that waiver's."""
    record, evidence = whose.record, whose.evidence
    if record is None or evidence is None or imported.is_imported(evidence):
        return
    text = known(str(evidence["text"]["sha256"]))
    if text is None:
        yield f"the text that was signed, {record.text_sha256[:12]}, is missing or was changed"
        return
    said = {name: evidence["text"][name] for name in ("document", "language", "version", "consent_version", "clauses")}
    is_so = {name: getattr(text, name) for name in ("document", "language", "version", "consent_version")}
    if said != {**is_so, "clauses": [clause.key for clause in text.clauses]}:
        yield "its evidence says otherwise than the text itself which text was signed"


@lru_cache(maxsize=64)
def known(digest: str) -> Text | None:
    """Return the text with this SHA-256, or None where it is missing or was changed. A GetItem the first time."""
    snapshot = patiently(lambda: raw.fetch(*TextSnapshot.keys_for(sha256=digest)))
    if (
        not isinstance(snapshot, TextSnapshot)
        or kept.lacking(snapshot)
        or not wording.is_intact(snapshot)
        or snapshot.sha256 != digest
    ):
        return None
    return wording.read(snapshot)


def of_snapshots(digests: list[str]) -> Iterator[Fault]:
    """Give what is wrong with each stored text, signed or not. One Query each."""
    for digest in sorted(digests):
        for row in patiently(lambda digest=digest: list(raw.each(f"TEXT#{digest}"))):  # type: ignore[misc]
            for text in _of_snapshot(row, digest):
                yield Fault(TEXTS, digest[:12], text)


def _of_snapshot(row: Row | Unreadable, digest: str) -> Iterator[str]:
    if isinstance(row, Unreadable) or not isinstance(row, TextSnapshot) or kept.lacking(row):
        yield "its item cannot be read"
        return
    if row.sha256 != digest or not wording.is_intact(row):
        yield f"is not as it was published, {row}"
    if row.version != 1 or row.expires_at is not None or is_misfiled(row):
        yield f"was written to, {row}"


# Published versions, and what is shown


def of_published(ulids: list[str]) -> Iterator[Fault]:
    """Give what is wrong with each published version. One Query each."""
    for ulid in sorted(ulids):
        for row in patiently(lambda ulid=ulid: list(raw.each(f"WAIVERTEXT#{ulid}"))):  # type: ignore[misc]
            if isinstance(row, Unreadable) or not isinstance(row, WaiverText):
                yield Fault(TEXTS, ulid, "its item cannot be read")
            elif row.status != TextStatus.DRAFT or row.number:
                yield from (Fault(TEXTS, ulid, f"{text}, {row.text_version}") for text in _of_version(row, ulid))


def _of_version(row: WaiverText, ulid: str) -> Iterator[str]:
    text = known(row.sha256)
    if text is None:
        yield "its words are missing or were changed"
    elif not _is_of(row, text):
        yield "says otherwise than the words that were published"
    if row.ulid != ulid or row.expires_at is not None or is_misfiled(row):
        yield "stands elsewhere than it should"


def _is_of(row: WaiverText, text: Text) -> bool:
    """Say whether `text` is what `row` was published as, whatever the operator was called then."""
    try:
        source = wording.compose(row, number=row.number, consent_version=row.consent_version, operator=OPERATOR).source
    except (wording.BadText, KeyError):
        # No such language, or not of the format.
        return False
    first, *rest = (re.escape(piece) for piece in source.split(OPERATOR))
    named = "".join(f"(?P=operator){piece}" for piece in rest[1:])
    pattern = f"{first}(?P<operator>[^\n]+){rest[0]}{named}" if rest else first
    return row.status == TextStatus.PUBLISHED and re.fullmatch(pattern, text.source) is not None


def of_current() -> Iterator[Fault]:
    """Give what is wrong with the rows that say which texts are shown. One Query."""
    for row in patiently(lambda: list(raw.each("WAIVERTEXT#CURRENT"))):
        if isinstance(row, Unreadable):
            yield Fault(TEXTS, row.sk, "the row that says what is shown cannot be read")
        elif isinstance(row, CurrentText):
            yield from (Fault(TEXTS, row.sk, text) for text in _of_shown(row))


def _of_shown(row: CurrentText) -> Iterator[str]:
    text = known(row.sha256)
    if text is None:
        yield "is shown, and its words are missing or were changed"
        return
    said = (row.document, row.language, row.number, row.consent_version, row.title)
    if said != (text.document, text.language, text.number, text.consent_version, text.title) or is_misfiled(row):
        yield "is shown, and is not the text that it names"
    version = patiently(lambda: raw.fetch(*WaiverText.keys_for(ulid=row.text_id)))
    if (
        not isinstance(version, WaiverText)
        or version.sha256 != row.sha256
        or " ".join(version.consent.split()) != row.consent
    ):
        yield "is shown, and is not the version that it names"
    if not 1 <= row.least <= row.number:
        yield f"counts signatures from version {row.least} on"


# How often each was signed


def counts() -> Counts:
    """Return how often each version was signed, as it is counted. One Query."""
    rows = patiently(lambda: Row.collection("WAIVERTEXT#COUNT"))
    return {(row.text_version, row.shard): row.signed for row in rows if isinstance(row, TextCount)}


def shard_of(slug: str) -> str:
    """Return the shard of a departure's counts, as `texts.count` has it."""
    return f"{zlib.crc32(slug.encode()) % texts.SHARDS:02}"


def of_counts(before: Counts, acts: Mapping[tuple[str, str], int], after: Counts) -> Iterator[Fault]:
    """Give the counts that no number of signatures fits that there was between `before` and `after`."""
    for version, shard in sorted(before.keys() | acts.keys() | after.keys()):
        place = (version, shard)
        low, high, found = before.get(place, 0), after.get(place, 0), acts.get(place, 0)
        if not low <= found <= high:
            yield Fault(TEXTS, version, f"is counted {high} times in its row {shard}, and was signed {found} times")
