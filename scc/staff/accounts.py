"""The staff's accounts: adding an owner, and passwords. Each change and its audit entry are one transaction."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from scc.dynamo.units import joined
from scc.staff import audit
from scc.staff.actors import By
from scc.staff.models import User
from scc.staff.rows import Role


def add_owner(*, username: str, name: str, email: str, password: str, by: By) -> User:
    """Add an active owner and return them. With the first one the bootstrap owner is dead.

    Raises ValidationError for a bad name, address or password, Conflict when the username is taken.
    """
    user = User(username=username, name=name, email=email, role=Role.OWNER)
    user.set_password(password)
    user.full_clean()
    validate_password(password, user)
    with transaction.atomic():
        user.save()
        with joined() as unit:
            audit.record(unit, by=by, action="added", of=user.stored_row, summary=f"Added {user} as an owner.")
    return user


def set_password(*, user: User, password: str, by: By) -> None:
    """Give a stored user a new password, which ends their other sessions and their tokens.

    Whether it is a good one is checked by the caller. Raises Conflict when the user changed meanwhile.
    """
    user.set_password(password)
    with transaction.atomic():
        user.save()
        with joined() as unit:
            audit.record(unit, by=by, action="password", of=user.stored_row, summary="Changed the password.")
