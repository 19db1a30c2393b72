"""What `manage.py` says to its commands."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings


@pytest.mark.parametrize(("command", "seconds"), [("verifyledger", 60), ("dev", 3)])
def test_main_lets_commands_wait_for_the_table_longer_than_pages(command: str, seconds: int) -> None:
    program = f"""
import manage
try:
    manage.main(["manage.py", {command!r}, "--help"])
finally:
    from pynamodb.settings import get_settings_value
    print(get_settings_value("read_timeout_seconds"))
"""
    environment = {name: value for name, value in os.environ.items() if name != "PYNAMODB_CONFIG"}

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == str(seconds)
