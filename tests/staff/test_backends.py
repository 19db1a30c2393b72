from __future__ import annotations

import bcrypt
import pytest
from django.contrib.auth.hashers import make_password
from django.core.checks import run_checks
from django.test import Client, override_settings
from pytest_django import Settings

from scc.staff import owners
from scc.staff.backends import StaffBackend, bootstrap_owner
from scc.staff.models import User
from scc.staff.rows import Role
from tests.conftest import RequestsMade
from tests.people import PASSWORD, client_of, make_user

SECRET = "all hands on deck"
# The same salt each time, as the test's names are made of it and every worker must have the same.
HASH = bcrypt.hashpw(SECRET.encode(), b"$2b$04$abcdefghijklmnopqrstuu").decode()

MALFORMED = [
    "",
    " ",
    "x",
    SECRET,
    "$2b$",
    "$2b$04$",
    HASH[:-1],
    HASH + "x",
    HASH.replace("$2b$", "$2c$"),
    HASH.replace("$2b$", "$1$"),
    HASH.replace("$04$", "$03$"),
    HASH.replace("$04$", "$99$"),
    # It would take a week to check a password against this one.
    HASH.replace("$04$", "$31$"),
    HASH.replace("$", ""),
    "$2b$04$" + "é" * 53,
    "$2b$04$" + "~" * 53,
    HASH + "\n",
    "\0" + HASH,
    "'" + HASH + "'",
    "plain:" + SECRET,
    "bcrypt_sha256$" + HASH,
]


def login(username: str, password: str) -> User | None:
    return StaffBackend().authenticate(None, username=username, password=password)


@pytest.fixture
def bootstrap(table: None, settings: Settings) -> User:
    settings.ADMIN_PASS_HASH = HASH
    user = bootstrap_owner()
    assert user is not None
    return user


# Stored users


def test_authenticate_finds_a_user_by_password(alice: User) -> None:
    assert login("alice", PASSWORD) == alice
    assert login("alice", PASSWORD + "!") is None
    assert login("nobody", PASSWORD) is None


@pytest.mark.parametrize("username", ["ALICE", "Alice", " alice ", "\uff41lice"])
def test_authenticate_takes_a_username_in_any_form(alice: User, username: str) -> None:
    assert login(username, PASSWORD) == alice


