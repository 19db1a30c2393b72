"""Who does things, as the audit trail and the ledger name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class By(Protocol):
    """Whoever did something. Staff users are it, and so is an `Actor`."""

    @property
    def username(self) -> str: ...

    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Actor:
    """Someone who acts without being a user of the staff."""

    username: str
    name: str


# Commands and schedules.
SYSTEM = Actor("system", "Ship Captain Crew")
# A visitor of the public pages.
GUEST = Actor("guest", "Guest")
