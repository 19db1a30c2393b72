"""The whole deployment, into an emulated AWS: from nothing to a guest's signature, and back from bad releases.

make edge           all of it; exits 1 at the first thing that is not as it must be
KEEP=1 make edge    deploy, ask for every route, walk; then stay up until stopped
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from rich.console import Console

from scc import env
from tests.rehearsal import bad, speed, walk
from tests.rehearsal.cache import distribution
from tests.rehearsal.cache.front import Front
from tests.rehearsal.ground import STAGE, Failed, Ground, ground

console = Console(highlight=False, soft_wrap=True)

# Of the staff, for the isolation: like nothing else on any page.
STAFF = (("quirin", "Quirin Vexley"), ("ottoline", "Ottoline Hask"))
STAFF_PASSWORD = "rehearsed with great care"


def main() -> int:
    """Rehearse, and return the exit code."""
    signal.signal(signal.SIGTERM, interrupt)
    started = time.monotonic()
    try:
        with ground() as stage:
            os.environ.update(stage.aws.environment())
            rehearse(stage)
    except Failed as exc:
        console.print(f"FAILED: {exc}")
        return 1
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130
    console.print(f"Rehearsed in {time.monotonic() - started:.0f} s.")
    return 0


def rehearse(stage: Ground) -> None:
    timed("deploy from nothing", lambda: bad.deploy(stage, commit=False))
    timed("demo season", lambda: fill(stage))
    timed("smoke", lambda: stage.manage("smoke", stage.site).splitlines()[-1])
    deployed = distribution.read(stage.client("cloudfront"), stage.outputs["DistributionId"])
    with Front(deployed, upstream=stage.aws.url.removeprefix("http://")) as front:
        timed("walk", lambda: "\n".join(walk.walk(stage, host=stage.host, port=front.tls_port)))
        if env.flag("KEEP", default=False):
            stay(stage)
        timed("isolation", lambda: isolated(stage, front))
    timed("speed", lambda: measured(stage))
    timed("secrets rotate", lambda: stage.manage("secrets", "rotate", STAGE).splitlines()[-1])
    timed("bad release", lambda: bad.broken_view(stage))
    timed("bad release", lambda: bad.missing_behaviour(stage))
    timed("rollback", lambda: bad.roll_back(stage))


def fill(stage: Ground) -> str:
    """Load the demo season into the stage's table, with two more of the staff."""
    stage.find_out()
    more = {"SCC_TABLE": stage.outputs["Table"]}
    said = stage.manage("demo", more=more).splitlines()[0]
    for username, name in STAFF:
        who = {"USERNAME": username, "NAME": name, "EMAIL": f"{username}@example.com", "PASSWORD": STAFF_PASSWORD}
        given = {f"DJANGO_SUPERUSER_{field}": value for field, value in who.items()}
        stage.manage("createsuperuser", "--noinput", more=more | given)
    return said


def isolated(stage: Ground, front: Front) -> str:
    """Let guests and staff in at once, through the cache. Raises Failed when someone got what is not theirs."""
    # Django's settings are read on import, and the emulator's address is known only now.
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scc.settings")
    django.setup()
    from tests.rehearsal import isolation

    logins = [isolation.Login(username, STAFF_PASSWORD, name) for username, name in STAFF]
    report = isolation.run(site=stage.site, port=front.port, slugs=stage.open_departures(), staff=logins)
    if report.faults:
        raise Failed(str(report))
    return str(report)


def measured(stage: Ground) -> str:
    """Compare with a bare function. Raises Failed when ours takes more than it may."""
    figures = speed.compare(stage)
    if not figures.are_enough():
        raise Failed("\n".join(figures.lines()))
    return "\n".join(figures.lines())


def stay(stage: Ground) -> NoReturn:
    """Say where everything is, and stay up until stopped."""
    console.print(f"edge {stage.aws.url} {stage.host} {stage.function_host}")
    while True:
        signal.pause()


def timed(what: str, step: Callable[[], str]) -> None:
    started = time.monotonic()
    said = step()
    console.print(f"[{time.monotonic() - started:5.1f} s] {what}", markup=False)
    for line in said.splitlines():
        console.print(f"          {line}", markup=False)


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())
