from __future__ import annotations

import pytest

from scc.sealing import keys, masters


@pytest.fixture
def no_keys_known() -> None:
    """A process that has no key in memory."""
    masters.forget()
    keys.named.cache_clear()
