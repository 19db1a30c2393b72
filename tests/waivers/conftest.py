from __future__ import annotations

from collections.abc import Iterator

import pytest

from waivers import texts


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Each test has a table of its own, and so a process that knows nothing of it."""
    texts.forget()
    yield
    texts.forget()
