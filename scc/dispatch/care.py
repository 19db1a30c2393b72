"""Whom to call in an emergency, and medical notes, of one person: asked for by a POST, as each look is written down."""

from __future__ import annotations

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from scc.dispatch.access import allowed
from scc.dispatch.manifest_views import CARE, VIEW
from scc.staff.actors import By
from scc.staff.models import User
from waivers import caring, documents


@allowed(VIEW)
@require_POST
def look(request: HttpRequest, slug: str, ulid: str) -> HttpResponse:
    user = cast(User, request.user)
    if not user.has_perm(CARE) and not caring.sails_now(slug, user.person_id):
        raise PermissionDenied(CARE)
    try:
        care = caring.look(slug, ulid, by=cast(By, user))
    except (caring.NoCare, documents.Erased) as exc:
        raise Http404(ulid) from exc
    return render(request, "dispatch/care.html", {"care": care, "slug": slug})
