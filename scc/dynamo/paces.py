"""How fast a command may go, so that it leaves the table to those who work with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

# What a wait is cut into, so that who is asked to stop does.
SLICE = 0.2


class Pace:
    """So many units a second, over all threads. What was spent too early is waited for before the next."""

    def __init__(self, rate: float, *, stopped: Callable[[], object] = lambda: False) -> None:
        self._rate, self._stopped, self._lock = rate, stopped, Lock()
        self._free_at = time.monotonic()

    def spend(self, units: float) -> None:
        """Count `units` as spent, and wait until they are earned."""
        with self._lock:
            self._free_at = max(self._free_at, time.monotonic() - 1) + units / self._rate
            free_at = self._free_at
        while (left := free_at - time.monotonic()) > 0 and not self._stopped():
            time.sleep(min(left, SLICE))
