"""Commands that take many things: in threads, with a bar that shows how far it is, until someone asks them to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from scc.bars import Advance, bar
from scc.stopping import stop_requests

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
    with (
        stop_requests(twice_ends=True) as asked,
        ThreadPoolExecutor(threads) as pool,
        bar(doing=doing, total=total) as advance,
    ):
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
