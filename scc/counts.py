"""How a command ends: its counts, its exit status, and the files that it was asked to write."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import IO

from django.core.management.base import CommandError

SOME_REPORTED = 3
FAILED = 1


class Counts:
    """What became of what was read: counts by kind of thing."""

    def __init__(self, counts: dict[str, dict[str, int]]) -> None:
        self.counts = counts
        self._lock = Lock()

    def count(self, kind: str, what: str, amount: int = 1) -> None:
        """Add `amount` to a count that was declared."""
        with self._lock:
            self.counts[kind][what] += amount

    def __str__(self) -> str:
        kinds = (
            f"{kind}: " + ", ".join(f"{n} {what}" for what, n in counts.items()) for kind, counts in self.counts.items()
        )
        return "; ".join(kinds)


def opened(files: ExitStack, path: Path | None) -> IO[str] | None:
    """Return `path`, emptied, to write to until `files` ends. Raises CommandError when it cannot be written."""
    if path is None:
        return None
    try:
        return files.enter_context(path.open("w", encoding="utf-8", newline=""))
    except OSError as exc:
        raise CommandError(f"{path} cannot be written: {exc.strerror}", returncode=FAILED) from exc
