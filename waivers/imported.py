"""Waivers that were signed elsewhere and imported: what is stored of one, and what that makes of its line.

Such a waiver counts as signed on its departure. It is a link of the departure's chain like any other, so that nobody
changes it unseen from then on; but nothing shows which text was signed, nor by which acts. Hence it covers no other
departure, and is marked wherever it is seen. See docs/adr/0024-imported-waivers.md.

Its numbers follow from the line that it came from, under a key that lies in the bucket: the same line imported twice is
the same waiver, and a number tells nothing of who signed once it is erased.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from ulid import ULID

from events.rows import Event
from events.slugs import parse
from scc.dynamo.folding import fold
from scc.sealing import keys
from waivers import documents
from waivers.canonical import canonical
from waivers.rows import Channel, Matched, Method, Validity, Verified, WaiverRecord

SCHEMA = "import-1"
# In the place of a text's version and document.
VERSION = "imported"
STRENGTH = (
    "Signed in another system and imported from its data. Nothing here shows which text was signed, nor by which "
    "acts: it is not evidence of the strength of a waiver that was signed here."
)
# What a signer's place says of the text: it is none, and so covers its own departure alone.
OF_TEXT: Mapping[str, Any] = {
    "document": VERSION,
    "text_version": VERSION,
    "text_number": 0,
    "validity": Validity.EVENT.value,
}
KEY = "imports"
_SALT_LETTERS = 32
_MARK_LETTERS = 32


def id_of(slug: str, key: Sequence[str]) -> str:
    """Return the number of the waiver that the line with this key says for the departure `slug`.

    A GetObject the first time in a process. Raises StoreUnavailable.
    """
    day = datetime.combine(parse(slug).date, time(), UTC)
    return str(ULID(ULID.from_datetime(day).bytes[:6] + bytes.fromhex(_keyed("id", slug, *key))[:10]))


def says(said: Mapping[str, str]) -> str:
    """Return what stands in the evidence for all that a line says: whether another says the same, and nothing else."""
    return _keyed("says", canonical(said))


def salt_of(run_id: str, ulid: str) -> str:
    """Return the salt of a private document: the same when a run that was killed stores it again."""
    return _keyed("salt", run_id, ulid)[:_SALT_LETTERS]


def name_mark(slug: str, name: str) -> str:
    """Return what an erased waiver keeps of its signer's name: whether a line is of the same, and nothing else."""
    return _keyed("name", slug, fold(name))[:_MARK_LETTERS]


def _keyed(*parts: str) -> str:
    return hmac.digest(keys.named(KEY), canonical(parts).encode(), "sha256").hex()


def is_imported(evidence: Mapping[str, Any]) -> bool:
    """Say whether `evidence` is of a waiver that was imported."""
    return bool(evidence["schema"] == SCHEMA)


def says_of(record: WaiverRecord) -> str:
    """Return what the evidence of an imported waiver has for all that its line said."""
    return str(json.loads(record.evidence)["says"])


def evidence_document(record: Mapping[str, Any], event: Event, run_id: str) -> str:
    """Return what is kept of an imported waiver and names nobody, in the form of what is signed here as far as it goes.

    record: what differs from waiver to waiver.
    """
    return canonical(
        {
            "schema": SCHEMA,
            "strength": STRENGTH,
            "operator": settings.SCC_OPERATOR,
            "event": documents.event_facts(event),
            "text": None,
            "run": run_id,
            "acts": {"signature": Method.IMPORTED.value, "client": {}, "initialled": []},
            "channel": Channel.IMPORT.value,
            "language": language(),
            "verification": "none",
            "validity": OF_TEXT["validity"],
            "care_sha256": "",
            "care_until": "",
            "receipt_sha256": "",
            **record,
        }
    )


def line_facts(evidence: Mapping[str, Any]) -> dict[str, object]:
    """Return what the evidence of an imported waiver tells of its line, as life events tell values."""
    return {
        "role": evidence["role"],
        "method": Method.IMPORTED.value,
        "channel": evidence["channel"],
        "text_version": VERSION,
        "document": VERSION,
        "language": evidence["language"],
        "secret": "",
        **{name: evidence[name] for name in ("valid_from", "valid_until", "retain_until")},
    }


def tie_facts(tie: Mapping[str, str] | None) -> dict[str, object]:
    """Return how an imported line is linked to the manifest at first. tie: as the private document has it."""
    return {
        "patron_id": tie["patron_id"] if tie else "",
        "assignment_id": tie["assignment_id"] if tie else "",
        "matched": Matched.IMPORT.value if tie else Matched.NOBODY.value,
        "verified": Verified.NONE.value,
    }


def place_facts(evidence: Mapping[str, Any]) -> dict[str, object]:
    """Return what the signer's place of an imported waiver says of the text."""
    return {**OF_TEXT, "language": evidence["language"]}


def language() -> str:
    """Return the language that is put where a text's would stand."""
    return str(settings.LANGUAGE_CODE)


def picture_of(private: Mapping[str, Any]) -> tuple[str, int]:
    """Return of which type the signature is where it is data and no text, and how many characters; ("", 0) else.

    It is never shown: what a page of ours draws must not come from a file.
    """
    signature = str(private["signature"])
    kind, comma, _ = signature[:100].partition(",")
    if signature[:5].casefold() == "data:" and comma:
        return kind[5:].partition(";")[0] or "unknown", len(signature)
    # No name is as long.
    return ("unknown", len(signature)) if len(signature) > _LONGEST_NAME else ("", 0)


_LONGEST_NAME = 200
