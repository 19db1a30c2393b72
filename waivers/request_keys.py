"""A waiver's key and its reference.

The page's script makes the key, a ULID: it is the request's key and the id of the first record that the request makes.
Without a script it follows from the event, the people and the text.
"""

from __future__ import annotations

import hashlib
import re

from django.utils.crypto import salted_hmac
from ulid import ULID

from events.rows import Event
from scc.dynamo.folding import fold
from waivers.acts import Family, Signer
from waivers.canonical import canonical, sha256
from waivers.texts import Text

# No 0/O, 1/I/L, 2/Z, 5/S, 8/B: read out over an engine.
REFERENCE_LETTERS = "34679ACDEFGHJKMNPQRTUVWXY"
REFERENCE_LENGTH = 6
_KEY = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
# Times before 1970 do not exist in a ULID; those of the first second are kept for keys that we derive.
_DERIVED = "0000000000"


def is_key(text: str) -> bool:
    """Say whether `text` may be the key of a signature: a ULID in capitals."""
    return _KEY.fullmatch(text) is not None


def derive_key(event: Event, signer: Signer, text: Text, family: Family, *, replace: bool) -> str:
    """Return the key of a signature whose page had no script: the same for the same event, people and text."""
    children = [[fold(minor.name), minor.born_on.isoformat()] for minor in family.minors]
    who = [event.slug, fold(signer.name), signer.born_on.isoformat(), signer.email.casefold(), text.sha256]
    digest = salted_hmac("waivers.signing.key", canonical([*who, children, replace]), algorithm="sha256").digest()
    return str(ULID.from_bytes(bytes(6) + digest[:10]))


def is_derived(key: str) -> bool:
    """Say whether `key` is one that we derived."""
    return key.startswith(_DERIVED)


def key_of(key: str, place: int) -> str:
    """Return the id of the record at `place`, from 0, of the act with the key `key`: the first one's is the key."""
    if not place:
        return key
    digest = hashlib.sha256(f"{key}|{place}".encode()).digest()
    return str(ULID.from_bytes(ULID.from_str(key).bytes[:6] + digest[:10]))


def reference_of(key: str) -> str:
    """Return the short name of the waiver `key`, for people to read out.

    Of the hundred on a boat two are alike once in 50,000 trips.
    """
    number = int(sha256(key), 16)
    letters = []
    for _ in range(REFERENCE_LENGTH):
        number, place = divmod(number, len(REFERENCE_LETTERS))
        letters.append(REFERENCE_LETTERS[place])
    return "".join(letters)
