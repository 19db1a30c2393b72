"""What pytest collects: workers that start in other seconds, or around midnight, must find the same tests."""

from __future__ import annotations

import subprocess
import sys

import pytest

# The clock's module is a plugin of pytest's too, and imported before pytest can look at its assertions.
COLLECT_LATER = """
import sys
from datetime import datetime, timedelta, timezone

import pytest
import time_machine

still = ["-W", "ignore::pytest.PytestAssertRewriteWarning", "-p", "no:cacheprovider"]
with time_machine.travel(datetime.now(timezone.utc) + timedelta(days=41, hours=7, seconds=13)):
    sys.exit(pytest.main(["--collect-only", "-q", "-n0", *still]))
"""


def test_names_of_tests_do_not_hang_on_the_clock(request: pytest.FixtureRequest) -> None:
    later = subprocess.run(
        [sys.executable, "-c", COLLECT_LATER], cwd=request.config.rootpath, capture_output=True, text=True, check=False
    )

    assert later.returncode == 0, later.stdout + later.stderr
    assert {item.nodeid for item in request.session.items} - set(later.stdout.splitlines()) == set()
