"""Owners: the bootstrap owner before there is a named one, and that one always remains after.

How many active owners there are stands in one row, moved in the transaction that makes, promotes, demotes or
deactivates one. That row appears with the first named owner and its count never falls below one, so its mere
presence, one GetItem, tells that the bootstrap owner is dead.
"""

from __future__ import annotations

from django.conf import settings

from scc.dynamo.units import Unit
from scc.staff import hashers
from scc.staff.rows import Owners

# The bootstrap owner's username, as operators know it.
BOOTSTRAP = "admin"


class LastOwner(Exception):
    """This user is the only active owner, and somebody has to remain."""

    def __init__(self) -> None:
        super().__init__("This is the only active owner. Make somebody else an owner first.")


def exist() -> bool:
    """Say whether there is a named owner. One GetItem."""
    return Owners.fetch() is not None


def bootstrap_hash() -> str | None:
    """Return the bootstrap owner's bcrypt hash, or None when ADMIN_PASS_HASH is empty or malformed."""
    return settings.ADMIN_PASS_HASH if hashers.is_hash(settings.ADMIN_PASS_HASH) else None


def keep(unit: Unit, *, was_owner: bool, is_owner: bool) -> None:
    """Move the count of active owners in `unit`, as one user becomes an owner or stops being one. At most one GetItem.

    Raises LastOwner when nobody would be left. Two who leave at the same moment meet in a Conflict of the unit.
    """
    if was_owner == is_owner:
        return
    row = Owners.fetch()
    if is_owner:
        if row is None:
            unit.put(Owners(owners=1))
        else:
            unit.update(row, add={"owners": 1})
        return
    if row is None or row.owners <= 1:
        raise LastOwner
    unit.update(row, add={"owners": -1}, expect=Owners.owners > 1)
