"""Stages: what `zappa_settings.json` says of each, and the names that follow from it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from scc.edge.errors import EdgeError

# The alias that the world is served from. $LATEST is the staging slot.
LIVE = "live"
SLOT = "$LATEST"

_NAME = re.compile(r"[a-z][a-z0-9]{1,19}")


@dataclass(frozen=True)
class Stage:
    """One installation: its own table, buckets, functions and address."""

    name: str
    project: str
    region: str
    runtime: str
    architecture: str
    memory_mb: int

    @property
    def stack(self) -> str:
        """The CloudFormation stack; the table has the same name, and roles, topics and policies begin with it."""
        return f"{self.project}-{self.name}"

    @property
    def web(self) -> str:
        """The function behind CloudFront, by the name that Zappa gives it."""
        return self.stack

    @property
    def ops(self) -> str:
        """The function that has no address: commands and schedules."""
        return f"{self.stack}-ops"

    @property
    def table(self) -> str:
        return self.stack

    @property
    def python(self) -> str:
        """The runtime's version: "3.14"."""
        return self.runtime.removeprefix("python")


def settings_file() -> Path:
    return Path(settings.BASE_DIR) / "zappa_settings.json"


def zappa_settings(name: str) -> dict[str, Any]:
    """Return what `zappa_settings.json` says of a stage, with what it extends. Raises EdgeError when there is none."""
    stages: dict[str, dict[str, Any]] = json.loads(settings_file().read_text())
    if name not in stages or not _NAME.fullmatch(name):
        raise EdgeError(f"There is no stage {name!r} in zappa_settings.json: {', '.join(stages)}.")
    merged: dict[str, Any] = {}
    own: dict[str, Any] | None = stages[name]
    while own is not None:
        merged = {**own, **merged}
        own = stages.get(own.get("extends", ""))
    merged.pop("extends", None)
    return merged


def read(name: str) -> Stage:
    """Return the stage of that name. Raises EdgeError when there is none."""
    values = zappa_settings(name)
    return Stage(
        name=name,
        project=values["project_name"],
        region=values["aws_region"],
        runtime=values["runtime"],
        architecture=values["architecture"],
        memory_mb=values["memory_size"],
    )
