"""How long the long tests are, and what they are drawn from: `make test` runs them short, each time the same.

`make soak` runs them at full length, from another seed each time. Both are the same tests. SCC_SEED repeats a run; each
long test says which seed it had.
"""

from __future__ import annotations

import os
import sys

IS_SOAK = os.environ.get("SCC_SOAK") == "1"
SEED = int(os.environ.get("SCC_SEED", "6"))


def say_seed() -> None:
    """Say which seed this run has. pytest shows it where a test fails, and with -s."""
    sys.stdout.write(f"SCC_SEED={SEED}\n")
