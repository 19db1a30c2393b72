"""What every test may ask for."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from hypothesis import settings

from events import tips
from payments import methods
from scc import media
from scc.dynamo.rows import Row
from scc.dynamo.tables import create_table, delete_table
from tests.soak import IS_SOAK
from waivers import texts

pytest_plugins = ["tests.people"]

# The same examples in each `make test`, whoever runs it; `make soak` draws others, and many.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("soak", max_examples=2000, deadline=None)
settings.load_profile("soak" if IS_SOAK else "same")


@pytest.fixture(scope="session", autouse=True)
def worker_bucket() -> None:
    """The worker's own bucket of keys and documents, for all its tests; Amazon's DynamoDB Local has none."""
    if os.environ.get("SCC_TEST_ENGINE") != "dynamodb-local":
        media.create_bucket()


@pytest.fixture
def table() -> Iterator[None]:
    """The table, empty."""
    create_table()
    # A new table, and a process that remembers nothing of the last one.
    texts.forget()
    tips.forget()
    methods.forget()
    yield
    delete_table()


@pytest.fixture
def methods_known(table: None) -> None:
    """A process that has read the methods of payment, as it does once a minute."""
    methods.every()


RequestsMade = Callable[[], AbstractContextManager[Counter[str]]]


@pytest.fixture
def requests_made() -> RequestsMade:
    """Count what goes to DynamoDB, by operation, each try of a retried request as one.

    with requests_made() as made:
        Event.fetch(slug="2026-05-23")

    assert made == {"GetItem": 1}
    """
    return count_requests


@contextmanager
def count_requests() -> Iterator[Counter[str]]:
    made: Counter[str] = Counter()
    lock = threading.Lock()

    def count(request: Any, event_name: str, **_: Any) -> None:
        with lock:
            made[event_name.rpartition(".")[2]] += 1

    events = Row._get_connection().connection.client.meta.events
    events.register_first("before-send.dynamodb", count)
    try:
        yield made
    finally:
        events.unregister("before-send.dynamodb", count)
