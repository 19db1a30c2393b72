"""What schedules do on AWS, beside `make run`: PDFs and letters that are due, every few seconds, in another process.

A process, because a PDF takes the processor for a while, and pages shall not wait for it. It ends with whoever started
it, whose end closes the pipe that it reads from.
"""

from __future__ import annotations

import io
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr

import django
from django.conf import settings
from django.core.management import CommandError, call_command

PAUSE_SECONDS = 3.0
SWEEPS = (("makepdfs", "--seconds", "20"), ("deliverletters", "--seconds", "20"), ("runimports", "--seconds", "20"))


@contextmanager
def beside() -> Iterator[None]:
    """Sweep for as long as this lasts. What a sweep has to say it says where this process speaks."""
    child = subprocess.Popen([sys.executable, "-m", __name__], cwd=settings.BASE_DIR, stdin=subprocess.PIPE)
    try:
        yield
    finally:
        child.communicate()


def main() -> None:
    """Sweep until the pipe is closed."""
    # A Ctrl-C in the terminal is for both, and this one ends by its pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Pages come first.
    os.nice(10)
    django.setup()
    said: set[str] = set()
    while True:
        for line in (line for command in SWEEPS for line in _swept(command)):
            if line not in said:
                sys.stderr.write(f"{line}\n")
                said.add(line)
        if _is_over():
            return


def _is_over() -> bool:
    """Wait for the pause, or the end. Nothing is ever written to the pipe: it can be read from when it is closed."""
    return bool(select.select([sys.stdin], [], [], PAUSE_SECONDS)[0])


def _swept(command: tuple[str, ...]) -> list[str]:
    """Run a sweep. Returns the lines on what it could not do."""
    faults = io.StringIO()
    try:
        # A progress bar every few seconds is for nobody.
        with redirect_stderr(io.StringIO()):
            call_command(*command, stdout=io.StringIO(), stderr=faults, no_color=True)
    except CommandError as exc:
        faults.write(f"{command[0]}: {exc}\n")
    except SystemExit:
        # Some things stay due; each is named.
        pass
    return faults.getvalue().splitlines()


if __name__ == "__main__":
    main()
