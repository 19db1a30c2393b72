"""The people of the tests: Alice owns the boat, Dana is staff, Bob is crew, Charlie is a stranger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.test import Client

from scc.staff.models import User
from scc.staff.rows import Role

PASSWORD = "fair winds and following seas"


@pytest.fixture(autouse=True, scope="session")
def _cheap_hashes() -> Iterator[None]:
    """Hash at bcrypt's lowest cost: a login would take a quarter of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BCryptSHA256PasswordHasher, "rounds", 4)
        yield


def make_user(
    *,
    username: str = "alice",
    name: str = "",
    email: str = "",
    role: Role = Role.OWNER,
    active: bool = True,
    password: str = PASSWORD,
) -> User:
    """Return a stored user."""
    user = User(username=username, name=name or username.title(), email=email, role=role, active=active)
    user.set_password(password)
    user.save()
    return user


@pytest.fixture
def alice(table: None) -> User:
    return make_user(username="alice", name="Alice Archer", email="alice@example.com", role=Role.OWNER)


@pytest.fixture
def dana(table: None) -> User:
    return make_user(username="dana", name="Dana Drake", email="dana@example.com", role=Role.STAFF)


@pytest.fixture
def bob(table: None) -> User:
    return make_user(username="bob", name="Bob Baker", email="bob@example.com", role=Role.CREW)


def client_of(user: User) -> Client:
    """Return a browser in which `user` is logged in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def as_alice(alice: User) -> Client:
    return client_of(alice)


@pytest.fixture
def as_dana(dana: User) -> Client:
    return client_of(dana)


@pytest.fixture
def as_bob(bob: User) -> Client:
    return client_of(bob)


@pytest.fixture
def as_charlie(table: None) -> Client:
    """A browser in which nobody is logged in."""
    return Client()
