"""The programs that make a package: uv, and a Python of the function's version."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from scc.edge.errors import EdgeError, last_words

_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def this_python() -> str:
    """Return the version of what runs this: "3.14"."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def interpreter(version: str) -> str:
    """Return the path of a CPython of that minor version: bytecode is for one alone. Raises EdgeError without one."""
    if version == this_python():
        return sys.executable
    try:
        return uv("python", "find", "--no-project", "--no-python-downloads", f"cpython@{version}").strip()
    except EdgeError as exc:
        raise EdgeError(
            f"Python {version} is needed here too, to compile the package for it. Type: {_uv_path()} python install "
            f"{version}\n{exc}"
        ) from exc


def uv(*arguments: str, cwd: Path | None = None, text: str = "") -> str:
    """Return what uv prints. Raises EdgeError as `run` does, and where there is none."""
    if not _uv_path().exists():
        raise EdgeError(f"{_uv_path()} is not there, which packages are made with. Type: make lint, which installs it.")
    # Where a network has a certificate authority of its own, the machine trusts it and uv's built-in list does not.
    certificates = ["--system-certs"] if _CERTIFICATES.exists() else []
    return run([str(_uv_path()), *arguments, *certificates], cwd=cwd, text=text)


def run(
    command: Sequence[str], *, cwd: Path | None = None, text: str = "", env: Mapping[str, str] | None = None
) -> str:
    """Return what a program prints. Raises EdgeError, with the end of what it said, when it fails."""
    done = subprocess.run(command, cwd=cwd, env=env, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        said = last_words(done.stdout + done.stderr)
        raise EdgeError(f"{Path(command[0]).name} ended with {done.returncode}:\n{said}")
    return done.stdout


def _uv_path() -> Path:
    """Return uv's path: it is installed beside this Python."""
    return Path(sys.executable).with_name("uv")
