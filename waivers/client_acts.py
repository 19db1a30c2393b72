"""What the page's script notes of the signer's acts, by the signer's own clock: a claim, kept as one."""

from __future__ import annotations

import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

# In the order of the page, in words. Beside them are `initial_<clause>`, after the end of the text, and the zone.
ACTS = {
    "opened_at": _("Opened the page"),
    "reached_end_at": _("Reached the end of the text"),
    "declared_adult_at": _("Ticked the age"),
    "declared_authority_at": _("Ticked the right to sign for the child"),
    "oriented_at": _("Ticked the safety orientation"),
    "consented_at": _("Ticked the consent"),
    "signed_at": _("Signed"),
    "assented_at": _("Ticked the agreement"),
    "submitted_at": _("Pressed the button"),
}
LONGEST_ACT = 64
MOST_ACTS = 60
_INITIAL = re.compile(r"initial_[a-z][a-z0-9-]{0,60}")


def read(text: str) -> dict[str, str]:
    """Return what of the JSON `text` is an instant or a zone, by its name.

    A clock that is wrong is no reason to turn a signer away, nor is anything else here.
    """
    try:
        claimed = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(claimed, dict):
        return {}
    names = [*ACTS, *(name for name in claimed if _INITIAL.fullmatch(name))][:MOST_ACTS]
    acts = {name: claimed[name] for name in names if _is_instant(claimed.get(name))}
    if _is_zone(claimed.get("zone")):
        acts["zone"] = claimed["zone"]
    return acts


def _is_instant(value: object) -> bool:
    if not isinstance(value, str) or len(value) > LONGEST_ACT:
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_zone(value: object) -> bool:
    if not isinstance(value, str) or len(value) > LONGEST_ACT:
        return False
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError):
        return False
    return True
