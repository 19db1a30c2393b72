"""The manifest: who has signed and who is aboard, and what staff do about it, by plain forms that lead back here."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from events.errors import BookingError
from scc.dispatch import boards
from scc.dispatch.access import allowed
from scc.dynamo.errors import OutcomeUnknown, StoreUnavailable
from scc.middleware import RETRY_AFTER
from scc.staff.actors import By
from scc.staff.models import User
from waivers import asking, boarding, caring, manifest, matching, packs
from waivers.manifest import Manifest

VIEW = "waivers.view_waiver"
CARE = "waivers.view_care"
EVIDENCE = "waivers.view_evidence"
BOARD = "waivers.board_waiver"
MATCH = "waivers.match_waiver"
ASK = "waivers.ask_waiver"
# A walk-on is a party more on the manifest.
BOOK = "events.add_patron"

UNKNOWN = "Not known whether this was stored. Tap again: nothing counts twice."
UNAVAILABLE = "Not stored: the records do not answer. Tap again in a moment."
GONE = "This signature is no longer there, or no longer counts. This is how it stands now."
REFUSALS = (boarding.CannotBoard, matching.CannotMatch, asking.CannotAsk, BookingError)

# The pages to which a tap leads back.
PLACES = {"castoff": "dispatch:castoff"}


@require_safe
@allowed(VIEW)
def show(request: HttpRequest, slug: str) -> HttpResponse:
    return page(request, get_manifest_or_404(slug))


@allowed(BOARD)
@require_POST
def aboard(request: HttpRequest, slug: str, ulid: str) -> HttpResponse:
    """Check someone in, or take it back."""
    move = boarding.board if request.POST.get("aboard") == "1" else boarding.leave
    return _do(request, slug, lambda: move(slug, ulid, by=cast(By, request.user)), f"l-{ulid}")


@allowed(MATCH)
@require_POST
def link(request: HttpRequest, slug: str, ulid: str) -> HttpResponse:
    key = request.POST.get("key", "")
    return _match(request, slug, lambda found, by: matching.link(found, ulid, key, by=by), f"l-{ulid}")


@allowed(MATCH)
@require_POST
def unlink(request: HttpRequest, slug: str, ulid: str) -> HttpResponse:
    return _match(request, slug, lambda found, by: matching.unlink(found, ulid, by=by), f"l-{ulid}")


@allowed(BOOK)
@require_POST
def accept(request: HttpRequest, slug: str, ulid: str) -> HttpResponse:
    return _match(request, slug, lambda found, by: matching.accept(found, ulid, by=by), f"l-{ulid}")


@allowed(MATCH)
@require_POST
def double(request: HttpRequest, slug: str, ulid: str) -> HttpResponse:
    of = request.POST.get("of", "")
    return _match(request, slug, lambda found, by: matching.mark_double(found, ulid, of, by=by), f"l-{of}")


@allowed(ASK)
@require_POST
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Write to everyone who is missing, or to the one that is named."""
    key = request.POST.get("key", "")

    def act(found: Manifest, by: By) -> None:
        asked = asking.ask_all(found, by=by, key=key)
        messages.info(request, str(asked))

    return _match(request, slug, act, key)


def _match(request: HttpRequest, slug: str, act: Callable[[Manifest, By], object], place: str) -> HttpResponse:
    found = get_manifest_or_404(slug)
    return _do(request, slug, lambda: act(found, cast(By, request.user)), place)


def _do(request: HttpRequest, slug: str, act: Callable[[], object], place: str) -> HttpResponse:
    """Act, and lead back to the manifest; what is refused is said above it, as it stands now."""
    try:
        act()
    except REFUSALS as exc:
        return refused(request, slug, str(exc), status=409)
    except boarding.UnknownLine:
        return refused(request, slug, GONE, status=409)
    except (OutcomeUnknown, StoreUnavailable) as exc:
        words = UNKNOWN if isinstance(exc, OutcomeUnknown) else UNAVAILABLE
        response = refused(request, slug, words, status=503)
        response.headers["Retry-After"] = str(RETRY_AFTER)
        return response
    where = reverse(PLACES.get(request.POST.get("from", ""), "dispatch:manifest"), args=[slug])
    return HttpResponseRedirect(f"{where}#{place}" if place else where, status=303)


def refused(request: HttpRequest, slug: str, words: str, *, status: int) -> HttpResponse:
    """Show the manifest as it stands now, with `words` above it."""
    return page(request, get_manifest_or_404(slug), refusal=words, status=status)


def page(request: HttpRequest, found: Manifest, *, refusal: str = "", status: int = 200) -> HttpResponse:
    requests = {each.key: each for each in asking.of_parties(found)}
    sees_evidence = request.user.has_perm(EVIDENCE)
    context = {
        "manifest": found,
        "event": found.event,
        "departure": boards.departure(found.event),
        "parties": [(party, requests.get(f"p{party.patron.ulid}")) for party in found.parties],
        "sees_evidence": sees_evidence,
        "packs": _packs(found) if sees_evidence else [],
        "asked_since": asking.day_start(),
        "why_not_ask": asking.why_not(found.event),
        "refusal": refusal,
        **may(request, found),
    }
    return render(request, "dispatch/manifest.html", context, status=status)


def _packs(found: Manifest) -> list[tuple[str, str]]:
    """Return the evidence packs of the departure, each with its name and address."""
    lines = [*(head.line for head in found.heads), *found.dropped]
    if not packs.packable(lines):
        return []
    slug, parts = found.event.slug, packs.parts_of(lines)
    if parts == 1:
        return [("Evidence pack", reverse("dispatch:waivers-pack", args=[slug]))]
    return [
        (f"Evidence pack, part {part} of {parts}", reverse("dispatch:waivers-pack-part", args=[slug, part]))
        for part in range(1, parts + 1)
    ]


def may(request: HttpRequest, found: Manifest) -> dict[str, bool]:
    """Return what the templates ask: who may do what."""
    rights = {"boards": BOARD, "matches": MATCH, "asks": ASK, "books": BOOK}
    return {**{name: request.user.has_perm(right) for name, right in rights.items()}, "sails": sails(request, found)}


def sails(request: HttpRequest, found: Manifest) -> bool:
    """Say whether the departure is the user's to answer for: staff's always, crew's on the day that they sail it."""
    user = cast(User, request.user)
    crew = [each for hand in found.crew for each in hand.assignments]
    return user.has_perm(CARE) or caring.crews_now(crew, user.person_id)


def get_own_manifest_or_404(request: HttpRequest, slug: str) -> Manifest:
    """Return the manifest of a departure that is the user's to answer for. Raises Http404, PermissionDenied."""
    found = get_manifest_or_404(slug)
    if not sails(request, found):
        raise PermissionDenied(CARE)
    return found


def get_manifest_or_404(slug: str) -> Manifest:
    found = manifest.read(slug)
    if found is None:
        raise Http404(slug)
    return found
