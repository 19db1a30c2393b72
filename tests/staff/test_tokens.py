from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime

import bcrypt
import pytest
from pytest_django import Settings

from scc.staff import tokens
from scc.staff.backends import bootstrap_owner
from scc.staff.models import User
from scc.staff.rows import ApiToken
from tests.conftest import RequestsMade
from tests.people import make_user


def test_issue_gives_a_token_for_twelve_hours(dana: User) -> None:
    token, expires_at = tokens.issue(dana)

    assert len(token) == 43
    assert abs((expires_at - datetime.now(UTC)) - tokens.LIFETIME).total_seconds() < 10
    assert tokens.user_of(token) == dana


def test_issue_stores_only_a_hash(dana: User) -> None:
    token, expires_at = tokens.issue(dana)

    item = ApiToken.fetch(digest=hashlib.sha256(token.encode()).hexdigest())
    assert item is not None
    assert token not in str(item.serialize())
    assert item.expires_at == int(expires_at.timestamp())


def test_requests(dana: User, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        token, _ = tokens.issue(dana)
    assert made == {"TransactWriteItems": 1}

    with requests_made() as made:
        tokens.user_of(token)
    assert made == {"GetItem": 2}

    with requests_made() as made:
        tokens.user_of("of somebody else")
    assert made == {"GetItem": 1}


@pytest.mark.parametrize("token", ["", "x", "x" * 100_000, "\ud800", "é", "a\0b", "TOKEN#"])
def test_user_of_what_is_no_token(dana: User, token: str) -> None:
    assert tokens.user_of(token) is None


def test_user_of_an_expired_token(dana: User) -> None:
    token, _ = tokens.issue(dana)
    row = ApiToken.fetch(digest=hashlib.sha256(token.encode()).hexdigest())
    assert row is not None

    row.update(actions=[ApiToken.expires_at.set(int(time.time()))])

    assert tokens.user_of(token) is None


def test_user_of_ends_with_the_account(dana: User) -> None:
    token, _ = tokens.issue(dana)

    dana.active = False
    dana.save()

    assert tokens.user_of(token) is None


def test_user_of_ends_with_the_password(dana: User) -> None:
    token, _ = tokens.issue(dana)

    dana.set_password("another one entirely")
    dana.save()

    assert tokens.user_of(token) is None


def test_user_of_the_bootstrap_owner_ends_with_the_first_named_one(table: None, settings: Settings) -> None:
    settings.ADMIN_PASS_HASH = bcrypt.hashpw(b"all hands on deck", bcrypt.gensalt(4)).decode()
    bootstrap = bootstrap_owner()
    assert bootstrap is not None
    token, _ = tokens.issue(bootstrap)
    user = tokens.user_of(token)
    assert user is not None
    assert user.is_bootstrap

    make_user(username="alice")

    assert tokens.user_of(token) is None
