"""What one press of the button says: who signs, for whom, how, and from where. Cleaned by `waivers.forms`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from waivers.rows import Channel, Method, Role
from waivers.strokes import Strokes
from waivers.texts import Text


class Relationship(TextChoices):
    """What a guardian is to a minor."""

    MOTHER = "mother", _("Mother")
    FATHER = "father", _("Father")
    GUARDIAN = "guardian", _("Legal guardian")


@dataclass(frozen=True)
class Signer:
    """Who signs, as they say themselves."""

    name: str
    born_on: date
    role: Role = Role.GUEST
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Minor:
    """A child for whom someone signs."""

    name: str
    born_on: date


@dataclass(frozen=True)
class Family:
    """For whom the signer signs: themselves, children, or both."""

    minors: Sequence[Minor] = ()
    relationship: str = ""
    with_signer: bool = True


@dataclass(frozen=True)
class Care:
    """Whom to call, and what to know, in an emergency. Kept apart, and not for long."""

    emergency_name: str = ""
    emergency_phone: str = ""
    medical: str = ""

    def __bool__(self) -> bool:
        return bool(self.emergency_name or self.emergency_phone or self.medical)


@dataclass(frozen=True)
class Signature:
    """What the signer did."""

    text: Text
    # Made by the page's script; "" without one.
    key: str = ""
    typed: str = ""
    strokes: Strokes | None = None
    # Typed once, and the clauses beside which they were put.
    initials: str = ""
    initialled: Sequence[str] = ()
    # Whether the safety orientation was acknowledged, where the text asks for it.
    oriented: bool = False
    # The signer's own clock and zone, by `waivers.client_acts`; a claim, kept as one.
    acts: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> Method:
        return Method.DRAWN if self.strokes else Method.TYPED


@dataclass(frozen=True)
class Origin:
    """Where a request came from."""

    address: str = ""
    user_agent: str = ""
    languages: str = ""
    channel: Channel = Channel.PAGE
    # Kept on the phone for lack of signal, and sent later by itself.
    later: bool = False
    # Who of the staff set the PIN with which the kiosk was unlocked; nobody need have stood by.
    kiosk_pin_by: str = ""


@dataclass(frozen=True)
class Tie:
    """The manifest's line that a personal link names: a party, or someone's place in the crew."""

    patron_id: str = ""
    assignment_id: str = ""
