"""The founding bug, at the door: a template that leads a path of Django's elsewhere is not deployed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from django.conf import settings

WAIVERS = re.compile(r'          - PathPattern: "/g/\*[^"]*"\n(?:            .*\n)+')
ENVIRONMENT = {"SCC_TABLE", "SCC_MEDIA_BUCKET", "PYTEST_XDIST_WORKER"}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of what is committed, without the waiver's behaviours, as a commit of its own."""
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", settings.BASE_DIR, folder], check=True)
    template = folder / "infra/template.yaml"
    template.write_text(WAIVERS.sub("", template.read_text()))
    (folder / ".env.staging").write_text("SES_SENDER_EMAIL=crew@example.com\n")
    who = ["-c", "user.name=Test", "-c", "user.email=test@localhost"]
    subprocess.run(["git", *who, "commit", "-qam", "Lose the waiver"], cwd=folder, check=True)
    return folder


def deploy(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT}
    return subprocess.run(
        [sys.executable, "manage.py", "deploy", "staging", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_deploy_refuses_a_template_without_the_waiver(clone: Path) -> None:
    done = deploy(clone)

    assert done.returncode == 1
    assert "edge.E001: /g/<str:slug>/waiver (waivers.views.waiver) is served by no behaviour" in done.stderr
    cloudformation = boto3.client("cloudformation")
    assert "scc-staging" not in str(cloudformation.list_stacks()["StackSummaries"])


def test_deploy_refuses_what_is_not_committed(clone: Path) -> None:
    (clone / "scc/urls.py").write_text("")

    done = deploy(clone)

    assert done.returncode == 1
    assert "Not committed: scc/urls.py" in done.stderr
