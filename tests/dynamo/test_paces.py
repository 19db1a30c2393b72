"""How fast a command may go."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from scc.dynamo.paces import Pace


def test_spend_holds_several_threads_to_one_rate() -> None:
    pace = Pace(200)
    begun = time.monotonic()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(pace.spend, [5.0] * 16))

    # 80 units at 200 a second; a second's worth is not saved up before the first.
    assert time.monotonic() - begun >= 0.39


def test_spend_does_not_hold_up_who_is_to_stop() -> None:
    pace = Pace(1, stopped=lambda: True)
    begun = time.monotonic()

    pace.spend(3600)

    assert time.monotonic() - begun < 1
