"""Logging in and out by the admin's own pages."""

from __future__ import annotations

import time

import bcrypt
import pytest
from django.test import Client, RequestFactory
from pytest_django import Settings

from scc.dynamo import units
from scc.dynamo.rows import Row
from scc.staff import audit, login
from scc.staff.login import authenticate_throttled
from scc.staff.models import User
from tests.conftest import RequestsMade
from tests.dynamo.faults import connection_refused
from tests.people import PASSWORD, client_of

pytestmark = pytest.mark.urls("tests.staff.urls")

# The beginning of a window.
NOW = 1_800_000_000.0
LOGIN = "/admin/login/?next=/whoami"


def post(client: Client, *, username: str = "alice", password: str = PASSWORD, address: str = "192.0.2.7") -> int:
    """Try to log in, and return the status of the answer."""
    data = {"username": username, "password": password}
    return client.post(LOGIN, data, REMOTE_ADDR=address).status_code


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    # No test shall meet the edge of two windows.
    monkeypatch.setattr(time, "time", lambda: NOW)


def test_login_by_the_form(alice: User) -> None:
    client = Client()

    assert post(client) == 302

    assert client.get("/whoami").content == b"alice"


def test_login_costs_four_requests(alice: User, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        post(Client())

    assert made == {"UpdateItem": 1, "GetItem": 1, "TransactWriteItems": 1, "PutItem": 1}


def test_login_is_in_the_audit_trail(alice: User) -> None:
    post(Client())

    [entry] = audit.history_of(alice.stored_row)
    assert (entry.action, entry.recorded_by, entry.subject) == ("signed-in", "alice", "USER#alice")


def test_login_form_asks_for_nothing(table: None, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        response = Client().get(LOGIN)

    assert response.status_code == 200
    assert made == {}


@pytest.mark.parametrize("username", ["alice", "nobody", "a" * 200, "al\0ice", "\u200b", "' OR 1=1"])
@pytest.mark.parametrize("password", ["wrong", "x" * 73, "é" * 1000, "a\0b"])
def test_login_refuses_with_a_form_and_no_entry(alice: User, username: str, password: str) -> None:
    client = Client()

    assert post(client, username=username, password=password) == 200

    assert client.get("/whoami").content == b""
    assert audit.history_of(alice.stored_row) == []


def test_login_of_the_bootstrap_owner_with_73_bytes(table: None, settings: Settings) -> None:
    settings.ADMIN_PASS_HASH = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    client = Client()

    assert post(client, username="admin", password="x" * 73) == 200
    assert client.get("/whoami").content == b""
    assert Row.collection("AUDIT#USER#admin") == []

    assert post(client, username="admin", password="x" * 72) == 302
    assert client.get("/whoami").content == b"admin"


def test_login_is_throttled_after_five_tries(alice: User) -> None:
    statuses = [post(Client(), password="wrong") for _ in range(6)]

    assert statuses == [200] * 5 + [429]


def test_login_throttled_says_when_to_try_again_and_does_not_look_at_the_password(
    alice: User, requests_made: RequestsMade
) -> None:
    for _ in range(5):
        post(Client(), password="wrong")

    with requests_made() as made:
        response = Client().post(LOGIN, {"username": "Alice ", "password": PASSWORD}, REMOTE_ADDR="192.0.2.7")

    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 300
    assert "Try again in 5 minutes." in response.content.decode()
    assert made == {"UpdateItem": 1}


def test_login_is_not_throttled_with_the_guard_off(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "LIMIT", 1_000_000)

    statuses = [post(Client(), password="wrong") for _ in range(20)]

    assert statuses == [200] * 20


def test_login_throttles_one_name_at_one_address(alice: User, dana: User) -> None:
    for _ in range(6):
        post(Client(), password="wrong")

    assert post(Client(), username="dana") == 302
    assert post(Client(), address="192.0.2.8") == 302


def test_login_counts_anew_after_a_success(alice: User) -> None:
    for _ in range(4):
        post(Client(), password="wrong")
    assert post(Client()) == 302

    statuses = [post(Client(), password="wrong") for _ in range(6)]

    assert statuses == [200] * 5 + [429]


def test_login_in_the_next_window_is_free(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(6):
        post(Client(), password="wrong")

    monkeypatch.setattr(time, "time", lambda: NOW + 300)

    assert post(Client()) == 302


def test_logout_ends_the_session_in_the_table(as_bob: Client, requests_made: RequestsMade) -> None:
    key = as_bob.cookies["sessionid"].value

    with requests_made() as made:
        as_bob.post("/admin/logout/")

    assert made == {"GetItem": 2, "DeleteItem": 1}
    as_bob.cookies["sessionid"] = key
    assert as_bob.get("/whoami").content == b""


@pytest.mark.parametrize("path", ["/admin/", "/admin/staff/user/", "/admin/password_change/"])
def test_pages_send_a_stranger_to_the_login(as_charlie: Client, path: str) -> None:
    response = as_charlie.get(path)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/?next=")


def test_password_change_of_ones_own(alice: User) -> None:
    here, elsewhere = client_of(alice), client_of(alice)
    new = "a bigger boat is what we need"

    response = here.post(
        "/admin/password_change/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    )

    assert response.status_code == 302
    assert here.get("/whoami").content == b"alice"
    assert elsewhere.get("/whoami").content == b""
    assert [entry.action for entry in audit.history_of(alice.stored_row)] == ["password"]
    request = RequestFactory().post("/")
    assert authenticate_throttled(request, username="alice", password=new) is not None


def test_password_change_refuses_a_weak_one(as_bob: Client, bob: User) -> None:
    data = {"old_password": PASSWORD, "new_password1": "bob", "new_password2": "bob"}

    response = as_bob.post("/admin/password_change/", data)

    assert response.status_code == 200
    assert "too short" in response.content.decode()
    assert audit.history_of(bob.stored_row) == []


def test_password_change_is_not_for_the_bootstrap_owner(table: None, settings: Settings) -> None:
    settings.ADMIN_PASS_HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    client = Client()
    post(client, username="admin")

    response = client.get("/admin/password_change/")

    assert response.status_code == 302
    assert response.headers["Location"] == "/admin/staff/user/add/"


def test_authenticate_throttled_takes_half_a_character(alice: User) -> None:
    request = RequestFactory().post("/")

    assert authenticate_throttled(request, username="\ud800", password="\ud800") is None
    assert authenticate_throttled(request, username="alice", password="\ud800") is None


@pytest.mark.parametrize("operation", ["UpdateItem", "GetItem", "TransactWriteItems", "PutItem"])
def test_login_says_so_when_the_table_does_not_answer(
    alice: User, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    monkeypatch.setattr(units, "BUDGET", -1.0)
    client = Client(raise_request_exception=False)

    with connection_refused(operation, times=100):
        response = client.post(LOGIN, {"username": "alice", "password": PASSWORD})

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert client.get("/whoami").content == b""
