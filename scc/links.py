"""Links that nobody can guess: they name a thing by its ulid, and carry a secret of 130 random bits."""

from __future__ import annotations

import hmac
import re
import secrets

# Crockford's base 32, as ulids are written in, in lower case. A ulid's first letter is 0 to 7.
_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
_LETTERS = 26
_LINK = re.compile(r"([0-7][0-9a-hjkmnp-tv-z]{25})([0-9a-hjkmnp-tv-z]{26})")


def new_secret() -> str:
    """Return a new secret, to be stored with the thing."""
    return "".join(secrets.choice(_BASE32) for _ in range(_LETTERS))


def derived_secret(key: str, *parts: str) -> str:
    """Return the secret that follows from `key`, itself a secret, and from `parts`: the same each time.

    130 bits of HMAC-SHA-256: who knows other secrets of the same key learns nothing of this one.
    """
    number = int.from_bytes(hmac.digest(key.encode(), "\0".join(parts).encode(), "sha256"))
    return "".join(_BASE32[number >> 5 * place & 31] for place in range(_LETTERS))


def link_of(ulid: str, secret: str) -> str:
    """Return the last part of the address of the thing `ulid`."""
    return f"{ulid}{secret}".lower()


def parts_of(link: str) -> tuple[str, str] | None:
    """Return the ulid and the secret of `link`, or None where it is malformed. Compare the secret in constant time."""
    match = _LINK.fullmatch(link)
    return (match[1].upper(), match[2]) if match else None
