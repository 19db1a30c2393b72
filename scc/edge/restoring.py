"""Going back: the stack, the functions and the static files as a record has them, together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from scc.edge import caches, releases, stack
from scc.edge.stages import Stage

Say = Callable[[str], None]


def put_back(stage: Stage, prefix: str, *, say: Say) -> str:
    """Put back what the record at `prefix` in the deploy bucket holds, and return its release.

    The origin's secret stays the one in use. May be run again after an interruption: until `releases.end_going_back`,
    when it is judged, `releases.going_back` says where it went.
    Raises EdgeError when the record is not whole, or a part of it cannot be put back.
    """
    record = releases.load(stage, prefix)
    body, parameters = releases.stack_of(stage, prefix)
    releases.begin_going_back(stage, prefix)
    stack.apply(stage, body=body, parameters=parameters, say=say)
    distribution = stack.outputs(stage)["DistributionId"]
    stack.wait_until_deployed(distribution, say)
    releases.restore(stage, prefix, say=say)
    caches.empty(distribution, reference=f"back to {record.id} at {datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    return record.id
