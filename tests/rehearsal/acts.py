"""What is rehearsed, act by act."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import NoReturn

from rich.console import Console

from scc import env
from scc.edge import functions, stages
from scc.edge.deploying import FROM_STACK
from tests.rehearsal import bad, isolation, speed, walk
from tests.rehearsal.cache import distribution
from tests.rehearsal.cache.front import Front
from tests.rehearsal.ground import STAGE, Failed, Ground
from waivers.rows import PdfDue

# Of the staff, for the isolation: like nothing else on any page.
STAFF = (("quirin", "Quirin Vexley"), ("ottoline", "Ottoline Hask"))
STAFF_PASSWORD = "rehearsed with great care"


def rehearse(stage: Ground, console: Console) -> None:
    """Do every act in its order, each printed with its time. Raises Failed at the first that is not as it must be."""

    def timed(what: str, step: Callable[[], str]) -> None:
        started = time.monotonic()
        said = step()
        console.print(f"[{time.monotonic() - started:5.1f} s] {what}")
        for line in said.splitlines():
            console.print(f"          {line}")

    timed("deploy from nothing", lambda: bad.deploy(stage, commit=False))
    stage.find_out()
    if not env.flag("KEEP", default=False):
        # While the table is small: the emulator's Query reads a whole partition, and would be what is measured.
        timed("speed", lambda: "\n".join(speed.compare(stage).lines()))
    timed("demo season", lambda: fill(stage))
    timed("smoke", lambda: stage.manage("smoke", stage.site).splitlines()[-1])
    deployed = distribution.read(stage.client("cloudfront"), stage.outputs["DistributionId"])
    with Front(deployed, upstream=stage.aws.url.removeprefix("http://")) as front:
        timed("walk", lambda: "\n".join(walk.walk(stage, host=stage.host, port=front.tls_port)))
        if env.flag("KEEP", default=False):
            stay(stage, console)
        timed("isolation", lambda: isolated(stage, front))
    timed("commands on AWS", lambda: commanded(stage))
    timed("secrets rotate", lambda: stage.manage("secrets", "rotate", STAGE).splitlines()[-1])
    timed("bad release", lambda: bad.broken_view(stage))
    timed("bad release", lambda: bad.missing_behaviour(stage))
    timed("rollback", lambda: bad.roll_back(stage))


def fill(stage: Ground) -> str:
    """Load the demo season into the stage's table, with two more of the staff."""
    more = {name: stage.outputs[output] for name, output in FROM_STACK.items()}
    said = stage.manage("demo", more=more).splitlines()[0]
    leave_unprinted(stage)
    for username, name in STAFF:
        who = {"USERNAME": username, "NAME": name, "EMAIL": f"{username}@example.com", "PASSWORD": STAFF_PASSWORD}
        given = {f"DJANGO_SUPERUSER_{field}": value for field, value in who.items()}
        stage.manage("createsuperuser", "--noinput", more=more | given)
    return said


def leave_unprinted(stage: Ground) -> None:
    """Take the demo's waivers from what is due to be printed: a guest's letter would wait for a hundred."""
    table = stage.outputs["Table"]
    client = stage.client("dynamodb")
    due = client.query(
        TableName=table,
        KeyConditionExpression="pk = :due",
        ExpressionAttributeValues={":due": {"S": PdfDue.KEYS["pk"]}},
    )
    for item in due["Items"]:
        client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})


def commanded(stage: Ground) -> str:
    """Have the function for commands print waivers that were signed, and erase some. Its role must let it."""
    slug = stage.open_departures()[-1]
    commands = (["makepdfs", "--seconds", "5"], ["erasewaivers", "--event", slug, "--yes"])
    client, name = stage.client("lambda"), stages.read(STAGE).ops
    said = [functions.run_command(client, name, arguments).strip().splitlines() for arguments in commands]
    return "\n".join([said[0][0], said[1][-1]])


def isolated(stage: Ground, front: Front) -> str:
    """Let guests and staff in at once, through the cache. Raises Failed when someone got what is not theirs."""
    logins = [isolation.Login(username, STAFF_PASSWORD, name) for username, name in STAFF]
    report = isolation.run(site=stage.site, port=front.port, slugs=stage.open_departures(), staff=logins)
    if report.faults:
        raise Failed(str(report))
    return str(report)


def stay(stage: Ground, console: Console) -> NoReturn:
    """Say where everything is, and stay up until stopped."""
    console.print(f"edge {stage.aws.url} {stage.host} {stage.function_host}")
    while True:
        signal.pause()
