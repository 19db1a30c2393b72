"""The signer's copy of a waiver, by mail."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.dateformat import format as in_words
from django.utils.translation import ngettext

from events.rows import Event
from scc.dynamo.units import Unit
from scc.links import link_of
from scc.mail import outbox
from scc.mail.rows import Letter
from waivers import posting
from waivers.rows import Waiver
from waivers.texts import Text


def write_copy(unit: Unit, *, to: str, name: str, event: Event, lines: Sequence[Waiver], text: Text) -> Letter:
    """Add the letter with the copies of what was signed at once to `unit`, and return it.

    It goes to who signed, for children to their guardian, and brings a PDF for each of `lines` once they are made. It
    names no child, so that one who is erased is not left in the others' letter.
    """
    with translation.override(text.language):
        context = _context(name, event, lines, text)
        return outbox.write(
            unit,
            kind="waiver",
            to=to,
            subject=_subject(event, lines),
            text=render_to_string("emails/waiver_copy.txt", context),
            html=render_to_string("emails/waiver_copy.html", context),
            about=f"WAIVER#{lines[0].id}",
            language=text.language,
            brings=[posting.attachment_of(line) for line in lines],
        )


def _subject(event: Event, lines: Sequence[Waiver]) -> str:
    words = ngettext(
        "Your signed waiver %(references)s: %(departure)s",
        "Your signed waivers %(references)s: %(departure)s",
        len(lines),
    )
    departure = f"{event.title}, {in_words(event.starts_local, 'D j M Y')}"
    return words % {"references": _references(lines), "departure": departure}


def _references(lines: Sequence[Waiver]) -> str:
    return ", ".join(line.reference for line in lines)


def _context(name: str, event: Event, lines: Sequence[Waiver], text: Text) -> dict[str, object]:
    leader = lines[0]
    link = reverse("waivers:receipt-show", args=[event.slug, link_of(leader.ulid, leader.secret)])
    return {
        "name": name,
        "event": event,
        # Formatted here: a template's own filters would show both in the zone of the settings.
        "starts": f"{in_words(event.starts_local, 'D j M Y, H:i')} ({event.time_zone})",
        "received": f"{in_words(leader.signed_at.astimezone(event.zone), 'D j M Y, H:i:s')} ({event.time_zone})",
        "references": _references(lines),
        "count": len(lines),
        "version": leader.text_version,
        "text": text,
        "address": settings.SCC_SITE_URL + link,
        "language": text.language,
        "operator": settings.SCC_OPERATOR,
    }
