"""The media bucket as Django's storage, with the patience of someone whom others wait for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

from scc.dynamo.errors import StoreUnavailable

_TIMES = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})


class MediaStorage(S3Storage):  # type: ignore[misc]  # storages has no types
    """What is in the bucket is for nobody but us, and written anew under its own name."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(client_config=_TIMES, file_overwrite=True, default_acl=None, **settings)


@contextmanager
def answering() -> Iterator[None]:
    """Turn what the bucket may raise into StoreUnavailable. FileNotFoundError stays: that is an answer."""
    try:
        yield
    except ClientError as exc:
        raise StoreUnavailable(f"the bucket refused: {exc}") from exc
    except BotoCoreError as exc:
        raise StoreUnavailable(f"the bucket does not answer: {exc}") from exc
