from __future__ import annotations

import pytest

from scc import media
from scc.sealing import keys, masters


@pytest.fixture
def bucket() -> None:
    """The bucket, and a process that has no key in memory."""
    media.create_bucket()
    masters.forget()
    keys.named.cache_clear()
