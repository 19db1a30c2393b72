"""Marks: by what is known again what a file said, and what tells nobody what that was.

Names, telephones and booking numbers are few enough to be tried one after the other, so that a plain hash of them is
no secret, and marks outlive whom they are of. They are keyed, and the key lies outside the table, like the waivers'.
"""

from __future__ import annotations

import hmac

from scc.imports.ids import text_of
from scc.sealing import keys

KEY = "imports"
_HEX = 32


def mark_of(*parts: object) -> str:
    """Return the mark of `parts`: texts, numbers, None, and lists of them. The first says of what kind it is.

    A GetObject the first time in a process. Raises StoreUnavailable.
    """
    return hmac.digest(keys.named(KEY), text_of(*parts), "sha256").hex()[:_HEX]
