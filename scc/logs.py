"""What a log may not keep."""

from __future__ import annotations

import logging
import re

# The one secret of an address: who holds it may read the receipt, of a waiver or of a payment.
_SECRET = re.compile(r"""(/signed/|/r/[^/\s?"'<>]+/)[^/\s?"'<>]+""")


def without_secrets(text: str) -> str:
    """Return a path, or a text with paths in it, without the secrets of receipts' addresses."""
    return _SECRET.sub(r"\1...", text)


class WithoutSecrets(logging.Filter):
    """Cuts them out of what is logged: Django names the path of what it refuses and of what fails."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_secrets(record.getMessage()), ()
        return True
