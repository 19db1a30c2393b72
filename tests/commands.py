"""Runs of commands: what they said, and how they ended."""

from __future__ import annotations

import io
from pathlib import Path

from django.core.management import CommandError, call_command


class Ran:
    """One run of a command: what it said and how it ended."""

    def __init__(self, command: str, *arguments: str | Path, out: io.StringIO | None = None) -> None:
        out, err = out or io.StringIO(), io.StringIO()
        self.status, self.failure = 0, ""
        try:
            call_command(command, *map(str, arguments), stdout=out, stderr=err)
        except CommandError as exc:
            self.status, self.failure = exc.returncode, str(exc)
        except SystemExit as exc:
            self.status = int(str(exc.code))
        *self.shown, self.last_line = out.getvalue().splitlines() or [""]
        self.said = err.getvalue().splitlines()
