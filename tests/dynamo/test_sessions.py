from __future__ import annotations

import time
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import CreateError, UpdateError

from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.dynamo.rows import Row
from scc.dynamo.sessions import Session, SessionStore, digest_of
from tests.conftest import RequestsMade
from tests.dynamo.faults import answers_lost, connection_refused


def stored_session(**values: Any) -> str:
    """Return the key of a stored session that holds `values`."""
    session = SessionStore()
    session.update(values or {"boat": "queen"})
    session.save()
    return str(session.session_key)


def row_of(key: str) -> Session | None:
    return Session.fetch(digest=digest_of(key))


def test_save_and_load(table: None) -> None:
    key = stored_session(boat="queen", count=3)

    assert dict(SessionStore(key).items()) == {"boat": "queen", "count": 3}


def test_save_stores_neither_the_key_nor_plain_data(table: None) -> None:
    key = stored_session(boat="queen of san diego " * 20)

    row = row_of(key)
    assert row is not None
    assert key not in str(row.serialize())
    assert "queen" not in row.data


def test_each_step_is_one_request(table: None, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        key = stored_session()
    assert made == {"PutItem": 1}

    with requests_made() as made:
        session = SessionStore(key)
        session["boat"] = "star"
        session.save()
    assert made == {"GetItem": 1, "PutItem": 1}

    with requests_made() as made:
        SessionStore(key).flush()
    assert made == {"DeleteItem": 1}


def test_create_writes_nothing(table: None, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        session = SessionStore()
        session.create()
        session.get("boat")

    assert made == {}
    assert session.session_key is not None


def test_cycle_key_takes_the_data_along_and_ends_the_old_key(table: None) -> None:
    old = stored_session(boat="queen")
    session = SessionStore(old)

    session.cycle_key()
    session.save()

    assert row_of(old) is None
    assert SessionStore(session.session_key)["boat"] == "queen"


def test_load_finds_nothing_after_the_expiry(table: None, monkeypatch: pytest.MonkeyPatch) -> None:
    key = stored_session()
    expires_at = time.time() + settings.SESSION_COOKIE_AGE

    row = row_of(key)
    assert row is not None
    assert abs(row.expires_at - expires_at) < 10

    # DynamoDB takes it away within days; until then it is there and expired.
    monkeypatch.setattr(time, "time", lambda: expires_at + 1)
    session = SessionStore(key)
    assert dict(session.items()) == {}
    assert session.session_key is None


def test_load_of_an_expired_row_that_is_still_stored(table: None) -> None:
    key = stored_session()
    row = row_of(key)
    assert row is not None
    row.update(actions=[Session.expires_at.set(int(time.time()) - 1)])

    assert dict(SessionStore(key).items()) == {}


def test_save_keeps_a_session_for_as_long_as_it_asks(table: None) -> None:
    session = SessionStore()
    session.set_expiry(60)
    session.save()

    row = row_of(str(session.session_key))
    assert row is not None
    assert 0 < row.expires_at - time.time() <= 60


@pytest.mark.parametrize("key", ["not-a-key-of-ours", "x" * 100_000, "\ud800" * 8, "SESSION#aaaaaaaa"])
def test_load_takes_up_no_key_that_is_not_ours(table: None, key: str) -> None:
    session = SessionStore(key)

    session["boat"] = "queen"
    session.save()

    assert session.session_key != key
    assert row_of(key) is None


def test_load_of_tampered_data_is_empty(table: None) -> None:
    key = stored_session()
    row = row_of(key)
    assert row is not None
    row.update(actions=[Session.data.set(row.data[:-1])])

    assert dict(SessionStore(key).items()) == {}


def test_save_does_not_bring_back_what_was_ended(table: None) -> None:
    key = stored_session()
    slow = SessionStore(key)
    slow["boat"] = "star"

    SessionStore(key).flush()
    with pytest.raises(UpdateError):
        slow.save()

    assert row_of(key) is None


def test_save_that_must_create_refuses_a_stored_key(table: None) -> None:
    key = stored_session(boat="queen")
    session = SessionStore(key)
    session["boat"] = "pirate"

    with pytest.raises(CreateError):
        session.save(must_create=True)

    assert SessionStore(key)["boat"] == "queen"


@pytest.mark.parametrize("must_create", [False, True])
def test_save_survives_a_lost_answer(table: None, must_create: bool) -> None:
    session = SessionStore()
    session["boat"] = "queen"

    with answers_lost("PutItem", times=1) as lost:
        session.save(must_create=must_create)

    assert lost == ["PutItem"]
    assert SessionStore(session.session_key)["boat"] == "queen"


def test_a_table_that_does_not_answer(table: None) -> None:
    key = stored_session()

    with connection_refused("GetItem", times=100), pytest.raises(StoreUnavailable):
        SessionStore(key).get("boat")
    with connection_refused("PutItem", times=100), pytest.raises(OutcomeUnknown):
        stored_session()
    with connection_refused("DeleteItem", times=100), pytest.raises(OutcomeUnknown):
        SessionStore(key).flush()


def test_exists(table: None) -> None:
    assert SessionStore().exists(stored_session())
    assert not SessionStore().exists("never-was-there")


def test_flush_of_nothing_asks_nothing(table: None, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        SessionStore().flush()

    assert made == {}


def test_clear_expired_is_left_to_the_table(table: None, requests_made: RequestsMade) -> None:
    key = stored_session()

    with requests_made() as made:
        import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()

    assert made == {}
    assert len(Row.collection(f"SESSION#{digest_of(key)}")) == 1
