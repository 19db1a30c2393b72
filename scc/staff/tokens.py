"""Bearer tokens of the API: 256 random bits, 12 hours, ended by a new password or by leaving."""

from __future__ import annotations

import hashlib
import secrets
import time
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.crypto import constant_time_compare

from scc.dynamo.units import Unit
from scc.staff.backends import StaffBackend
from scc.staff.models import User
from scc.staff.rows import ApiToken

LIFETIME = timedelta(hours=12)


def issue(user: User) -> tuple[str, datetime]:
    """Return a new token for `user`, and when it expires. One transaction."""
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    expires_at = int((now + LIFETIME).timestamp())
    unit = Unit()
    unit.put(
        ApiToken(
            digest=_digest(token),
            username=user.username,
            auth_hash=user.get_session_auth_hash(),
            issued_at=now,
            expires_at=expires_at,
        )
    )
    unit.commit()
    return token, datetime.fromtimestamp(expires_at, UTC)


def user_of(token: str) -> User | None:
    """Return the active user whose token this is, or None. Two GetItems, one when the token is not ours."""
    row = ApiToken.fetch(digest=_digest(token))
    if row is None or row.expires_at <= time.time():
        return None
    user = StaffBackend().get_user(row.username)
    if user is None or not constant_time_compare(row.auth_hash, user.get_session_auth_hash()):
        return None
    return user


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
