"""The commit that is deployed."""

from __future__ import annotations

import subprocess
from pathlib import Path

from scc.edge.errors import EdgeError


def clean_commit(folder: Path) -> str:
    """Return the commit that `folder` is at. Raises EdgeError when something is not committed: it would not go."""
    changed = _git(folder, "status", "--porcelain")
    if changed:
        names = ", ".join(line[3:] for line in changed.splitlines()[:5])
        raise EdgeError(f"Not committed: {names}. Commit it or put it aside; what is deployed is a commit.")
    return _git(folder, "rev-parse", "HEAD")


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError as exc:
        raise EdgeError("git is not there, and what is deployed is a commit. Install it.") from exc
    if done.returncode:
        raise EdgeError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.rstrip()
