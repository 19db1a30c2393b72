"""The kiosk: a device of ours that stands on the dock, where one guest after the other signs.

Staff set a PIN, and open the page with `?kiosk` on the device, which asks for it. A token that the device then keeps
marks what is signed there, for a working day or until the PIN is changed.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.core import signing
from django.utils import timezone

from scc.dynamo.units import Unit
from scc.staff import audit, throttle
from scc.staff.actors import By
from waivers.rows import KioskPin

SHORTEST, LONGEST = 4, 12
LASTS = timedelta(hours=16)
TRIES = 8
TRIES_WITHIN = timedelta(minutes=10)
_SALT = "waivers.kiosk"


class BadPin(ValueError):
    """A PIN that cannot be set; says why."""


class WrongPin(Exception):
    """Not the PIN, or none is set."""


class NoKiosk(Exception):
    """The token is none, too old, or of another PIN: the device has to be unlocked again."""


def set_pin(pin: str, *, by: By) -> None:
    """Make `pin` the kiosk's PIN. Devices that were unlocked with the last one lose their mark. Raises BadPin."""
    if not (pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST):
        raise BadPin(f"Give {SHORTEST} to {LONGEST} digits.")
    if len(set(pin)) == 1:
        raise BadPin("Not the same digit over and over.")
    hashed, now = make_password(pin), timezone.now()
    row = KioskPin.fetch(name="PIN")
    unit = Unit()
    if row is None:
        row = unit.put(KioskPin(name="PIN", hashed=hashed, set_at=now, set_by=by.username))
    else:
        changes = {"hashed": hashed, "set_at": now, "set_by": by.username, "version": row.version + 1}
        unit.update(row, set=changes, expect=KioskPin.version == row.version)
    audit.record(unit, by=by, action="set", of=row, summary="Set the kiosk's PIN")
    unit.commit()


def is_set() -> bool:
    """Say whether there is a PIN. One GetItem."""
    return KioskPin.fetch(name="PIN") is not None


def unlock(pin: str, *, address: str) -> tuple[str, datetime]:
    """Return a token for the device that sent `pin`, and when it ends. One UpdateItem and one GetItem.

    Raises WrongPin, throttle.Throttled, StoreUnavailable.
    """
    throttle.check(scope="kiosk", key=address, limit=TRIES, window=TRIES_WITHIN)
    row = KioskPin.fetch(name="PIN")
    if row is None or not check_password(pin, row.hashed):
        raise WrongPin
    return signing.dumps({"by": row.set_by, "pin": _mark(row)}, salt=_SALT), timezone.now() + LASTS


def set_by(token: str) -> str:
    """Return the user name of who set the PIN with which the device of `token` was unlocked. One GetItem.

    Raises NoKiosk, StoreUnavailable.
    """
    try:
        said = signing.loads(token, salt=_SALT, max_age=LASTS)
    except signing.BadSignature as exc:
        raise NoKiosk from exc
    row = KioskPin.fetch(name="PIN")
    if row is None or said["pin"] != _mark(row):
        raise NoKiosk
    return str(said["by"])


def _mark(row: KioskPin) -> str:
    return hashlib.sha256(row.hashed.encode()).hexdigest()[:16]
