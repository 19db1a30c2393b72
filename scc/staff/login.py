"""Logging in, by form or by API: five tries in five minutes, and an entry in the audit trail."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.contrib.auth import authenticate
from django.http import HttpRequest

from scc.dynamo.units import Unit
from scc.staff import audit, throttle
from scc.staff.models import User
from scc.staff.origin import client_address

LIMIT = 5
WINDOW = timedelta(minutes=5)

logger = logging.getLogger(__name__)


def authenticate_throttled(request: HttpRequest, *, username: str, password: str) -> User | None:
    """Return the user with this name and password, or None.

    A try is counted by username and address; a success makes the count start anew.
    Raises throttle.Throttled beyond the limit, also for the right password, StoreError when the table does not answer.
    """
    address = client_address(request)
    key = f"{User.normalize_username(username)} {address}"
    counted = throttle.check(scope="login", key=key, limit=LIMIT, window=WINDOW)
    user = authenticate(request, username=username, password=password)
    if not isinstance(user, User):
        logger.warning("Login of %r from %s refused", username[:150], address)
        return None
    unit = Unit()
    throttle.forgive(unit, counted)
    audit.record(unit, by=user, action="signed-in", of=user.row, summary=f"{user.name} signed in")
    unit.commit()
    return user
