"""Boxes: bytes sealed with AES-256 in GCM, which shows when a single bit was touched.

The context is what the box is, such as "WAIVERRECORD 01JV...": a box that is put in another's place does not open.
https://csrc.nist.gov/pubs/sp/800/38/d/final
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12
# The first byte of a box says how it was sealed.
_FORM = b"\x01"


class Tampered(ValueError):
    """The box is not as it was sealed, or is not this key's or this context's."""


def seal(data: bytes, secret: bytes, context: str) -> bytes:
    """Return `data` sealed under the 32 bytes of `secret`: 29 bytes longer, and different each time."""
    nonce = os.urandom(_NONCE_BYTES)
    return _FORM + nonce + AESGCM(secret).encrypt(nonce, data, context.encode())


def unseal(box: bytes, secret: bytes, context: str) -> bytes:
    """Return what `seal` was given. Raises Tampered."""
    if box[:1] != _FORM:
        raise Tampered(f"{context}: not a box of a known form")
    start = len(_FORM) + _NONCE_BYTES
    try:
        return AESGCM(secret).decrypt(box[len(_FORM) : start], box[start:], context.encode())
    except (InvalidTag, ValueError) as exc:
        raise Tampered(f"{context}: the box was touched, or the key is another's") from exc
