"""How often something may be tried: fixed windows of time, counted in the table.

Every try counts before it is made, so that parallel guesses do not slip past. Across the edge of two windows at most
twice the limit gets through. A count whose answer was lost may count twice; here that errs on the safe side.
"""

from __future__ import annotations

import hashlib
import math
import time
from datetime import timedelta

from scc.dynamo.answers import reading
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.staff.rows import Throttle

# Seconds that a count outlives its window, so that a success at the window's very end still finds what to forgive.
KEPT = 3600


class Throttled(Exception):
    """Too many tries. `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"too many tries; the next in {retry_after} s")


def check(*, scope: str, key: str, limit: int, window: timedelta) -> Throttle:
    """Count one try of `key` in `scope`, and return the count, which `forgive` takes. One UpdateItem.

    key: who tries, of any length; only its hash is kept. limit: tries within `window`.
    Raises Throttled beyond the limit, StoreUnavailable when the table does not answer.
    """
    counter = _counter(scope, key, window)
    with reading():
        data = Row._get_connection().update_item(
            counter.pk,
            range_key=counter.sk,
            actions=[
                Throttle.tries.add(1),
                Throttle.expires_at.set(counter.expires_at),
                Throttle.scope.set(scope),
                Throttle.digest.set(counter.digest),
                Throttle.window.set(counter.window),
                Throttle.kind.set(Throttle),
            ],
            return_values="ALL_NEW",
        )
    counted = Throttle.from_raw_data(data["Attributes"])
    if counted.tries > limit:
        raise Throttled(retry_after=max(1, math.ceil(counted.expires_at - KEPT - time.time())))
    return counted


def forgive(unit: Unit, counted: Throttle) -> None:
    """Let the tries that `check` counted so far not count, once `unit` is committed."""
    unit.update(counted, set={"tries": 0})


def _counter(scope: str, key: str, window: timedelta) -> Throttle:
    seconds = int(window.total_seconds())
    number = int(time.time()) // seconds
    return Throttle(
        scope=scope,
        digest=hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:32],
        window=str(number),
        expires_at=(number + 1) * seconds + KEPT,
    ).stamp()
