"""Installations of the functions and buckets alone, for what is done to releases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.installations import Installation, installed, with_two_releases


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    with installed(tmp_path) as made:
        yield made


@pytest.fixture
def two(here: Installation) -> Installation:
    return with_two_releases(here)
