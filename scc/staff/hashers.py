"""Plain bcrypt, as `ADMIN_PASS_HASH` and the older tool have it: never an error, only yes or no.

bcrypt 5 raises on a password over 72 bytes and on a malformed hash, and a cost of 31 takes it a week.
"""

from __future__ import annotations

import re

import bcrypt
from django.contrib.auth.hashers import BCryptPasswordHasher

# Costs 4 to 15: a check takes from a millisecond to three seconds.
_HASH = re.compile(r"\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}")


def is_hash(text: str) -> bool:
    """Say whether `text` is a bcrypt hash that we check passwords against: `$2b$12$...`, 60 characters."""
    return _HASH.fullmatch(text) is not None


def matches(password: str, hashed: str) -> bool:
    """Say whether `password` is the one that was hashed. False, too, when either is not bcrypt's kind."""
    if not is_hash(hashed):
        return False
    try:
        return bcrypt.checkpw(password.encode(errors="surrogatepass"), hashed.encode())
    except ValueError:
        # Over 72 bytes. Older versions cut them off, and took any ending.
        return False


class SafeBCryptPasswordHasher(BCryptPasswordHasher):
    """Django's plain bcrypt, for checking old hashes. New ones are BCryptSHA256, which has no limit of length."""

    def verify(self, password: str, encoded: str) -> bool:
        return matches(password, encoded.removeprefix(f"{self.algorithm}$"))
