"""What pytest collects: each worker, whenever it starts, must find the same tests."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# The clock's module is a plugin of pytest's too, and imported before pytest can look at its assertions.
COLLECT_AGAIN = """
import sys
from datetime import datetime, timedelta, timezone

import pytest
import time_machine

still = ["-W", "ignore::pytest.PytestAssertRewriteWarning", "-p", "no:cacheprovider"]
with time_machine.travel(datetime.now(timezone.utc) + timedelta(days=41, hours=7, seconds=13)):
    sys.exit(pytest.main(["--collect-only", "-q", "-n0", *still]))
"""


def test_names_of_tests_do_not_hang_on_the_clock_or_the_worker(request: pytest.FixtureRequest) -> None:
    again = subprocess.run(
        [sys.executable, "-c", COLLECT_AGAIN],
        cwd=request.config.rootpath,
        env={**os.environ, "PYTEST_XDIST_WORKER": "another"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert again.returncode == 0, again.stdout + again.stderr
    assert {item.nodeid for item in request.session.items} - set(again.stdout.splitlines()) == set()
