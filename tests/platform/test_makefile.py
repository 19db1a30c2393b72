"""What the Makefile says where it cannot go on."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[2] / "Makefile"


def make(folder: Path, *goals: str) -> subprocess.CompletedProcess[str]:
    """Run make in `folder`, where the only commands are those of its `bin`."""
    make = shutil.which("make")
    assert make
    (folder / "bin").mkdir(exist_ok=True)
    return subprocess.run(
        [make, "-f", str(MAKEFILE), *goals],
        cwd=folder,
        env={"PATH": str(folder / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )


def command(folder: Path, name: str, script: str) -> None:
    """Put a command into the `bin` of `folder`."""
    (folder / "bin").mkdir(exist_ok=True)
    file = folder / "bin" / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


@pytest.mark.parametrize(
    ("script", "version"),
    [('case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac', "Python 3.9.2"), ("exit 127", "none")],
)
def test_python_too_old(tmp_path: Path, script: str, version: str) -> None:
    command(tmp_path, "python3", script)

    made = make(tmp_path, "run")

    assert made.returncode == 2
    assert made.stderr.startswith(f"Python 3.11 or newer is needed; here is {version}. Type: sudo apt-get install ")


def test_no_chromium_says_what_to_type(tmp_path: Path) -> None:
    command(tmp_path, "id", "echo 1000")

    made = make(tmp_path, "chromium")

    assert made.returncode == 2
    assert "Type: sudo apt-get install chromium" in made.stderr


def test_chromium_is_installed_where_we_may(tmp_path: Path) -> None:
    command(tmp_path, "id", "echo 0")
    command(tmp_path, "apt-get", f'echo "$@" >> {tmp_path}/said')

    made = make(tmp_path, "chromium")

    assert made.returncode == 0
    assert (tmp_path / "said").read_text().splitlines()[-1] == "install -qq -y --no-install-recommends chromium"


def test_second_engine_says_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    for name in ("pyproject.toml", "uv.lock", ".venv/.made", ".venv/.installed"):
        (tmp_path / name).touch()

    made = make(tmp_path, "second-engine")

    assert made.returncode == 0
    assert made.stdout.startswith("No second pass on DynamoDB Local: it needs Java 17 and npm")


def test_help_names_every_command(tmp_path: Path) -> None:
    command(tmp_path, "echo", 'printf "%s\\n" "$*"')

    made = make(tmp_path)

    goals = ("run", "test", "lint", "bench", "soak", "screenshots")
    assert [goal for goal in goals if f"make {goal}" not in made.stdout] == []
