"""One deploy, step by step: from a commit to what visitors get, or back to where it was.

Each step finds out what is there and adds what is missing, so that a deploy that was interrupted anywhere is run again
from its beginning. What visitors get changes at two moments: the stack's update, and the move of the alias. A smoke
test that fails, at the slot or at the live address, puts back everything that the snapshot holds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from django.conf import settings
from django.core.checks import CheckMessage
from django.core.checks.registry import registry

from scc.edge import (
    caches,
    checks,
    environment,
    fonts,
    functions,
    lock,
    package,
    releases,
    restoring,
    site,
    smoke,
    stack,
    targets,
    template,
    zappa,
)
from scc.edge.contents import FILES, OPS, WEB
from scc.edge.errors import EdgeError, last_words
from scc.edge.source import clean_commit
from scc.edge.stages import LIVE, SLOT, Stage
from scc.edge.wheels import Target

Say = Callable[[str], None]
Ask = Callable[[str], bool]

# Read from the operator's file, and not given to the functions.
DEPLOY_ONLY = frozenset({"SCC_CERTIFICATE_ARN", "SCC_ALARM_EMAIL", "SCC_MONTHLY_BUDGET_USD"})
# Given to the functions as the stack says it, by its outputs.
FROM_STACK = {"SCC_TABLE": "Table", "SCC_MEDIA_BUCKET": "DocumentsBucket", "SCC_KMS_KEY": "DataKey"}
# How many versions of a function stay; a deploy makes two, with Zappa's. Older releases are published again.
KEPT_VERSIONS = 20


class SmokeFailed(EdgeError):
    """What was deployed does not answer as it must."""


@dataclass(frozen=True)
class Options:
    """How one deploy is done.

    env_file: the operator's variables for this stage.
    remove: whether variables that are given no more go; None asks for each.
    this_machine: package for this machine's Python, which an emulator runs functions with.
    check_routes: False leaves the template's behaviours to the smoke test, to see it catch what is missing.
    """

    env_file: Path
    remove: bool | None = None
    this_machine: bool = False
    check_routes: bool = True


@dataclass
class Deploy:
    """One deploy of one stage: `run` does it, `plan` says what it would do. All of it raises EdgeError."""

    stage: Stage
    options: Options
    by: str
    say: Say
    ask: Ask
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.commit = clean_commit(settings.BASE_DIR)
        self.release = releases.new_id(self.commit, self.now)
        self.snapshot = f"snapshots/{self.release}"
        self.given = environment.read_file(self.options.env_file)
        # Taken where the function has none yet.
        self.made = {name: environment.new_secret() for name in (environment.SECRETS, "SCC_SECRET_KEY")}
        # boto3's types know each service by name, and those of this one are not installed.
        self.client: Any = boto3.client("lambda", region_name=self.stage.region)
        self.outputs = stack.outputs(self.stage)
        self.there = self._environment(self.stage.web)
        self.live = self._environment(self.stage.web, LIVE)
        self.remove: set[str] = set()
        self.lock: lock.Lock | None = None

    def plan(self) -> None:
        """Say what `run` would do, and change nothing."""
        with tempfile.TemporaryDirectory(prefix="scc-deploy-") as folder:
            self._timed("a", "Checks and package", lambda: self._check(Path(folder)))
        self.say(f"(b) Snapshot of {releases.live(self.stage) or 'nothing: this is the first deploy'}")
        self.say("(c) Environment")
        self._details(self._merged().lines())
        self.say("(d) Stack")
        self._details(stack.preview(self.stage, body=template.body(), parameters=self._parameters()))
        sizes = (f"{self.package.archives[each].size / 1e6:.1f} MB to {name}" for each, name in self._names())
        self.say(f"(e) Code: {' and '.join(sizes)}")
        self.say("(f) Static files, to the slot and then live  (g) Smoke test of the slot")
        self.say(f"(h) Publish {self.release}  (i) Empty the caches  (j) Smoke test")
        self.say("Nothing was changed.")

    def run(self) -> str:
        """Deploy, and return a sentence on it. A SmokeFailed has put everything back; any other error is run again."""
        with ExitStack() as held:
            folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="scc-deploy-")))
            self._timed("a", "Checks and package", lambda: self._check(folder))
            stack.wait_until_settled(self.stage, self._detail)
            self.outputs = stack.outputs(self.stage)
            if self.outputs:
                self.lock = held.enter_context(lock.held(self.stage, by=self.by))
            self._timed("b", "Snapshot", self._take_snapshot)
            self._timed("c", "Environment", self._merge)
            is_first = not self.outputs
            self._timed("d", "Stack", lambda: self._apply_stack(only_new=is_first))
            if is_first:
                # The table that the lock is in exists only now: who makes the stack is who deploys.
                self.lock = held.enter_context(lock.held(self.stage, by=self.by))
            try:
                self._to_the_world()
            except SmokeFailed as exc:
                raise SmokeFailed(f"{exc}\n{self._go_back()}") from exc
            self._record()
        return f"Deployed {self.release}: https://{self.outputs['DistributionDomain']}/"

    def _to_the_world(self) -> None:
        self._timed("e", "Code to the slot", self._put_code)
        self._timed("f", "Static files", self._put_static)
        self._timed("g", "Smoke test of the slot", self._smoke_slot)
        self._timed("h", "Publish", self._publish)
        self._timed("i", "Empty the caches", self._empty_caches)
        self._timed("j", "Smoke test", self._smoke_live)

    def _check(self, folder: Path) -> None:
        if self.options.check_routes:
            _refuse(checks.behaviours(None))
        self._check_settings()
        fonts.check(self.stage, self.outputs.get("DocumentsBucket", ""))
        target = Target.this_machine() if self.options.this_machine else Target.of(self.stage)
        self.package = package.build(commit=self.commit, target=target, folder=folder, say=self._detail)

    def _check_settings(self) -> None:
        """Run Django's checks with the settings that the function will have."""
        values = self._merged().values
        # What the first deploy learns of its own stack, below.
        later = dict.fromkeys(FROM_STACK, "later") | {"SCC_SITE_URL": "https://later.cloudfront.net"}
        missing = environment.required(values, later)
        if missing:
            raise EdgeError(f"Not set: {', '.join(missing)}. Set them in {self.options.env_file}.")
        tags = sorted(registry.tags_available(deployment_checks=True) - {checks.TAG})
        done = subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
            + [word for tag in tags for word in ("--tag", tag)],
            cwd=settings.BASE_DIR,
            env=_machine() | later | values | {"AWS_LAMBDA_FUNCTION_NAME": self.stage.web},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = environment.without_values(done.stdout + done.stderr, values)
            raise EdgeError(f"manage.py check --deploy found:\n{last_words(said)}")

    def _take_snapshot(self) -> None:
        live = releases.live(self.stage)
        if live:
            # What a rollback that was interrupted holds of the environment is put there before it is merged.
            releases.settle(self.stage)
        # Another run may have ended since this one began.
        self.there = self._environment(self.stage.web)
        self.live = self._environment(self.stage.web, LIVE)
        if live is None:
            self._detail("nothing is live yet")
            return
        releases.capture(self.stage, prefix=self.snapshot)
        self._detail(f"{live}, in s3://{self.outputs['DeployBucket']}/{self.snapshot}/")

    def _merge(self) -> None:
        self.remove = {name for name in self._merged().stale if self._goes(name)}
        self._details(self._merged().lines())

    def _goes(self, name: str) -> bool:
        if self.options.remove is None:
            return self.ask(f"    {name} was given by an earlier deploy, and is given no more. Remove it?")
        return self.options.remove

    def _merged(self) -> environment.Merge:
        return environment.merge(
            there=self.there, wanted=self._wanted(), known=environment.known_names(), remove=self.remove
        )

    def _wanted(self) -> dict[str, str]:
        """Return what this deploy gives: what is found and made, below what the operator's file says."""
        outputs = self.outputs
        found = {name: outputs.get(output, "") for name, output in FROM_STACK.items()}
        if "DistributionDomain" in outputs:
            found["SCC_SITE_URL"] = f"https://{outputs['DistributionDomain']}"
        made = {name: self.there.get(name) or self.live.get(name) or value for name, value in self.made.items()}
        file = {name: value for name, value in self.given.items() if name not in DEPLOY_ONLY}
        given = {**found, **made, **file, environment.RELEASE: self.release}
        return {name: value for name, value in given.items() if value}

    def _apply_stack(self, *, only_new: bool = False) -> None:
        parameters = self._parameters()
        stack.apply(self.stage, body=template.body(), parameters=parameters, say=self._detail, only_new=only_new)
        self.outputs = stack.outputs(self.stage)
        if "DistributionId" in self.outputs:
            stack.wait_until_deployed(self.outputs["DistributionId"], self._detail)

    def _parameters(self) -> dict[str, str]:
        host = urlsplit(self.given.get("SCC_SITE_URL", "")).hostname or ""
        return {
            "Project": self.stage.project,
            "Stage": self.stage.name,
            "LiveHost": functions.url_host(self.client, self.stage.web, LIVE),
            "OriginSecret": self._origin_secret(),
            "SiteHost": "" if host.endswith(".cloudfront.net") else host,
            "CertificateArn": self.given.get("SCC_CERTIFICATE_ARN", ""),
            "AlarmEmail": self.given.get("SCC_ALARM_EMAIL", ""),
            "MonthlyBudgetUsd": self.given.get("SCC_MONTHLY_BUDGET_USD", "") or "0",
            "TableProtection": str(self.stage.name == "production").lower(),
        }

    def _origin_secret(self) -> str:
        """Return the secret that CloudFront sends: one that the live version takes, as visitors are being served.

        Raises EdgeError when the one that is deployed would not take it.
        """
        taken = environment.secrets_of(self._merged().values)
        sent = environment.secrets_of(self.live)[0] if environment.SECRETS in self.live else taken[0]
        if sent not in taken:
            raise EdgeError(
                f"{environment.SECRETS} lacks the secret that CloudFront sends: every visitor would be refused. Take "
                f"it out of {self.options.env_file}, or delete what was set by hand on {self.stage.web}. "
                f"To change it: manage.py secrets rotate {self.stage.name}"
            )
        return sent

    def _put_code(self) -> None:
        bucket = self.outputs["DeployBucket"]
        s3 = boto3.client("s3", region_name=self.stage.region)
        for member, archive in self.package.archives.items():
            s3.upload_file(str(archive.path), bucket, self._key(member))
        fonts.upload(self.stage, self.outputs["DocumentsBucket"], self._detail)
        there = functions.configuration(self.client, self.stage.web)
        zappa.put(
            self.stage,
            exists=there is not None,
            package=f"s3://{bucket}/{self._key(WEB)}",
            role_arn=self.outputs["WebRoleArn"],
            bucket=bucket,
            environment=functions.variables(there),
        )
        functions.wait_until_active(self.client, self.stage.web)
        functions.ensure_url(self.client, self.stage.web, SLOT)
        self._ensure_ops()
        if self._ensure_live():
            # Its environment names the site, which has an address only now.
            self._ensure_ops()
        functions.set_environment(self.client, self.stage.web, self._merged().values, seen=self.there)
        if environment.SECRETS not in self._environment(self.stage.web, LIVE):
            # What the alias names was published without an environment; nobody is served yet.
            self._publish()
        self._publish_texts()

    def _publish_texts(self) -> None:
        """Have the slot publish the waiver's text. A release that cannot even start is seen by that first."""
        try:
            said = functions.run_command(self.client, self.stage.ops, ["publishtexts"])
        except EdgeError as exc:
            raise SmokeFailed(f"The slot does not work. {exc}") from exc
        self._detail(said.strip())

    def _key(self, member: str) -> str:
        """Return where the deploy bucket has the package of a function."""
        return f"releases/{self.release}/{FILES[member]}"

    def _names(self) -> list[tuple[str, str]]:
        """Return the functions by what their packages are called, that of the visitors last: it goes live last."""
        return [(OPS, self.stage.ops), (WEB, self.stage.web)]

    def _ensure_ops(self) -> None:
        """Make the function for commands, or bring its slot up to date. It is given what the other one has."""
        seen = self._environment(self.stage.ops)
        given = {name: value for name, value in self._merged().values.items() if name != environment.GIVEN}
        merged = environment.merge(there=seen, wanted=given, known=environment.known_names(), remove=self.remove)
        functions.ensure_ops(
            self.client,
            self.stage.ops,
            role=self.outputs["OpsRoleArn"],
            bucket=self.outputs["DeployBucket"],
            key=self._key(OPS),
            sha256=self.package.archives[OPS].code_sha256,
            runtime=self.stage.runtime,
            architecture=self.stage.architecture,
            memory_mb=self.stage.memory_mb,
            environment=merged.values,
            seen=seen,
            release=self.release,
        )

    def _ensure_live(self) -> bool:
        """See that the live address is there, closed but for its URL. Returns whether the stack had to learn of it."""
        if functions.configuration(self.client, self.stage.web, LIVE) is None:
            sha256 = self.package.archives[WEB].code_sha256
            first = functions.publish(self.client, self.stage.web, sha256, self.release)
            functions.point_alias(self.client, self.stage.web, first)
        functions.ensure_url(self.client, self.stage.web, LIVE)
        for qualifier in (SLOT, LIVE):
            functions.close_invoke_permission(self.client, self.stage.web, qualifier)
        if "DistributionId" in self.outputs:
            return False
        self._detail("the stack again, as the function has an address now")
        self._apply_stack()
        return True

    def _put_static(self) -> None:
        bucket = self.outputs["SiteBucket"]
        keys = site.upload_slot(bucket, self.package.static, template.path().parent / "landing", self._detail)
        site.go_live(bucket, keys, self._detail)

    def _smoke_slot(self) -> None:
        secret = environment.secrets_of(self._environment(self.stage.web))[0]
        target = targets.slot(self.stage, secret=secret, release=self.release, static=self.package.static)
        self._smoke(target, "The slot")

    def _smoke_live(self) -> None:
        self._smoke(targets.live(self.stage, release=self.release, static=self.package.static), "The live address")

    def _smoke(self, target: smoke.Target, what: str) -> None:
        failed = smoke.failed(smoke.run(target, say=self._detail_of_faults, settle_seconds=smoke.SETTLE_SECONDS))
        if failed:
            raise SmokeFailed(f"{what} failed the smoke test.\n" + "\n".join(map(str, failed)))

    def _publish(self) -> None:
        for member, name in self._names():
            sha256 = self.package.archives[member].code_sha256
            version = functions.publish(self.client, name, sha256, self.release)
            before = functions.point_alias(self.client, name, version)
            self._detail(f"{name}: version {version}, before it {before or 'none'}")

    def _empty_caches(self) -> None:
        caches.empty(self.outputs["DistributionId"], reference=self.release)

    def _go_back(self) -> str:
        """Put back what the snapshot holds, and return a sentence about it."""
        if not releases.exists(self.stage, self.snapshot):
            return "There is no release before this one to go back to. Mend what failed, and deploy again."
        self.say("Going back")
        release = restoring.put_back(self.stage, self.snapshot, say=self._detail)
        releases.end_going_back(self.stage)
        return f"Everything is back at {release}."

    def _record(self) -> None:
        releases.capture(self.stage, prefix=f"releases/{self.release}", by=self.by, commit=self.commit)
        for name in (self.stage.ops, self.stage.web):
            functions.prune(self.client, name, KEPT_VERSIONS)

    def _environment(self, name: str, qualifier: str = SLOT) -> dict[str, str]:
        return functions.environment_of(self.client, name, qualifier)

    def _timed(self, letter: str, what: str, step: Callable[[], None]) -> None:
        if self.lock is not None:
            self.lock.renew()
        self.say(f"({letter}) {what}")
        started = time.monotonic()
        step()
        self._detail(f"{time.monotonic() - started:.1f} s")

    def _detail(self, line: str) -> None:
        self.say(f"    {line}")

    def _detail_of_faults(self, line: str) -> None:
        # A hundred lines of what is well would bury what is not.
        if not line.startswith("ok "):
            self._detail(line)

    def _details(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._detail(line)


def _refuse(found: Iterable[CheckMessage]) -> None:
    """Raise EdgeError with what checks found, if anything."""
    said = [f"{message.id}: {message.msg}" for message in found]
    if said:
        raise EdgeError("\n".join(said))


def _machine() -> dict[str, str]:
    """Return this machine's environment without what is set here for the project: the function has its own."""
    ours = environment.known_names()
    return {name: value for name, value in os.environ.items() if name not in ours or name.startswith("AWS_")}
