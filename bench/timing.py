"""How CPU is measured: of this process alone, so that neither the emulator nor waiting counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import TypedDict

PAGE = 100
WARM_UP, ROUNDS = 5, 30


class Cost(TypedDict):
    """What a page costs."""

    what: str
    cpu_ms: float
    lowest_cpu_ms: float
    wall_ms: float


def cost(what: str, visit: Callable[[], object]) -> Cost:
    """Return the median cost of `visit`, after it has run a few times."""
    for _ in range(WARM_UP):
        visit()
    cpu, wall = [], []
    for _ in range(ROUNDS):
        cpu_before, wall_before = time.process_time(), time.perf_counter()
        visit()
        cpu.append((time.process_time() - cpu_before) * 1000)
        wall.append((time.perf_counter() - wall_before) * 1000)
    return {"what": what, "cpu_ms": median(cpu), "lowest_cpu_ms": min(cpu), "wall_ms": median(wall)}
