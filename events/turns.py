"""Turns: those who add to one departure's chains within this process follow each other.

What keeps a chain whole is the transaction's condition, whoever writes. Threads of one server that all meet it would
spend their tries on each other, though; by turns each needs one. Writers of other processes are not seen here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from scc.dynamo.errors import StoreUnavailable

_locks: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
_finding = threading.Lock()


class DepartureBusy(StoreUnavailable):
    """Too many write to one departure at once. Nothing was written."""


@contextmanager
def taken(slug: str, *, patience: float) -> Iterator[None]:
    """Hold the turn of the departure `slug`. patience: seconds to wait for it. Raises DepartureBusy."""
    with _finding:
        lock = _locks.setdefault(slug, threading.Lock())
    if not lock.acquire(timeout=patience):
        raise DepartureBusy(f"too many write to {slug} at once; nothing was written")
    try:
        yield
    finally:
        lock.release()
