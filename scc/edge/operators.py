"""Who sits at the terminal, and how they are asked and interrupted."""

from __future__ import annotations

import getpass
import signal
import socket
from types import FrameType
from typing import NoReturn


def name() -> str:
    """Return who deploys, for the lock and the release: "dana@dock"."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def ask(question: str) -> bool:
    """Return whether the operator says yes. Anything else, and the end of the input, is no."""
    try:
        return input(f"{question} [y/N] ").strip().casefold() in {"y", "yes"}
    except EOFError:
        return False


def end_on_signals() -> None:
    """Let SIGTERM end this as Ctrl-C does, so that what is held is let go."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
