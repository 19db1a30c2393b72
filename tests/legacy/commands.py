"""One run of `backfilllegacy`: what it said and how it ended."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from django.core.management import CommandError, call_command


class Backfill:
    """What a run said, and its counts as `--summary` has them."""

    def __init__(self, *arguments: str | Path) -> None:
        out, err = io.StringIO(), io.StringIO()
        self.status, self.failure = 0, ""
        try:
            call_command("backfilllegacy", *map(str, arguments), stdout=out, stderr=err)
        except CommandError as exc:
            self.status, self.failure = exc.returncode, str(exc)
        except SystemExit as exc:
            self.status = int(str(exc.code))
        self.last_line = out.getvalue().splitlines()[-1] if out.getvalue() else ""
        self.said = err.getvalue().splitlines()


def written(path: Path, *items: dict[str, Any] | str) -> Path:
    """Write items as JSON lines, and texts as they stand."""
    path.write_text("".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in items))
    return path
