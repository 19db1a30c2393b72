"""Zappa: makes the function behind CloudFront and its Function URL, and puts new code and configuration on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scc.edge.errors import EdgeError
from scc.edge.stages import Stage, zappa_settings

# The package's own console command, as a program of this Python.
_MAIN = "import sys; from zappa.cli import handle; sys.argv[0] = 'zappa'; handle()"
_LAST_LINES = 15


def put(stage: Stage, *, exists: bool, package: str, role_arn: str, bucket: str) -> None:
    """Put a package on $LATEST, and make the function with its URL where it does not exist. Waits for nothing.

    package: "s3://bucket/key". The environment of a function that exists is left as it is.
    Raises EdgeError with the end of what Zappa said.
    """
    with tempfile.TemporaryDirectory(prefix="scc-zappa-") as folder:
        path = Path(folder, "zappa_settings.json")
        values = {**zappa_settings(stage.name), "role_arn": role_arn, "s3_bucket": bucket}
        # The package is made already: nothing here is to be replaced.
        values.pop("callbacks", None)
        path.write_text(json.dumps({stage.name: values}))
        verb = "update" if exists else "deploy"
        done = subprocess.run(
            [sys.executable, "-c", _MAIN, verb, stage.name, "-s", str(path), "-z", package, "--disable_progress"],
            cwd=folder,
            env={**os.environ, "AWS_DEFAULT_REGION": stage.region},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-_LAST_LINES:])
        raise EdgeError(f"zappa {verb} {stage.name} ended with {done.returncode}:\n{said}")
