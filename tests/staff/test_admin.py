"""The admin's pages of users and of the audit trail, and what the site shows of the trail."""

from __future__ import annotations

from typing import Any, cast

import bcrypt
import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from events.rows import Event
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.staff import audit, owners, rows
from scc.staff.actors import SYSTEM
from scc.staff.models import AuditEntry, User
from scc.staff.rows import Role
from tests.builders import make_event, make_person
from tests.conftest import RequestsMade
from tests.people import PASSWORD, client_of, make_user

USERS = "/admin/staff/user/"
NEW = {
    "username": "Zoe",
    "name": "Zoe Zimmer",
    "email": "zoe@example.com",
    "role": "crew",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


def page_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, response
    return response.content.decode()


def change(client: Client, user: User, **values: Any) -> HttpResponse:
    """Send the change form of `user` as it stands, with other values."""
    data: dict[str, Any] = {"name": user.name, "email": user.email, "role": user.role, "seen": user.stored_version}
    data |= {"active": "on"} if user.active else {}
    data |= values
    sent = {name: value for name, value in data.items() if value is not None}
    return cast(HttpResponse, client.post(f"{USERS}{user.pk}/change/", sent))


def stored(username: str) -> User:
    return User.objects.get_by_natural_key(username)


# Users


@pytest.mark.parametrize("path", [USERS, f"{USERS}add/", f"{USERS}bob/change/", f"{USERS}bob/password/"])
def test_users_are_the_owners_alone(as_alice: Client, as_dana: Client, as_bob: Client, path: str) -> None:
    assert as_alice.get(path).status_code == 200
    assert as_dana.get(path).status_code == 403
    assert as_bob.get(path).status_code == 403


def test_users_list_by_name(as_alice: Client, dana: User, bob: User, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        page = page_of(as_alice, USERS)

    assert page.index("Alice Archer") < page.index("Bob Baker") < page.index("Dana Drake")
    # The session and the user, and the list.
    assert made == {"GetItem": 2, "Query": 1}


@pytest.mark.parametrize(("query", "found"), [("q=dana", {"dana"}), ("role=crew", {"bob"}), ("active__exact=0", set())])
def test_users_are_found(as_alice: Client, dana: User, bob: User, query: str, found: set[str]) -> None:
    page = page_of(as_alice, f"{USERS}?{query}")

    results = page.partition('id="result_list"')[2]
    assert {name for name in ("dana", "bob", "alice") if f"/{name}/change/" in results} == found


def test_add_makes_a_user_who_can_log_in(as_alice: Client, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        response = as_alice.post(f"{USERS}add/", NEW)

    assert response.status_code == 302
    assert made == {"GetItem": 2, "TransactWriteItems": 1}
    user = stored("zoe")
    assert (user.name, user.role, user.active) == ("Zoe Zimmer", "crew", True)
    assert user.check_password(PASSWORD)


# Which of the crew a user is


def test_a_user_is_tied_to_a_person(as_alice: Client, bob: User) -> None:
    person = make_person(name="Bob Reyes")

    page = page_of(as_alice, f"{USERS}bob/change/")
    answer = change(as_alice, bob, person_id=person.ulid)

    assert f'<option value="{person.ulid}">Bob Reyes</option>' in page
    assert answer.status_code == 302
    assert stored("bob").person_id == person.ulid
    assert audit.history_of(bob.stored_row)[0].changed == {"person_id": ("", person.ulid)}


def test_a_user_is_tied_to_nobody_who_is_not_there(as_alice: Client, bob: User) -> None:
    answer = change(as_alice, bob, person_id="01KR0A1B2C3D4E5F6G7H8J9KMN")

    assert "Select a valid choice" in answer.content.decode()
    assert stored("bob").person_id == ""


def test_a_user_stays_who_they_are_without_another_read(
    as_alice: Client, bob: User, requests_made: RequestsMade
) -> None:
    person = make_person()
    change(as_alice, bob, person_id=person.ulid)

    with requests_made() as made:
        change(as_alice, stored("bob"), person_id=person.ulid, name="Robert Baker")

    # The session and two users beside the one that `stored` reads; the change.
    assert made == {"GetItem": 4, "TransactWriteItems": 1}
    assert (stored("bob").name, stored("bob").person_id) == ("Robert Baker", person.ulid)


def test_a_user_is_untied(as_alice: Client, bob: User) -> None:
    change(as_alice, bob, person_id=make_person().ulid)

    change(as_alice, stored("bob"), person_id="")

    assert stored("bob").person_id == ""


# Adding


def test_add_is_in_the_trail_without_the_password(as_alice: Client) -> None:
    as_alice.post(f"{USERS}add/", NEW)

    [entry] = audit.history_of(stored("zoe").stored_row)
    assert (entry.action, entry.recorded_by) == ("added", "alice")
    assert "bcrypt" not in str(entry.serialize())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"password2": "another"}, "two password fields"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"username": "al ice"}, "Letters, digits"),
        ({"username": "alice"}, "one like this already"),
        ({"username": "ALICE"}, "one like this already"),
        ({"username": "admin", "role": "crew"}, "This name is an owner"),
        ({"username": "system"}, "audit trail uses this name"),
        ({"name": "\u200b"}, "blank"),
        ({"role": "admiral"}, "not one of the available choices"),
        ({"email": "nowhere"}, "valid email"),
    ],
)
def test_add_refuses(as_alice: Client, values: dict[str, str], said: str) -> None:
    response = as_alice.post(f"{USERS}add/", NEW | values)

    assert response.status_code == 200
    assert said in response.content.decode()
    assert {row.username for row in rows.User.listing(known={}, index="gsi2")} == {"alice"}


