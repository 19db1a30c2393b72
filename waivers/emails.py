"""The signer's copy of a waiver, by mail."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from events.rows import Event
from scc.dynamo.units import Unit
from scc.links import link_of
from scc.mail import outbox
from scc.mail.rows import Letter
from waivers.rows import Waiver
from waivers.texts import Text


def write_copy(unit: Unit, *, to: str, name: str, event: Event, lines: Sequence[Waiver], text: Text) -> Letter:
    """Add the letter with the text as it was signed to `unit`, and return it. lines: all that was signed at once."""
    line = lines[0]
    address = settings.SCC_SITE_URL + reverse(
        "waivers:receipt-show", args=[event.slug, link_of(line.ulid, line.secret)]
    )
    context = {
        "name": name,
        "event": event,
        # Formatted here: a template's own filters would show both in the zone of the settings.
        "starts": f"{event.starts_local:%a %-d %b %Y, %H:%M} ({event.time_zone})",
        "received": f"{line.signed_at:%Y-%m-%d %H:%M:%S} UTC",
        "line": line,
        "address": address,
        "text": text,
        "operator": settings.SCC_OPERATOR,
    }
    return outbox.write(
        unit,
        kind="waiver",
        to=to,
        subject=f"Your signed waiver {line.reference}: {event.title}, {event.starts_local:%a %-d %b %Y}",
        text=render_to_string("emails/waiver_copy.txt", context),
        about=f"WAIVER#{event.slug}.{line.ulid}",
        language=text.language,
    )
