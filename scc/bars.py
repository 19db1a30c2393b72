"""How far a command is: a bar with rate and time left on a terminal, plain lines where there is none."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import TypeVar, cast

# Seconds between two lines of progress where there is no terminal, and between two looks of a bar.
PLAIN_EVERY = 10.0
SELDOM = 0.1

T = TypeVar("T")
Advance = Callable[[int], None]


@contextmanager
def bar(*, doing: str, total: int) -> Iterator[Advance]:
    """Show on stderr how far it is, and give what is told of so many more that are done. total: how many there are."""
    if not sys.stderr.isatty():
        yield _Plainly(doing, total)
        return
    # In the package for commands alone, while others import this module for what it counts.
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.progress import TimeRemainingColumn as Left
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:.0f}/s" if task.speed else "")

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), Left())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(doing, total=total)
        told = _Seldom(lambda done: shown.advance(task, done))
        yield told
        told.tell()


@contextmanager
def progress(things: Iterable[T], *, doing: str, total: int | None = None) -> Iterator[Iterator[T]]:
    """Give `things` one by one and show how far it is.

    total: how many they are, about; where they are a sequence, they know.
    """
    with bar(doing=doing, total=len(cast(Sized, things)) if total is None else total) as advance:
        yield _told(things, advance)


def _told(things: Iterable[T], advance: Advance) -> Iterator[T]:
    for thing in things:
        yield thing
        advance(1)


class _Seldom:
    """Tells of many at once: a bar that hears of each costs more than reading it."""

    def __init__(self, advance: Advance) -> None:
        self.advance, self.done, self.told = advance, 0, 0.0

    def __call__(self, done: int) -> None:
        self.done += done
        if time.monotonic() - self.told > SELDOM:
            self.tell()

    def tell(self) -> None:
        self.advance(self.done)
        self.done, self.told = 0, time.monotonic()


class _Plainly:
    """Says a line now and then."""

    def __init__(self, doing: str, total: int) -> None:
        self.doing, self.total, self.done = doing, total, 0
        self.begun = self.said = time.monotonic()

    def __call__(self, done: int) -> None:
        self.done += done
        now = time.monotonic()
        if now - self.said > PLAIN_EVERY:
            self.said = now
            sys.stderr.write(f"{self.doing}: {self.done} of {self.total}{self._left(now)}\n")

    def _left(self, now: float) -> str:
        rate = self.done / (now - self.begun)
        return f", {rate:.0f}/s, {(self.total - self.done) / rate:.0f} s left" if rate else ""
