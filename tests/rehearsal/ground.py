"""What a rehearsal stands on: an emulated AWS of its own, a clone of what is committed, and an operator's file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

from scc.emulator import Emulator

TOP = Path(__file__).parents[2]
# Where ministack is installed with nothing beside it: functions see all that is.
EMULATOR_PYTHON = TOP / ".cache/emulator/bin/python"
IN_MEMORY = Path("/dev/shm")  # noqa: S108
STAGE = "staging"
SENDER = "crew@example.com"
OPERATOR = {
    "SCC_OPERATOR": "Rehearsal Charters",
    "SES_SENDER_EMAIL": SENDER,
}


class Failed(Exception):
    """The rehearsal found something that is not as it must be."""


@dataclass
class Ground:
    """An emulated AWS and a clone that is deployed into it."""

    clone: Path
    aws: Emulator
    environment: dict[str, str]
    outputs: dict[str, str] = field(default_factory=dict)
    function_host: str = ""

    def manage(self, *arguments: str, code: int = 0, more: Mapping[str, str] | None = None) -> str:
        """Run a command in the clone and return what it said. Raises Failed when it ends with another code."""
        process = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=self.clone,
            env={**self.environment, **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            said, _ = process.communicate()
        finally:
            if process.poll() is None:
                # Interrupted. A deploy ends what it has started.
                process.terminate()
                process.wait()
        if process.returncode != code:
            raise Failed(f"manage.py {' '.join(arguments)} ended with {process.returncode}, not {code}:\n{said}")
        return said

    def find_out(self) -> None:
        """Learn what the stack gives, and where the function answers."""
        (found,) = self.client("cloudformation").describe_stacks(StackName=f"scc-{STAGE}")["Stacks"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in found["Outputs"]}
        url = self.client("lambda").get_function_url_config(FunctionName=f"scc-{STAGE}", Qualifier="live")
        self.function_host = str(urlsplit(url["FunctionUrl"]).netloc)

    @property
    def host(self) -> str:
        return self.outputs["DistributionDomain"]

    @property
    def site(self) -> str:
        return f"https://{self.host}"

    def open_departures(self) -> list[str]:
        """Return the slugs of departures of this year and the next that take signatures, one a day."""
        slugs: dict[str, str] = {}
        year = datetime.now(UTC).year
        for partition in (f"EVENT#{year}", f"EVENT#{year + 1}"):
            pages = (
                self.client("dynamodb")
                .get_paginator("query")
                .paginate(
                    TableName=self.outputs["Table"],
                    IndexName="gsi1",
                    KeyConditionExpression="gsi1pk = :year",
                    ExpressionAttributeValues={":year": {"S": partition}},
                )
            )
            for item in (item for page in pages for item in page["Items"]):
                if item["status"]["S"] == "scheduled":
                    slugs.setdefault(item["slug"]["S"][:10], item["slug"]["S"])
        return list(slugs.values())

    def git(self, *arguments: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=Rehearsal", "-c", "user.email=rehearsal@localhost", *arguments],
            cwd=self.clone,
            check=True,
            capture_output=True,
        )

    def commit(self) -> str:
        return subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=self.clone, check=True, capture_output=True, text=True
        ).stdout.strip()

    def replace(self, path: str, old: str, new: str) -> None:
        """Change one place in a file of the clone. Raises Failed when it is not there once."""
        text = (self.clone / path).read_text()
        if text.count(old) != 1:
            raise Failed(f"{path} has {text.count(old)} times {old!r}")
        (self.clone / path).write_text(text.replace(old, new))

    def ask_aws(self, path: str) -> dict[str, Any]:
        """Return what the emulator itself tells of what it has."""
        with urllib.request.urlopen(f"{self.aws.url}{path}") as answer:  # noqa: S310  # ours, on 127.0.0.1
            told: dict[str, Any] = json.load(answer)
        return told

    def client(self, service: str) -> Any:
        """Return a client of the emulated AWS."""
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self.aws.url,
            region_name="us-west-2",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


@contextmanager
def ground() -> Iterator[Ground]:
    """Start an emulated AWS that enforces IAM, and clone what is committed. All of it is gone at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scc-edge-")))
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scc-edge-", dir=scratch_folder())))
        aws = Emulator(
            folder=folder / "aws", keep=False, python=str(EMULATOR_PYTHON), scratch=scratch, enforce_iam=True
        )
        stack.enter_context(aws)
        clone = folder / "clone"
        subprocess.run(["git", "clone", "-q", str(TOP), str(clone)], check=True)
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SCC_", "AWS_", "SES_", "DJANGO_"))
        } | aws.environment()
        # What a command that is killed has there goes with all the rest.
        environment["TMPDIR"] = str(folder / "tmp")
        (folder / "tmp").mkdir()
        # Wheels, compiled layers and fonts are the same for every clone.
        (TOP / ".cache/packages").mkdir(parents=True, exist_ok=True)
        (clone / ".cache").mkdir()
        for name in ("packages", "fonts"):
            (clone / ".cache" / name).symlink_to(TOP / ".cache" / name)
        made = Ground(clone, aws, environment)
        made.client("sesv2").create_email_identity(EmailIdentity=SENDER)
        lines = [f'{name}="{value}"' for name, value in OPERATOR.items()]
        (clone / f".env.{STAGE}").write_text("\n".join(lines) + "\n")
        yield made


def scratch_folder() -> str | None:
    """Return a folder in memory, where a cold function is unpacked in a second less; None where there is none."""
    return str(IN_MEMORY) if IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > 2**30 else None
