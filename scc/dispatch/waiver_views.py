"""One waiver: all that is known of it, and what staff decide about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from scc import links
from scc.dispatch.access import allowed
from scc.dynamo.errors import Conflict
from scc.sealing.boxes import Tampered
from scc.staff.actors import By
from waivers import files, holding, printed, receipts
from waivers.documents import Erased
from waivers.files import File
from waivers.packs import why_not
from waivers.rows import Method, State, Verified, Waiver

SEES_EVIDENCE = "waivers.view_evidence"
JUDGES = "waivers.judge_waiver"
HOLDS = "waivers.hold_waiver"


@dataclass(frozen=True)
class Act:
    """Something that is done to a waiver: its word in the address, the button, the right, and whether it asks why.

    needs_open: it is for who has seen the record; the others are also for one that does not open.
    """

    code: str
    label: str
    permission: str
    do: Callable[[Waiver, str, By], object]
    fits: Callable[[Waiver], bool]
    asks_why: bool = True
    shade: str = "quiet"
    needs_open: bool = False


ACTS = (
    Act(
        "knows",
        "I know this person",
        JUDGES,
        lambda line, _, by: holding.verify(line, how=Verified.KNOWS, by=by),
        lambda line: line.verified not in (Verified.KNOWS, Verified.ID) and line.counts,
        asks_why=False,
        needs_open=True,
    ),
    Act(
        "id",
        "I saw an identity card or passport",
        JUDGES,
        lambda line, _, by: holding.verify(line, how=Verified.ID, by=by),
        lambda line: line.verified != Verified.ID and line.counts,
        asks_why=False,
        needs_open=True,
    ),
    Act(
        "revoke",
        "Take the receipt's link away",
        JUDGES,
        lambda line, _, by: receipts.revoke(line, by=by),
        lambda line: bool(line.secret),
        asks_why=False,
    ),
    Act(
        "renew",
        "Make a new receipt's link",
        JUDGES,
        lambda line, _, by: receipts.renew(line, by=by),
        lambda line: line.state != State.ERASED and not line.is_imported,
        asks_why=False,
        needs_open=True,
    ),
    Act(
        "hold",
        "Keep it past its day",
        HOLDS,
        lambda line, why, by: holding.hold(line, reason=why, by=by),
        lambda line: not line.hold and line.state != State.ERASED,
    ),
    Act(
        "release",
        "Let it go when its day comes",
        HOLDS,
        lambda line, why, by: holding.release(line, reason=why, by=by),
        lambda line: line.hold,
    ),
    Act(
        "restrict",
        "Neither show nor use it",
        HOLDS,
        lambda line, why, by: holding.restrict(line, reason=why, by=by),
        lambda line: not line.restricted and line.state != State.ERASED,
    ),
    Act(
        "lift",
        "Show and use it again",
        HOLDS,
        lambda line, why, by: holding.lift(line, reason=why, by=by),
        lambda line: line.restricted,
    ),
    Act(
        "erase",
        "Have it erased",
        HOLDS,
        lambda line, why, by: holding.ask_erasure(line, reason=why, by=by),
        lambda line: line.erasure_asked_at is None and not line.hold and line.state != State.ERASED,
        shade="bad",
    ),
    Act(
        "keep",
        "Do not erase it",
        HOLDS,
        lambda line, why, by: holding.keep(line, reason=why, by=by),
        lambda line: line.erasure_asked_at is not None and line.state != State.ERASED,
    ),
    Act(
        "invalidate",
        "It does not count",
        JUDGES,
        lambda line, why, by: holding.invalidate(line, reason=why, by=by),
        lambda line: line.counts,
        shade="bad",
    ),
)
_BY_CODE = {act.code: act for act in ACTS}


@require_safe
@allowed(SEES_EVIDENCE)
def show(request: HttpRequest, slug: str, ulid: str) -> HttpResponse:
    """Show everything of one waiver, and write down who looked."""
    return _page(request, _look(request, slug, ulid))


@require_safe
@allowed(SEES_EVIDENCE)
def pdf(request: HttpRequest, slug: str, ulid: str) -> HttpResponse:
    """Give the PDF to staff, and write down who looked."""
    found = _look(request, slug, ulid)
    if found.evidence is None or found.record is None or found.pdf is None:
        raise Http404(ulid)
    try:
        data = printed.open_pdf(found.record, found.pdf)
    except (Erased, printed.Gone, Tampered) as exc:
        raise Http404(ulid) from exc
    name = printed.file_name(found.record.reference)
    return HttpResponse(
        data, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


@allowed(SEES_EVIDENCE)
@require_POST
def act(request: HttpRequest, slug: str, ulid: str, code: str) -> HttpResponse:
    """Do one of `ACTS`. 303 to the waiver's page; 409 with it where the act does not fit, with words."""
    chosen, line = _BY_CODE.get(code), files.find(slug, ulid)
    if chosen is None or line is None:
        raise Http404(code)
    if not request.user.has_perm(chosen.permission):
        raise PermissionDenied(chosen.permission)
    why = request.POST.get("why", "")
    try:
        chosen.do(line, why, cast(By, request.user))
    except holding.CannotHold as exc:
        return _page(request, _look(request, slug, ulid), refused=(chosen.code, str(exc), why), status=409)
    except Conflict:
        words = "Someone else changed it just now. Look at it again."
        return _page(request, _look(request, slug, ulid), refused=(chosen.code, words, why), status=409)
    except (Erased, Tampered) as exc:
        return _page(request, _look(request, slug, ulid), refused=(chosen.code, f"{exc}.", why), status=409)
    messages.success(request, f"Done: {chosen.label.lower()}.")
    return HttpResponseRedirect(reverse("dispatch:waiver", args=[slug, ulid]), status=303)


def _look(request: HttpRequest, slug: str, ulid: str) -> File:
    line = files.find(slug, ulid)
    if line is None:
        raise Http404(ulid)
    return files.look(line, by=cast(By, request.user), may_see_restricted=request.user.has_perm(HOLDS))


def _page(
    request: HttpRequest, found: File, *, refused: tuple[str, str, str] | None = None, status: int = 200
) -> HttpResponse:
    line = found.line
    # Paper has no record, and who may not see a restricted one knows of it what the line says.
    is_seen = found.is_open or line.restricted or line.method == Method.PAPER
    offered = [
        each
        for each in ACTS
        if request.user.has_perm(each.permission) and each.fits(line) and (is_seen or not each.needs_open)
    ]
    context = {
        "found": found,
        "line": line,
        "slug": line.event_id,
        "state": State(line.state).label,
        "verified": Verified(line.verified).label,
        "offered": offered,
        "refused": {"code": refused[0], "words": refused[1], "why": refused[2]} if refused else None,
        "may_pack": why_not(line) == "" and found.is_open,
        "link": links.link_of(line.ulid, line.secret) if line.secret and found.is_open else "",
        "life": [(event, event.recorded_by_name or event.recorded_by) for event in reversed(found.life)],
    }
    return render(request, "dispatch/waiver.html", context, status=status)
