"""The whole deployment, into an emulated AWS: from nothing to a guest's signature, and back from bad releases.

make edge           all of it; exits 1 at the first thing that is not as it must be
KEEP=1 make edge    deploy, ask for every route, walk; then stay up until stopped
"""

from __future__ import annotations

import os
import signal
import time
from types import FrameType
from typing import NoReturn

import django
from rich.console import Console

from tests.rehearsal.ground import Failed, ground


def main() -> int:
    """Rehearse, and return the exit code."""
    # Ctrl-C too: what a script starts in the background ignores it otherwise.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, interrupt)
    console = Console(highlight=False, soft_wrap=True, markup=False)
    started = time.monotonic()
    try:
        with ground() as stage:
            os.environ.update(stage.aws.environment(), DJANGO_SETTINGS_MODULE="scc.settings")
            # Only now, as the settings are read here.
            django.setup()
            from tests.rehearsal import acts

            acts.rehearse(stage, console)
    except Failed as exc:
        console.print(f"FAILED: {exc}")
        return 1
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130
    console.print(f"Rehearsed in {time.monotonic() - started:.0f} s.")
    return 0


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    raise SystemExit(main())
