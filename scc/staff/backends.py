"""Who logs in: the stored users, and the bootstrap owner while there is no named one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from scc.staff import hashers, owners
from scc.staff.models import User, is_username
from scc.staff.rows import Role


class StaffBackend(BaseBackend):
    """Checks passwords, and finds the user of a session. Permissions are the user's own."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **credentials: Any
    ) -> User | None:
        """Return the user with this name and password, or None. One GetItem, two for the bootstrap owner."""
        if username is None or password is None or not _is_text(password):
            return None
        user = self.get_user(username)
        if user is None:
            # As long as for a user that exists, so that the answer's time does not tell names.
            make_password(password)
            return None
        if user.is_bootstrap:
            return user if hashers.matches(password, str(owners.bootstrap_hash())) else None
        return user if user.check_password(password) else None

    def get_user(self, user_id: str) -> User | None:
        """Return the active user of this name, or None."""
        username = User.normalize_username(user_id)
        if not is_username(username):
            return None
        row = User.row_class.fetch(username=username)
        if row is not None:
            user = User.from_row(row)
            return user if user.is_active else None
        return bootstrap_owner() if username == owners.BOOTSTRAP else None


def bootstrap_owner() -> User | None:
    """Return the owner by ADMIN_PASS_HASH, or None once a named owner exists or without a hash."""
    hashed = owners.bootstrap_hash()
    if hashed is None or owners.exist():
        return None
    # The hash in the password's place ends the sessions when ADMIN_PASS_HASH changes.
    user = User(username=owners.BOOTSTRAP, name="Bootstrap owner", role=Role.OWNER, password=hashed)
    user.is_bootstrap = True
    return user


def _is_text(password: str) -> bool:
    # JSON can name half a character ("\ud800"), which no encoding takes.
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return True
