"""What can be set wrong about who may come in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks

from scc.staff import owners


@checks.register(checks.Tags.security)
def check_bootstrap_hash(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """ADMIN_PASS_HASH is empty or a bcrypt hash. A malformed one lets nobody in."""
    if not settings.ADMIN_PASS_HASH or owners.bootstrap_hash() is not None:
        return []
    return [
        checks.Warning(
            "ADMIN_PASS_HASH is not a bcrypt hash of a cost from 4 to 15, so nobody can log in with it.",
            hint="Make one: python -c 'import bcrypt, getpass; print(bcrypt.hashpw(getpass.getpass().encode(), "
            "bcrypt.gensalt()).decode())'. In a shell or an .env file keep it in single quotes: it holds $ signs.",
            id="staff.W001",
        )
    ]
