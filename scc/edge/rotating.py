"""A new secret between CloudFront and the function, with an overlap in which both are taken.

The function takes two; CloudFront changes to the new one, which reaches its edges within minutes; the function drops
the old one. Two in the live release mean that this was interrupted: it goes on with those.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import boto3

from scc.edge import environment, functions, lock, stack
from scc.edge.errors import EdgeError
from scc.edge.stages import LIVE, Stage

Say = Callable[[str], None]


def rotate(stage: Stage, *, by: str, say: Say) -> None:
    """Give CloudFront and the function a new secret. Every visitor is answered throughout. May be run again.

    Raises EdgeError when the stage has no release, or its slot another than the live one: its code would go live.
    """
    client: Any = boto3.client("lambda", region_name=stage.region)
    with lock.held(stage, by=by):
        both = environment.secrets_of(functions.variables(_live(client, stage)))
        if len(both) == 1:
            both = [environment.new_secret(), *both]
            _take(client, stage, both)
            say("the function takes the old secret and a new one")
        current = stack.current(stage)
        if current is None:
            raise EdgeError(f"{stage.name} has no stack. Deploy it: manage.py deploy {stage.name}")
        body, parameters = current
        stack.apply(stage, body=body, parameters={**parameters, "OriginSecret": both[0]}, say=say)
        stack.wait_until_deployed(stack.outputs(stage)["DistributionId"], say)
        say("CloudFront sends the new secret, from every edge")
        _take(client, stage, both[:1])
        say("the function takes the new secret alone")


def _live(client: Any, stage: Stage) -> functions.Configuration:
    live = functions.configuration(client, stage.web, LIVE)
    slot = functions.configuration(client, stage.web)
    if live is None or slot is None:
        raise EdgeError(f"{stage.name} has no release. Deploy it: manage.py deploy {stage.name}")
    if _release_of(live) != _release_of(slot):
        raise EdgeError(
            f"The slot of {stage.web} holds another release than the live one, as after a deploy that was interrupted. "
            f"Finish that first: manage.py deploy {stage.name}, or manage.py rollback {stage.name}"
        )
    return live


def _release_of(found: functions.Configuration) -> tuple[str, str]:
    """Return what makes a release: its code, and the id in its environment, as the same code may be deployed again."""
    return found["CodeSha256"], functions.variables(found).get(environment.RELEASE, "")


def _take(client: Any, stage: Stage, values: Sequence[str]) -> None:
    """Have the live release take these secrets and no others."""
    live = _live(client, stage)
    there = functions.variables(functions.configuration(client, stage.web))
    wanted = environment.with_secrets(there, of={environment.SECRETS: ",".join(values)})
    functions.set_environment(client, stage.web, wanted, seen=there)
    version = functions.publish(client, stage.web, live["CodeSha256"], live["Description"])
    functions.point_alias(client, stage.web, version)
