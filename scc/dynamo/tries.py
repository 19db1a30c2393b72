"""Trying again: with growing pauses of random length, so that those who met do not meet again."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator


def tries(*, seconds: float, first_pause: float, longest_pause: float, most: int | None = None) -> Iterator[int]:
    """Give the number of each try, pausing between them. No try starts after `seconds`, nor after `most` tries.

    Pauses have full jitter, as https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ measures.
    """
    started = time.monotonic()
    number = 0
    while True:
        yield number
        number += 1
        if number == most or time.monotonic() - started > seconds:
            return
        longest = min(longest_pause, first_pause * 2**number)
        time.sleep(random.uniform(0, longest))  # noqa: S311  # spreads load, guards nothing


class Patience:
    """How long something is tried that others keep being first with: `seconds`, and anew whenever it comes on."""

    def __init__(self, *, seconds: float, first_pause: float, longest_pause: float) -> None:
        self._limits = {"seconds": seconds, "first_pause": first_pause, "longest_pause": longest_pause}
        self.renew()

    def renew(self) -> None:
        """Begin anew, as something was done."""
        self._tries = tries(**self._limits)  # type: ignore[arg-type]  # `most` is none of them
        # The first is the try that is made without a pause.
        next(self._tries)

    def pause(self) -> bool:
        """Pause, and say whether there is another try."""
        return next(self._tries, None) is not None
