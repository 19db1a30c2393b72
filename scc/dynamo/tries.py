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
