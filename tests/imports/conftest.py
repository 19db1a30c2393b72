"""What tests of imports may ask for."""

from __future__ import annotations

import pytest

from scc.imports import portions


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each departure, or year of them, be a portion."""
    monkeypatch.setattr(portions, "LINES", 1)
