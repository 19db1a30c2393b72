"""Commands that take many things: in threads, with a bar that shows how far it is, until someone asks them to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

from scc.bars import Advance, bar

T = TypeVar("T")
U = TypeVar("U")


class Stopped(Exception):
    """Someone asked the command to stop. What was begun is done, and nothing more was begun."""


def in_threads(
    act: Callable[[T], U], things: Sequence[T], *, threads: int, doing: str, size: Callable[[T], int] = lambda _: 1
) -> Iterator[U]:
    """Give what `act` returns of each of `things`, in the order in which they are done.

    size: what a thing counts for in the bar. A few are begun before they are needed, so that no more than those are in
    memory. After a Ctrl-C or a SIGTERM those that were begun are still given, and then Stopped is raised. Raises what
    `act` raises.
    """
    total = sum(map(size, things))
    with stop_requests() as asked, ThreadPoolExecutor(threads) as pool, bar(doing=doing, total=total) as advance:
        begun: dict[Future[U], int] = {}
        for thing in things:
            if asked:
                break
            begun[pool.submit(act, thing)] = size(thing)
            if len(begun) >= 2 * threads:
                yield from _done(begun, advance)
        # Of what waits for its turn nothing is done any more.
        for future in [future for future in begun if not (asked and future.cancel())]:
            yield future.result()
            advance(begun[future])
        if asked:
            raise Stopped


def _done(begun: dict[Future[U], int], advance: Advance) -> Iterator[U]:
    """Wait for at least one, and give and take out those that are done."""
    done, _ = wait(begun, return_when=FIRST_COMPLETED)
    for future in done:
        yield future.result()
        advance(begun.pop(future))


@contextmanager
def stop_requests() -> Iterator[list[int]]:
    """Give a list that fills when someone asks this process to stop; asked twice, it stops where it is.

    Inside of another it gives the list of that, so that who asks between two walks is heard by the next one.
    """
    outer = signal.getsignal(signal.SIGINT)
    if isinstance(outer, _Listener):
        yield outer.asked
        return
    listener = _Listener()
    before = {number: signal.signal(number, listener) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield listener.asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Listener:
    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, number: int, _: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked.append(number)
