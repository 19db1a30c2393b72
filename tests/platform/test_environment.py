"""The tests' own environment: one emulator, a table of one's own, and no network beyond this machine."""

import os
import socket

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from events.rows import Vessel
from scc.dynamo.rows import Row
from tests.conftest import RequestsMade
from tests.environment import NetworkBlocked


def test_settings_were_read_after_the_environment_was_set() -> None:
    assert settings.SCC_TABLE.startswith("scc-test-")
    assert os.environ["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("8.8.8.8", 53)])
def test_network_is_blocked_beyond_this_machine(address: tuple[str, int]) -> None:
    with socket.socket() as client, pytest.raises(NetworkBlocked):
        client.connect(address)


def test_names_are_not_looked_up() -> None:
    with pytest.raises(NetworkBlocked):
        socket.create_connection(("dynamodb.us-west-2.amazonaws.com", 443))


def test_this_machine_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_client_needs_no_database_fixture(table: None) -> None:
    # pytest-django refuses connections outside its `db` fixture, which would first make a database. It does so by
    # replacing the base class's ensure_connection; our engine, which has no connection, has one of its own.
    with transaction.atomic():
        answer = Client().get("/healthz")

    assert answer.status_code == 200


def test_requests_made_counts_what_went_out(table: None, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        Row.collection("EVENT#none")
        Row.collection("EVENT#none")

    assert made == {"Query": 2}


def test_requests_made_counts_no_longer_than_asked(table: None, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        pass

    Row.collection("EVENT#none")

    assert made == {}


@pytest.mark.parametrize("time", ["first", "second"])
def test_table_is_empty_at_the_start(table: None, time: str) -> None:
    assert Vessel.fetch(slug="renown") is None

    Vessel(slug="renown", name="Renown", folded_name="renown", capacity=49).stamp().save()

    assert Vessel.fetch(slug="renown") is not None
