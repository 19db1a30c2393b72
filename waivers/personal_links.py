"""Personal links: the waiver's page with a party's or a crew member's secret behind the "#".

What stands behind it is never sent with the page's request, so the page stays one page for all, and no log keeps it.
The page's script asks with it who that is. A link names a line of the manifest and carries 130 bits that follow from
the site's secret, so it ends when that is changed, or when the line is removed.
"""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from events.rows import CrewAssignment, Patron
from scc import links
from scc.dynamo.folding import fold
from waivers.acts import Tie

Bearer = Patron | CrewAssignment

_KINDS: dict[str, type[Patron | CrewAssignment]] = {"p": Patron, "c": CrewAssignment}
_BASE32 = "0123456789abcdefghjkmnpqrstvwxyz"
_LETTERS = 26


def link_for(row: Bearer) -> str:
    """Return what stands behind the "#" in the personal link of a party, or of someone's place in the crew."""
    kind = "p" if isinstance(row, Patron) else "c"
    return kind + links.link_of(row.ulid, _secret(kind, row.event_id, row.ulid))


def address_of(row: Bearer) -> str:
    """Return the whole address."""
    return f"{settings.SCC_SITE_URL}{reverse('waivers:waiver-sign', args=[row.event_id])}#{link_for(row)}"


def read(slug: str, link: str) -> Bearer | None:
    """Return whom `link` names on the departure `slug`, or None: unknown, forged, removed alike. One GetItem."""
    parts = links.parts_of(link[1:])
    kind = _KINDS.get(link[:1])
    if parts is None or kind is None:
        return None
    ulid, secret = parts
    if not constant_time_compare(secret, _secret(link[:1], slug, ulid)):
        return None
    return kind.fetch(event_id=slug, ulid=ulid)


def name_of(row: Bearer) -> str:
    """Return the name that the page is filled in with."""
    return row.name if isinstance(row, Patron) else row.person_name


def tie_of(row: Bearer) -> Tie:
    """Return the manifest's line that a signature from this link belongs to."""
    return Tie(patron_id=row.ulid) if isinstance(row, Patron) else Tie(assignment_id=row.ulid)


def tie(slug: str, link: str, *, name: str) -> Tie | None:
    """Return what a signature of `name` from `link` belongs to, or None. One GetItem, none without a link.

    A party's link is for all of the party. One of the crew's is for that person: whoever has another name, as the next
    one on the same phone, signs without it. One whose line was removed meanwhile ties to nothing.
    """
    row = read(slug, link) if link else None
    if row is None or (isinstance(row, CrewAssignment) and not _may_be(row.person_name, name)):
        return None
    return tie_of(row)


def _may_be(known: str, typed: str) -> bool:
    """Say whether two names may be one person's: a family name, or another part of it, is in both."""
    return bool(set(fold(known).split()) & set(fold(typed).split()))


def _secret(kind: str, slug: str, ulid: str) -> str:
    digest = salted_hmac("waivers.personal_links", f"{kind}|{slug}|{ulid}", algorithm="sha256").digest()
    return "".join(_BASE32[byte % 32] for byte in digest[:_LETTERS])
