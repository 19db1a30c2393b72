"""Getting a token, and the API's description of itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from payments import openapi
from scc.staff.models import User
from tests.api.calls import CASH, PAYMENT, assert_problem, post
from tests.api.schema import faults_of
from tests.builders import make_event
from tests.people import PASSWORD


def test_a_token_opens_the_api(as_charlie: Client, dana: User) -> None:
    make_event()

    response = post(as_charlie, "/api/token", {"username": "dana", "password": PASSWORD})

    assert response.status_code == 200
    assert faults_of(response.json(), "Token") == []
    headers = {"Authorization": f"Bearer {response.json()['token']}"}
    assert post(as_charlie, PAYMENT, CASH, headers=headers).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {"username": "dana", "password": "wrong"},
        {"username": "dana", "password": "x" * 73},
        {"username": "nobody", "password": PASSWORD},
        {"username": "\ud800", "password": PASSWORD},
        {"username": "dana\0", "password": PASSWORD},
        {"username": "d" * 3000, "password": PASSWORD},
        {"username": "dana", "password": "\ud800"},
        {"username": "dana", "password": "\0"},
        {"username": "", "password": ""},
    ],
)
def test_a_wrong_name_or_password_is_refused(as_charlie: Client, dana: User, body: Any) -> None:
    assert_problem(post(as_charlie, "/api/token", body), 401)


@pytest.mark.parametrize("body", [{}, {"username": "dana"}, {"username": 1, "password": []}, {"username": None}])
def test_missing_and_odd_fields_are_refused(as_charlie: Client, body: Any) -> None:
    assert_problem(post(as_charlie, "/api/token", body), 422)


def test_too_many_tries_have_to_wait(as_charlie: Client, dana: User) -> None:
    for _ in range(5):
        post(as_charlie, "/api/token", {"username": "dana", "password": "wrong"})

    response = post(as_charlie, "/api/token", {"username": "dana", "password": PASSWORD})

    assert_problem(response, 429)
    assert int(response["Retry-After"]) > 0


def test_a_token_is_asked_for_by_post(as_charlie: Client) -> None:
    response = as_charlie.get("/api/token")

    assert_problem(response, 405)
    assert response["Allow"] == "POST"


def test_the_description_is_open_to_all(as_charlie: Client) -> None:
    response = as_charlie.get("/api/openapi.json")

    assert response.json() == openapi.document()
    assert response.json()["openapi"].startswith("3.1")


def test_the_description_names_every_path_of_the_api() -> None:
    from payments.urls import urlpatterns

    described = {path.removeprefix("/api/") for path in openapi.document()["paths"]}

    served = {str(pattern.pattern).replace("<str:", "{").replace(">", "}") for pattern in urlpatterns}
    # Stripe calls the last, by its own description.
    assert served == described | {"", "stripe/webhook"}


def test_every_reference_in_the_description_leads_somewhere() -> None:
    document = openapi.document()

    named = set(_references(document))

    assert named <= set(document["components"]["schemas"])
    assert named


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"].rpartition("/")[2]] if "$ref" in part else []
        return own + [name for each in part.values() for name in _references(each)]
    if isinstance(part, list):
        return [name for each in part for name in _references(each)]
    return []
