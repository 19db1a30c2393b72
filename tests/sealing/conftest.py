from __future__ import annotations

import pytest

from scc.sealing import keys, masters


@pytest.fixture
def no_keys_known(bucket: None) -> None:
    """The bucket, and a process that has no key in memory."""
    masters.forget()
    keys.named.cache_clear()