def test_add_of_an_owner_by_the_bootstrap_owner_logs_that_one_out(table: None, settings: Settings) -> None:
    settings.ADMIN_PASS_HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    client = Client()
    client.post("/admin/login/", {"username": "admin", "password": PASSWORD})

    client.post(f"{USERS}add/", NEW | {"role": "owner"})

    assert owners.exist()
    page = client.get(USERS, follow=True).content.decode()
    assert "Log in as zoe." in page
    assert 'name="password"' in page


def test_change_costs_four_requests(as_alice: Client, bob: User, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        assert change(as_alice, bob, name="Robert Baker").status_code == 302

    assert made == {"GetItem": 3, "TransactWriteItems": 1}
    assert stored("bob").name == "Robert Baker"
    assert stored("bob").check_password(PASSWORD)


def test_change_is_in_the_trail(as_alice: Client, bob: User) -> None:
    change(as_alice, bob, role="staff")

    [entry] = audit.history_of(bob.stored_row)
    assert (entry.action, entry.changed) == ("changed", {"role": ("crew", "staff")})


def test_change_cannot_move_the_username_or_the_password(as_alice: Client, bob: User) -> None:
    change(as_alice, bob, username="mallory", password="x", folded_name="x")

    assert stored("bob").password == bob.password
    assert rows.User.fetch(username="mallory") is None


@pytest.mark.parametrize("values", [{"active": None}, {"role": "staff"}])
def test_change_keeps_the_last_owner(as_alice: Client, alice: User, values: dict[str, str | None]) -> None:
    response = change(as_alice, alice, **values)

    assert response.status_code == 200
    assert "only active owner" in response.content.decode()
    assert stored("alice").is_active_owner
    assert audit.history_of(alice.stored_row) == []


def test_change_deactivates_at_once(as_alice: Client, bob: User) -> None:
    as_bob = client_of(bob)
    assert as_bob.get("/admin/").status_code == 200

    change(as_alice, bob, active=None)

    assert as_bob.get("/admin/").status_code == 302


def test_change_tells_who_was_first(as_alice: Client, bob: User) -> None:
    olga = make_user(username="olga", name="Olga Olsen")
    change(client_of(olga), bob, name="Robert Baker")

    response = change(as_alice, bob, name="Bobby Baker")

    assert response.status_code == 200
    assert "Olga Olsen changed this" in response.content.decode()
    assert stored("bob").name == "Robert Baker"


def test_delete_is_for_nobody(as_alice: Client, bob: User) -> None:
    assert as_alice.post(f"{USERS}bob/delete/", {"post": "yes"}).status_code == 403

    assert stored("bob").active


def test_password_is_set_with_its_entry_in_one_transaction(
    as_alice: Client, bob: User, requests_made: RequestsMade
) -> None:
    as_bob = client_of(bob)
    new = "a bigger boat is what we need"

    with requests_made() as made:
        response = as_alice.post(f"{USERS}bob/password/", {"password1": new, "password2": new})

    assert response.status_code == 302
    assert made["TransactWriteItems"] == 1
    assert stored("bob").check_password(new)
    assert as_bob.get("/admin/").status_code == 302
    assert as_alice.get("/admin/").status_code == 200
    [entry] = audit.history_of(bob.stored_row)
    assert (entry.action, entry.recorded_by, entry.changed) == ("changed", "alice", {})


def test_password_refuses_two_that_differ_and_no_password_at_all(as_alice: Client, bob: User) -> None:
    for data in ({"password1": "a", "password2": "b"}, {}, {"usable_password": "false"}):
        assert as_alice.post(f"{USERS}bob/password/", data).status_code == 200

    assert stored("bob").check_password(PASSWORD)
    assert audit.history_of(bob.stored_row) == []


# The audit trail


@pytest.fixture
def entry(table: None) -> rows.AuditEntry:
    unit = Unit()
    changes = {"title": ("Sunset <b>sail</b>", None)}
    entry = audit.record(unit, by=SYSTEM, action="changed", of=make_event(), summary="Changed it.", changes=changes)
    unit.commit()
    return entry


def test_trail_is_the_owners_alone(as_alice: Client, as_dana: Client, as_bob: Client) -> None:
    path = "/admin/staff/auditentry/"

    assert [client.get(path).status_code for client in (as_alice, as_dana, as_bob)] == [200, 403, 403]


def test_trail_lists_a_month(as_alice: Client, entry: rows.AuditEntry, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        page = page_of(as_alice, "/admin/staff/auditentry/")

    assert "Changed it." in page
    assert 'href="/admin/events/event/2026-05-23/change/"' in page
    assert made == {"GetItem": 2, "Query": 1}
    assert "Changed it." not in page_of(as_alice, "/admin/staff/auditentry/?month=2020-01")


def test_trail_shows_an_entry_and_takes_no_change(as_alice: Client, entry: rows.AuditEntry) -> None:
    obj = AuditEntry.from_row(entry)
    path = f"/admin/staff/auditentry/{entry.id.replace('#', '_23')}/"

    page = page_of(as_alice, f"{path}change/")
    assert "Sunset &lt;b&gt;sail&lt;/b&gt; → —" in page
    assert as_alice.post(f"{path}change/", {"summary": "x"}).status_code == 403
    assert as_alice.post(f"{path}delete/", {"post": "yes"}).status_code == 403
    assert as_alice.get("/admin/staff/auditentry/add/").status_code == 403
    for write in (obj.save, obj.delete):
        with pytest.raises(TypeError):
            write()
    stored_entry = rows.AuditEntry.fetch(subject=entry.subject, ulid=entry.ulid)
    assert stored_entry is not None
    assert stored_entry.summary == "Changed it."


def test_history_of_an_event_is_the_trail(as_dana: Client, entry: rows.AuditEntry) -> None:
    page = page_of(as_dana, "/admin/events/event/2026-05-23/history/")

    assert "Changed it." in page
    assert "system (Ship Captain Crew)" in page


def test_index_shows_ones_own_recent_actions(as_alice: Client, bob: User, requests_made: RequestsMade) -> None:
    change(as_alice, bob, name="Robert Baker")

    with requests_made() as made:
        page = page_of(as_alice, "/admin/")

    assert 'href="/admin/staff/user/bob/change/"' in page
    assert made == {"GetItem": 2, "Query": 1}
    assert "Robert Baker" not in page_of(client_of(make_user(username="olga")), "/admin/")


def test_index_shows_each_role_its_own(as_alice: Client, as_dana: Client, as_bob: Client) -> None:
    shown = {
        name: {path for path in ("events/event", "payments/payment", "staff/user") if f'"/admin/{path}/"' in page}
        for name, page in (
            ("alice", page_of(as_alice, "/admin/")),
            ("dana", page_of(as_dana, "/admin/")),
            ("bob", page_of(as_bob, "/admin/")),
        )
    }

    assert "staff/user" in shown["alice"]
    assert shown["dana"] == shown["alice"] - {"staff/user"}
    assert shown["bob"] == {"events/event"}


def test_entry_outlives_what_it_speaks_of(as_alice: Client, entry: rows.AuditEntry) -> None:
    event = Event.fetch(slug="2026-05-23")
    assert event is not None
    unit = Unit()
    unit.delete(event)
    unit.commit()

    assert "Sunset sail" in page_of(as_alice, "/admin/staff/auditentry/")
    assert Row.collection("AUDIT#EVENT#2026-05-23")


def test_entry_of_a_kind_without_a_page_has_no_link(table: None) -> None:
    unit = Unit()
    entry = audit.record(unit, by=SYSTEM, action="counted", of=rows.Owners(owners=1), summary="Counted.")
    unit.commit()

    obj = AuditEntry.from_row(entry)

    assert obj.get_admin_url() is None
    assert obj.content_type is None
    assert Role.OWNER not in obj.get_change_message()


def test_a_list_without_search_takes_no_term(as_alice: Client) -> None:
    assert as_alice.get("/admin/staff/auditentry/?q=alice").status_code == 200
