"""Zappa: makes the function behind CloudFront and its Function URL, and puts new code and configuration on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from scc.edge.environment import without_values
from scc.edge.errors import EdgeError, last_words
from scc.edge.stages import Stage, zappa_settings

# Zappa's command line, as a program of this Python. It ends with whoever started it, whose end closes the pipe: left
# alone after a SIGKILL it would change the function under the next deploy, which takes over at once.
_MAIN = """
import os, sys, threading

def end():
    sys.stdin.read()
    os._exit(1)

threading.Thread(target=end, daemon=True).start()
from zappa.cli import ZappaCLI
try:
    sys.exit(ZappaCLI().handle(sys.argv[1:]))
except Exception as exc:
    sys.exit(f"{type(exc).__name__}: {exc}")
"""


def put(
    stage: Stage, *, exists: bool, package: str, role_arn: str, bucket: str, environment: Mapping[str, str]
) -> None:
    """Put a package on $LATEST, and make the function with its URL where it does not exist. Waits for nothing.

    package: "s3://bucket/key". environment: of the function, {} where there is none; it is left as it is.
    Raises EdgeError with the end of what Zappa said, without the values of the environment.
    """
    with tempfile.TemporaryDirectory(prefix="scc-zappa-") as folder:
        path = Path(folder, "zappa_settings.json")
        values = {**zappa_settings(stage.name), "role_arn": role_arn, "s3_bucket": bucket}
        # The package is made already: nothing here is to be replaced.
        values.pop("callbacks", None)
        path.write_text(json.dumps({stage.name: values}))
        verb = "update" if exists else "deploy"
        done = _run([verb, stage.name, "-s", str(path), "-z", package, "--disable_progress"], folder, stage.region)
    if done.returncode:
        said = last_words(without_values(done.stdout, environment))
        raise EdgeError(f"zappa {verb} {stage.name} ended with {done.returncode}:\n{said}")


def _run(arguments: Sequence[str], folder: str, region: str) -> subprocess.CompletedProcess[str]:
    reading, writing = os.pipe()
    try:
        return subprocess.run(
            [sys.executable, "-c", _MAIN, *arguments],
            cwd=folder,
            env={**os.environ, "AWS_DEFAULT_REGION": region},
            stdin=reading,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    finally:
        os.close(reading)
        os.close(writing)
