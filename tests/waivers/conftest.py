"""What tests of waivers may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from events.rows import Event
from tests.builders import make_event


@pytest.fixture
def event(table: None) -> Event:
    return make_event()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "waivers.csv"
