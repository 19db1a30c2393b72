"""The texts that signers are shown and sign.

A text is one version of a document in one language: waiver-en-1. It is drafted and published by `waivers.publishing`,
written as `waivers.wording` says, and stored under its SHA-256 for good when it is published. A page is rendered from
that snapshot, and a process keeps snapshots for good, as they cannot change. Which of them are shown is
`waivers.boards`'.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable

from django.utils.crypto import constant_time_compare, salted_hmac

from events.rows import Event
from scc.dynamo.units import Unit
from waivers import boards, shipped_texts, wording
from waivers.languages import DEFAULT
from waivers.rows import Role, TextCount, TextSnapshot
from waivers.wording import Text as Text

# Rows among which the signatures of a version are counted.
SHARDS = 16

_SHA256 = re.compile(r"[0-9a-f]{64}")
# 128 bits, in hexadecimal.
_PROOF_LENGTH = 32

# By SHA-256: what this process knows the table to hold.
_snapshots: dict[str, Text] = {}


def forget() -> None:
    """Forget what is remembered of the table, as after it was made anew."""
    _snapshots.clear()
    boards.forget()


def remember(text: Text) -> None:
    """Take note that the table holds `text`."""
    if text.sha256 not in _snapshots:
        _snapshots[text.sha256] = text
        boards.forget()


def known(digest: str) -> Text | None:
    """Return the published text with this SHA-256 if the process has it in memory. No request."""
    return _snapshots.get(digest)


def of(digest: str) -> Text | None:
    """Return the published text with this SHA-256, or None. One GetItem unless the process has it in memory."""
    known = _snapshots.get(digest)
    if known is not None or not _SHA256.fullmatch(digest):
        return known
    if digest in {row.sha256 for row in boards.get().current.values()}:
        return _texts([digest]).get(digest)
    snapshot = TextSnapshot.fetch(sha256=digest)
    return keep(snapshot) if snapshot is not None else None


def current(language: str = DEFAULT, document: str = shipped_texts.DOCUMENT) -> Text:
    """Return the text of `document` that signers are shown now. As many requests as `shown`.

    Raises LookupError when the document is not published in this language.
    """
    row = boards.get().current.get((document, language))
    text = of(row.sha256) if row is not None else None
    if text is None:
        raise LookupError(f"{document} is not published in {language!r}")
    return text


def shown(event: Event) -> dict[Role, dict[str, Text]]:
    """Return what the page of `event` shows: for each role, its text in each language.

    No request where memory has it; at most one Query and one BatchGetItem where it is empty or over a minute old.
    """
    board = boards.get()
    rows = {role: board.languages_of(board.document_for(event, role)) for role in Role}
    known = _texts(row.sha256 for of_role in rows.values() for row in of_role.values())
    return {role: {language: known[row.sha256] for language, row in of_role.items()} for role, of_role in rows.items()}


def accepted(event: Event, role: str, ticket: str) -> Text | None:
    """Return the text that `ticket` names, if a signature of `role` for `event` may be under it; None otherwise.

    ticket: the text's SHA-256, or what `ticket` returns. The text must be of the document that is chosen for the
    departure and role; a ticket proves that its page did show the text, so that one which was kept on a phone while
    another was chosen still holds. No text holds once publishing made everyone sign again.
    """
    digest, _, proof = ticket.partition(".")
    text = of(digest)
    if text is not None and (text.document, text.language) not in boards.get().current:
        # Another process has published a first version within this minute.
        boards.forget()
    if text is None or not still_counts(text.version):
        return None
    is_chosen = text.document == boards.get().document_for(event, role)
    return text if is_chosen or _was_shown(event, role, digest, proof) else None


def ticket(event: Event, role: str, text: Text) -> str:
    """Return what a page sends to say that it showed `text` for `event` to those who come as `role`, "" for all."""
    return f"{text.sha256}.{_proof(event, role, text.sha256)}"


def _was_shown(event: Event, role: str, digest: str, proof: str) -> bool:
    return any(constant_time_compare(proof, _proof(event, to, digest)) for to in (role, ""))


def _proof(event: Event, role: str, digest: str) -> str:
    shown = f"{event.slug}|{role}|{digest}"
    return salted_hmac("waivers.texts.ticket", shown, algorithm="sha256").hexdigest()[:_PROOF_LENGTH]


def still_counts(version: str) -> bool:
    """Say whether signatures under `version` (waiver-en-1) count, or everyone must sign anew. As many requests as
    `boards.get`."""
    document, language, number = version.rsplit("-", 2)
    row = boards.get().current.get((document, language))
    return row is not None and int(number) >= row.least


def add_missing(unit: Unit, text: Text) -> None:
    """Add to `unit` what the table lacks of `text`: nothing, unless it is one that ships and nobody signed it yet.

    When somebody else was first, the unit's commit raises Conflict: `forget`, and ask again. Once it is committed,
    call `remember`.
    """
    if text.sha256 in _snapshots:
        return
    if boards.get().is_unpublished and text.sha256 in shipped_texts.every():
        from waivers import publishing

        publishing.add_shipped(unit)
    elif of(text.sha256) is None:
        unit.put(wording.snapshot_of(text))


def count(unit: Unit, text: Text, event: Event) -> None:
    """Count a signature under `text` in `unit`, which signs for `event`. One write, and often none of its own.

    The count of a version is spread, so that signers of two departures seldom write the same row at the same moment.
    """
    shard = zlib.crc32(event.slug.encode()) % SHARDS
    unit.count(TextCount(text_version=text.version, shard=f"{shard:02}"), add={"signed": 1})


def _texts(digests: Iterable[str]) -> dict[str, Text]:
    """Return the texts that are current under `digests`. One BatchGetItem for those that memory lacks."""
    shipped = shipped_texts.every()
    known = {digest: _snapshots.get(digest) or shipped.get(digest) for digest in digests}
    missing = [TextSnapshot.keys_for(sha256=digest) for digest, text in known.items() if text is None]
    for snapshot in TextSnapshot.fetch_many(missing).values() if missing else ():
        known[snapshot.sha256] = keep(snapshot)
    lost = [digest for digest, text in known.items() if text is None]
    if lost:
        raise LookupError(f"current texts have no snapshots: {', '.join(lost)}")
    return {digest: text for digest, text in known.items() if text is not None}


def keep(snapshot: TextSnapshot) -> Text:
    """Return the text of a snapshot that was read, which is remembered from now on."""
    return _snapshots.setdefault(snapshot.sha256, wording.read(snapshot))
