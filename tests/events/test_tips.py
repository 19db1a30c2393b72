"""How many shares of the tips each role gets, and who may say so."""

from __future__ import annotations

import time

import pytest
from django.test import Client

from events import rows, tips
from events.rows import CrewRole
from scc.staff import audit
from scc.staff.models import AuditEntry
from tests.conftest import RequestsMade
from tests.dynamo.test_admin import errors_of, form_of

pytestmark = pytest.mark.usefixtures("table")

LIST = "/admin/events/tipweight/"
CAPTAIN = f"{LIST}captain/change/"
EQUAL = dict.fromkeys(CrewRole.values, 1)


def weigh(client: Client, role: str, weight: str) -> object:
    page = f"{LIST}{role}/change/"
    return client.post(page, form_of(client.get(page)) | {"weight": weight})


def test_weights_are_equal_until_someone_says_otherwise() -> None:
    assert tips.weights() == EQUAL


def test_weights_are_read_once_a_minute(requests_made: RequestsMade, monkeypatch: pytest.MonkeyPatch) -> None:
    with requests_made() as made:
        tips.weights()
        tips.weights()
    later = time.monotonic() + tips.CURRENT_SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with requests_made() as made_later:
        tips.weights()

    assert made == {"Query": 1}
    assert made_later == {"Query": 1}


def test_an_owner_weighs_a_role_and_it_counts_at_once(as_alice: Client) -> None:
    tips.weights()

    weigh(as_alice, "captain", "3")
    weigh(as_alice, "captain", "2")
    weigh(as_alice, "guide", "0")

    assert tips.weights() == EQUAL | {"captain": 2, "guide": 0}


def test_each_change_of_a_weight_has_an_audit_entry(as_alice: Client) -> None:
    weigh(as_alice, "captain", "3")
    weigh(as_alice, "captain", "2")

    row = rows.TipWeight.fetch(role="captain")
    assert row is not None
    entries = audit.history_of(row)
    assert [entry.changed for entry in entries] == [{"weight": ("3", "2")}, {"weight": ("1", "3")}]
    assert {(entry.recorded_by, entry.subject_name) for entry in entries} == {("alice", "Tip weight of the captain")}
    assert AuditEntry.from_row(entries[0]).get_admin_url() == CAPTAIN


@pytest.mark.parametrize("weighed", [[], ["mate"]])
def test_the_list_shows_every_role_in_one_query(
    weighed: list[str], as_alice: Client, requests_made: RequestsMade
) -> None:
    for role in weighed:
        weigh(as_alice, role, "5")

    with requests_made() as made:
        page = as_alice.get(LIST)

    shown = {obj.role: obj.weight for obj in page.context["cl"].result_list}
    assert shown == EQUAL | dict.fromkeys(weighed, 5)
    assert made == {"GetItem": 2, "Query": 1}


def test_a_role_that_was_never_weighed_has_an_empty_history(as_alice: Client) -> None:
    page = as_alice.get(f"{LIST}captain/history/")

    assert page.status_code == 200
    assert list(page.context["action_list"]) == []


@pytest.mark.parametrize("weight", ["-1", "101", "1.5", "", "x", "99999999999999999999"])
def test_a_weight_that_cannot_be_is_said_beside_it(weight: str, as_alice: Client) -> None:
    page = weigh(as_alice, "captain", weight)

    assert errors_of(page).keys() == {"weight"}
    assert rows.TipWeight.fetch(role="captain") is None


@pytest.mark.parametrize("path", [f"{LIST}parrot/change/", f"{LIST}add/", f"{LIST}captain/delete/"])
def test_no_role_is_added_or_removed(path: str, as_alice: Client) -> None:
    answer = as_alice.get(path)

    assert answer.status_code in {302, 403}
    assert answer.headers.get("Location", "/admin/") == "/admin/"


@pytest.mark.parametrize("who", ["as_dana", "as_bob"])
def test_none_but_an_owner_weighs(who: str, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(who)

    assert client.get(LIST).status_code == 403
    assert client.post(CAPTAIN, {"weight": "9", "seen": ""}).status_code == 403
    assert rows.TipWeight.fetch(role="captain") is None
