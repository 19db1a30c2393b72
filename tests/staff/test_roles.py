"""Who may do what: Alice owns the boat, Dana is staff, Bob is crew, Charlie is a stranger."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from scc.staff.models import User
from scc.staff.rows import Role

OWNER_ONLY = [
    "payments.void_payment",
    "payments.refund_payment",
    "payments.correct_payment",
    "payments.close_day",
    "staff.view_user",
    "staff.add_user",
    "staff.change_user",
    "staff.view_auditentry",
    "events.delete_event",
    "events.delete_vessel",
    "events.delete_person",
]
STAFF_TOO = [
    *(
        f"events.{verb}_{model}"
        for verb in ("view", "add", "change")
        for model in ("event", "vessel", "person", "crewassignment", "patron")
        if (verb, model) not in {("view", "event"), ("view", "crewassignment"), ("view", "patron")}
    ),
    "events.delete_crewassignment",
    "events.delete_patron",
    "payments.view_payment",
    "payments.add_payment",
    "mail.view_letter",
    "mail.send_letter",
]
CREW_TOO = ["events.view_event", "events.view_crewassignment", "events.view_patron", "waivers.view_waiver"]

ALICE = User(username="alice", role=Role.OWNER)
DANA = User(username="dana", role=Role.STAFF)
BOB = User(username="bob", role=Role.CREW)


@pytest.mark.parametrize(
    ("permissions", "allowed"),
    [(OWNER_ONLY, {"alice"}), (STAFF_TOO, {"alice", "dana"}), (CREW_TOO, {"alice", "dana", "bob"})],
)
def test_has_perm_of_each_role(permissions: list[str], allowed: set[str]) -> None:
    for permission in permissions:
        assert {user.username for user in (ALICE, DANA, BOB) if user.has_perm(permission)} == allowed, permission


@pytest.mark.parametrize("permission", [*OWNER_ONLY, *STAFF_TOO, *CREW_TOO])
def test_has_perm_of_a_stranger(permission: str) -> None:
    assert not AnonymousUser().has_perm(permission)


@pytest.mark.parametrize("role", list(Role))
def test_has_perm_ends_with_the_account(role: Role) -> None:
    left = User(username="eve", role=role, active=False)

    assert not left.has_perm("events.view_event")
    assert not left.has_module_perms("events")
    assert not left.is_staff


@pytest.mark.parametrize(
    ("app", "openers"),
    [
        ("events", {"alice", "dana", "bob"}),
        ("payments", {"alice", "dana"}),
        ("waivers", {"alice", "dana", "bob"}),
        ("staff", {"alice"}),
        ("mail", {"alice", "dana"}),
    ],
)
def test_has_module_perms_of_each_role(app: str, openers: set[str]) -> None:
    assert {user.username for user in (ALICE, DANA, BOB) if user.has_module_perms(app)} == openers


def test_has_perm_of_an_unknown_role_is_nothing() -> None:
    assert not User(username="eve", role="admiral").has_perm("events.view_event")
