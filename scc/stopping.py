"""Stopping a command between two things that it does, not in the middle of one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stop_requests(*, twice_ends: bool = False) -> Iterator[list[int]]:
    """Give a list that fills when someone asks this process to stop.

    twice_ends: whether it stops where it is when it is asked twice, with a KeyboardInterrupt.
    Inside of another it gives the list of that, so that who asks between two walks is heard by the next one.
    """
    outer = signal.getsignal(signal.SIGINT)
    if isinstance(outer, _Listener):
        yield outer.asked
        return
    listener = _Listener(twice_ends)
    before = {number: signal.signal(number, listener) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield listener.asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Listener:
    def __init__(self, twice_ends: bool) -> None:
        self.asked: list[int] = []
        self._twice_ends = twice_ends

    def __call__(self, number: int, _: object) -> None:
        if self.asked and self._twice_ends:
            raise KeyboardInterrupt
        self.asked.append(number)
