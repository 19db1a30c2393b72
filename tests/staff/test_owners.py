from __future__ import annotations

import pytest

from scc.dynamo.errors import Conflict
from scc.dynamo.units import Unit
from scc.staff import owners, rows
from scc.staff.models import User
from scc.staff.rows import Owners, Role
from tests.people import make_user


def count() -> int:
    row = Owners.fetch()
    return row.owners if row is not None else 0


def reloaded(username: str) -> User:
    return User.objects.get_by_natural_key(username)


def test_exist_begins_with_the_first_active_owner(table: None) -> None:
    make_user(username="dana", role=Role.STAFF)
    make_user(username="olaf", role=Role.OWNER, active=False)

    assert not owners.exist()

    make_user(username="alice", role=Role.OWNER)

    assert owners.exist()


def test_keep_counts_promotion_and_leaving(alice: User, dana: User) -> None:
    dana.role = Role.OWNER
    dana.save()
    assert count() == 2

    alice.active = False
    alice.save()
    assert count() == 1


def test_keep_counts_other_changes_not(alice: User) -> None:
    alice.name = "Alice Anchor"
    alice.save()

    assert count() == 1


@pytest.mark.parametrize("change", [{"active": False}, {"role": Role.STAFF}])
def test_keep_refuses_to_lose_the_last_owner(alice: User, change: dict[str, object]) -> None:
    for name, value in change.items():
        setattr(alice, name, value)

    with pytest.raises(owners.LastOwner):
        alice.save()

    assert reloaded("alice").is_active_owner
    assert count() == 1


def test_delete_refuses_to_lose_the_last_owner(alice: User) -> None:
    with pytest.raises(owners.LastOwner):
        alice.delete()

    assert reloaded("alice").is_active_owner


def test_keep_lets_only_one_of_two_leave_at_once(alice: User) -> None:
    make_user(username="olga", role=Role.OWNER)
    first, second = Unit(), Unit()
    owners.keep(first, was_owner=True, is_owner=False)
    owners.keep(second, was_owner=True, is_owner=False)

    first.commit()
    with pytest.raises(Conflict):
        second.commit()

    assert count() == 1


def test_save_of_a_taken_username_is_a_conflict(alice: User) -> None:
    with pytest.raises(Conflict):
        make_user(username="Alice")

    assert count() == 1
    stored = rows.User.fetch(username="alice")
    assert stored is not None
    assert stored.name == "Alice Archer"
