"""Two processes that take turns, so that what else the machine does slows both alike."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import Self


class Turns:
    """A command in a process of its own, which stops itself after each turn. A context manager: it ends with it.

    seconds: how long its turns took together, its start among them. said, used: what it wrote and what it used, once it
    has ended.
    """

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str]) -> None:
        self.seconds = 0.0
        self.said = ""
        self.used: resource.struct_rusage
        self.goes_on = True
        self._said = tempfile.TemporaryFile()  # noqa: SIM115
        self._begun = time.perf_counter()
        self._process = subprocess.Popen(command, stdout=self._said, stderr=subprocess.STDOUT, env=environment)
        self._rest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.goes_on:
            self._process.kill()
            self._process.wait()
        self._said.close()

    def take_turn(self) -> None:
        """Let it go on until its turn is over. Raises RuntimeError when it fails."""
        if self.goes_on:
            self._begun = time.perf_counter()
            self._process.send_signal(signal.SIGCONT)
            self._rest()

    def _rest(self) -> None:
        _, status, self.used = os.wait4(self._process.pid, os.WUNTRACED)
        self.seconds += time.perf_counter() - self._begun
        if os.WIFSTOPPED(status):
            return
        self.goes_on = False
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._said.seek(0)
        self.said = self._said.read().decode()
        if self._process.returncode:
            raise RuntimeError(f"it ended with {self._process.returncode}: {self.said[-1000:]}")


def end() -> None:
    """End the turn of this process, and wait for the next."""
    os.kill(os.getpid(), signal.SIGSTOP)