@pytest.mark.parametrize(
    "username", ["", " ", "a" * 151, "a" * 100_000, "al ice", "alice\0", "\ud800", "#", "{username}"]
)
def test_authenticate_refuses_what_is_no_username(alice: User, username: str, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        assert login(username, PASSWORD) is None

    assert made == {}


@pytest.mark.parametrize("password", ["", "x" * 73, "é" * 37, "x" * 1_000_000, "a\0b", "\ud800"])
def test_authenticate_refuses_odd_passwords(alice: User, password: str) -> None:
    assert login("alice", password) is None


def test_authenticate_takes_a_long_password_whole(table: None) -> None:
    make_user(username="lena", password="x" * 73)

    assert login("lena", "x" * 73) is not None
    assert login("lena", "x" * 72) is None


def test_authenticate_is_one_read(alice: User, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        login("alice", PASSWORD)

    assert made == {"GetItem": 1}


def test_authenticate_refuses_whoever_left(table: None) -> None:
    make_user(username="bob", role=Role.CREW, active=False)

    assert login("bob", PASSWORD) is None


def test_authenticate_replaces_an_old_hash(alice: User) -> None:
    alice.password = make_password(SECRET, hasher="bcrypt")
    alice.save()

    assert login("alice", SECRET) is not None

    assert User.objects.get_by_natural_key("alice").password.startswith("bcrypt_sha256$")
    assert login("alice", SECRET) is not None


@pytest.mark.parametrize("password", ["x" * 73, "é" * 37, "a\0b"])
def test_authenticate_refuses_odd_passwords_for_an_old_hash(alice: User, password: str) -> None:
    alice.password = make_password(SECRET, hasher="bcrypt")
    alice.save()

    assert login("alice", password) is None


@pytest.mark.parametrize(
    "hashed", ["bcrypt$", "bcrypt$x", f"bcrypt${HASH[:-1]}", f"bcrypt${HASH.replace('$04$', '$31$')}"]
)
def test_authenticate_refuses_a_malformed_old_hash(alice: User, hashed: str) -> None:
    alice.password = hashed
    alice.save()

    assert login("alice", SECRET) is None


# The bootstrap owner


def test_authenticate_lets_the_bootstrap_owner_in(bootstrap: User) -> None:
    user = login("admin", SECRET)

    assert user is not None
    assert user.is_bootstrap
    assert user.has_perm("staff.add_user")
    assert login("admin", SECRET + "!") is None


@pytest.mark.parametrize("form", ["$2a$", "$2b$", "$2y$"])
def test_authenticate_takes_every_form_of_bcrypt(table: None, settings: Settings, form: str) -> None:
    settings.ADMIN_PASS_HASH = HASH.replace("$2b$", form)

    assert login("admin", SECRET) is not None


@pytest.mark.parametrize("hashed", MALFORMED)
def test_authenticate_lets_nobody_in_by_a_malformed_hash(table: None, settings: Settings, hashed: str) -> None:
    settings.ADMIN_PASS_HASH = hashed

    for password in (SECRET, "", hashed, "admin"):
        assert login("admin", password) is None
    assert StaffBackend().get_user("admin") is None


@pytest.mark.parametrize("hashed", MALFORMED)
def test_check_names_a_malformed_hash(settings: Settings, hashed: str) -> None:
    settings.ADMIN_PASS_HASH = hashed

    found = [message.id for message in run_checks(tags=["security"])]

    assert found == (["staff.W001"] if hashed else [])


@pytest.mark.parametrize("password", ["x" * 73, "é" * 37, "x" * 1_000_000, "a\0b", "\ud800", ""])
def test_authenticate_refuses_odd_passwords_of_the_bootstrap_owner(bootstrap: User, password: str) -> None:
    assert login("admin", password) is None


def test_authenticate_refuses_the_bootstrap_owner_once_there_is_a_named_one(bootstrap: User) -> None:
    make_user(username="dana", role=Role.STAFF)
    assert login("admin", SECRET) is not None

    make_user(username="alice", role=Role.OWNER)

    assert login("admin", SECRET) is None


def test_authenticate_keeps_the_bootstrap_owner_dead_whatever_becomes_of_the_first(bootstrap: User) -> None:
    alice = make_user(username="alice", role=Role.OWNER)
    make_user(username="olga", role=Role.OWNER)

    alice.active = False
    alice.save()

    assert login("admin", SECRET) is None


def test_authenticate_prefers_a_stored_admin(bootstrap: User) -> None:
    stored = make_user(username="admin", role=Role.OWNER)

    assert login("admin", SECRET) is None
    assert login("admin", PASSWORD) == stored


@pytest.mark.urls("tests.staff.urls")
def test_get_user_ends_a_bootstrap_session_with_the_first_named_owner(bootstrap: User) -> None:
    client = client_of(bootstrap)
    assert client.get("/whoami").content == b"admin"

    make_user(username="alice", role=Role.OWNER)

    assert client.get("/whoami").content == b""


@pytest.mark.urls("tests.staff.urls")
def test_get_user_ends_a_bootstrap_session_with_another_hash(bootstrap: User) -> None:
    client = client_of(bootstrap)

    with override_settings(ADMIN_PASS_HASH=bcrypt.hashpw(SECRET.encode(), bcrypt.gensalt(4)).decode()):
        assert client.get("/whoami").content == b""


@pytest.mark.urls("tests.staff.urls")
def test_get_user_ends_the_session_of_whoever_left(bob: User, as_bob: Client) -> None:
    assert as_bob.get("/whoami").content == b"bob"

    bob.active = False
    bob.save()

    assert as_bob.get("/whoami").content == b""


@pytest.mark.urls("tests.staff.urls")
def test_get_user_ends_other_sessions_with_a_new_password(bob: User, as_bob: Client) -> None:
    bob.set_password(SECRET)
    bob.save()

    assert as_bob.get("/whoami").content == b""


@pytest.mark.urls("tests.staff.urls")
def test_a_request_of_somebody_logged_in_is_two_reads(as_bob: Client, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        as_bob.get("/whoami")

    assert made == {"GetItem": 2}


def test_bootstrap_hash_is_that_of_the_settings(settings: Settings) -> None:
    settings.ADMIN_PASS_HASH = HASH

    assert owners.bootstrap_hash() == HASH
