"""How long the long tests are: `make test` runs them short, `make soak` at full length. Both are the same tests.

SCC_SEED repeats a run; each long test says which seed it had.
"""

from __future__ import annotations

import os
import secrets
import sys

IS_SOAK = os.environ.get("SCC_SOAK") == "1"
SEED = int(os.environ.get("SCC_SEED") or secrets.randbelow(10**9))


def say_seed() -> None:
    """Say which seed this run has. pytest shows it where a test fails, and with -s."""
    sys.stdout.write(f"SCC_SEED={SEED}\n")
