"""Downloads of evidence: a waiver's pack, and a departure's in parts."""

from __future__ import annotations

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from events import calendar
from scc.dispatch.access import allowed
from scc.staff.actors import By
from waivers import lives, packs
from waivers.rows import Waiver

SEES_EVIDENCE = "waivers.view_evidence"


@allowed(SEES_EVIDENCE)
@require_safe
def of_waiver(request: HttpRequest, slug: str, ulid: str) -> HttpResponse:
    """Give the evidence pack of one waiver, and say so beside its record."""
    line = Waiver.fetch(event_id=slug, ulid=ulid)
    if line is None:
        raise Http404
    try:
        data = packs.of_waiver(line)
    except packs.NothingToPack as exc:
        return _refused(str(exc))
    lives.tell(line, what="downloaded", by=cast(By, request.user))
    return _archive(data, f"waiver-{line.reference}")


@allowed(SEES_EVIDENCE)
@require_safe
def of_event(request: HttpRequest, slug: str, part: int = 1) -> HttpResponse:
    """Give one part of a departure's evidence pack, and say so beside each record that is in it."""
    event = calendar.get_event(slug)
    lines = packs.lines_of(event) if event is not None else []
    if event is None or not 1 <= part <= packs.parts_of(lines):
        raise Http404
    data = packs.of_event(lines, part=part)
    for line in packs.of_part(lines, part):
        lives.tell(line, what="downloaded", by=cast(By, request.user))
    return _archive(data, f"waivers-{slug}" + (f"-{part}" if packs.parts_of(lines) > 1 else ""))


def _archive(data: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    return HttpResponse(data, content_type="application/zip", headers=headers)


def _refused(words: str) -> HttpResponse:
    return HttpResponse(words, status=409, content_type="text/plain; charset=utf-8")
