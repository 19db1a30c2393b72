from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.staff import throttle
from scc.staff.rows import Throttle
from tests.conftest import RequestsMade

# Longer than any test: its edge comes once in 50 years of running them.
WINDOW = timedelta(days=365)


def tries(key: str = "alice 192.0.2.7", limit: int = 3) -> Throttle:
    return throttle.check(scope="login", key=key, limit=limit, window=WINDOW)


def test_check_refuses_beyond_the_limit(table: None) -> None:
    for _ in range(3):
        tries()

    with pytest.raises(throttle.Throttled) as refused:
        tries()

    assert 0 < refused.value.retry_after <= WINDOW.total_seconds()


def test_check_counts_each_key_and_scope_apart(table: None) -> None:
    for _ in range(3):
        tries()

    assert tries(key="alice 192.0.2.8").tries == 1
    assert throttle.check(scope="sign", key="alice 192.0.2.7", limit=3, window=WINDOW).tries == 1


def test_check_is_one_update(table: None, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        tries()

    assert made == {"UpdateItem": 1}


def test_check_counts_tries_made_at_once(table: None) -> None:
    def outcome(_: int) -> bool:
        try:
            tries(limit=5)
        except throttle.Throttled:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(outcome, range(30)))

    assert sum(outcomes) == 5


@pytest.mark.parametrize("key", ["x" * 100_000, "", "\ud800", "a\0b", "#.{}"])
def test_check_takes_any_key_and_stores_none_of_it(table: None, key: str) -> None:
    counted = tries(key=key)

    item = Row.collection(counted.pk)[0].serialize()
    assert set(item) == {"pk", "sk", "kind", "scope", "digest", "window", "tries", "expires_at", "version"}
    assert len(counted.digest) == 32


def test_check_keeps_its_count_beyond_the_window(table: None) -> None:
    counted = tries()

    end_of_window = (int(counted.window) + 1) * int(WINDOW.total_seconds())
    assert counted.expires_at == end_of_window + throttle.KEPT


def test_forgive_starts_the_count_anew(table: None) -> None:
    counted = [tries(), tries()][-1]
    unit = Unit()

    throttle.forgive(unit, counted)
    unit.commit()

    assert tries().tries == 1
