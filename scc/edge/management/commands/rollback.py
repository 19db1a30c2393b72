"""Go back to an earlier release: alias, environment, stack and static files together."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from scc.edge import lock, operators, releases, restoring, smoke, stages, targets
from scc.edge.errors import EdgeError
from scc.edge.stages import Stage


class Command(BaseCommand):
    help = "Goes back to an earlier release, the one before by default, and smoke-tests it."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("stage", help="of zappa_settings.json: production, staging")
        parser.add_argument(
            "release",
            nargs="?",
            help="of `manage.py releases`; the one before the live one, or that of a run which was interrupted",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with operators.told():
            stage = stages.read(options["stage"])
            with lock.held(stage, by=operators.name()):
                prefix = self._prefix(stage, options["release"])
                self.say(f"Going back to {releases.load(stage, prefix).id}")
                release = restoring.put_back(stage, prefix, say=self.say)
                self._smoke(stage, release)
        self.say(f"{stage.name} is at {release}.")

    def _prefix(self, stage: Stage, release: str | None) -> str:
        """Return where the record is: of the release that was asked for, of an interrupted run, of the one before."""
        if release:
            if not releases.exists(stage, f"releases/{release}"):
                raise EdgeError(f"{release} is no release of {stage.name}. See: manage.py releases {stage.name}")
            return f"releases/{release}"
        return releases.going_back(stage) or f"releases/{releases.before_live(stage)}"

    def _smoke(self, stage: Stage, release: str) -> None:
        found = smoke.run(targets.live(stage, release=release), say=self.say, settle_seconds=smoke.SETTLE_SECONDS)
        # Judged: a run after this one means the release before, and not to go on with this.
        releases.end_going_back(stage)
        if smoke.failed(found):
            raise EdgeError(f"{release} is back, and fails the smoke test. Go back further, or deploy what mends it.")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
