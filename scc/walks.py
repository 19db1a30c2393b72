"""Commands that take many things: in threads, with a bar that shows how far it is, until someone asks them to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

from scc.imports import progress

T = TypeVar("T")
U = TypeVar("U")


class Stopped(Exception):
    """Someone asked the command to stop. What was begun is done, and nothing more was begun."""


def in_threads(act: Callable[[T], U], things: Sequence[T], *, threads: int, doing: str) -> Iterator[U]:
    """Give what `act` returns of each of `things`, in the order in which they are done.

    A few are begun before they are needed, so that no more than those are in memory. After a Ctrl-C or a SIGTERM those
    that were begun are still given, and then Stopped is raised. Raises what `act` raises.
    """
    with _stop_requests() as asked, ThreadPoolExecutor(threads) as pool, progress(things, doing=doing) as shown:
        begun: set[Future[U]] = set()
        for thing in shown:
            if asked:
                break
            begun.add(pool.submit(act, thing))
            if len(begun) >= 2 * threads:
                yield from _done(begun)
        # Of what waits for its turn nothing is done any more.
        for future in [future for future in begun if not (asked and future.cancel())]:
            yield future.result()
        if asked:
            raise Stopped


def _done(begun: set[Future[U]]) -> Iterator[U]:
    """Wait for at least one, and give and take out those that are done."""
    done, _ = wait(begun, return_when=FIRST_COMPLETED)
    begun -= done
    for future in done:
        yield future.result()


@contextmanager
def _stop_requests() -> Iterator[list[int]]:
    """Give a list that fills when someone asks this process to stop; asked twice, it stops where it is."""
    asked: list[int] = []

    def ask(number: int, _: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
