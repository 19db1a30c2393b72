"""Pages on which it is chosen who signs what, in the admin."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from events import calendar
from events.rows import Event, Vessel
from scc.dynamo.errors import Conflict
from scc.staff.actors import By
from waivers import boards, choices, publishing
from waivers.boards import Board
from waivers.choice_forms import ChoicesForm, EventChoicesForm
from waivers.languages import LANGUAGES
from waivers.rows import Offer
from waivers.text_pages import TextPages, require_form

SHOWN = "admin:waivers_waivertext_shown"
SOMEONE_ELSE = "Someone changed this just now, and nothing was saved. Look again."


class ChoicePages(TextPages):
    """What is shown to whom: everywhere and aboard each vessel, for one departure, and in which languages."""

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("shown/", wrap(require_form(self.shown_view)), name="waivers_waivertext_shown"),
            path("shown/languages/", wrap(require_POST(self.offer_view)), name="waivers_waivertext_offer"),
            path("shown/<str:slug>/", wrap(require_form(self.event_view)), name="waivers_waivertext_departure"),
            *super().get_urls(),
        ]

    def shown_view(self, request: HttpRequest) -> HttpResponse:
        """Choose what guests and crew sign by default, and aboard each vessel."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        board, vessels = boards.read(), Vessel.listing(index="gsi2", known={}).rows
        form = ChoicesForm(board, vessels, request.POST if request.method == "POST" else None)
        if form.is_valid():
            self._save(request, board, form)
            return HttpResponseRedirect(reverse(SHOWN))
        context = {"form": form, "documents": _documents(board), "is_unpublished": board.is_unpublished}
        return self._answer(request, "shown", "What signers are shown", context)

    def _save(self, request: HttpRequest, board: Board, form: ChoicesForm) -> None:
        try:
            changed = choices.choose(board=board, choices=form.chosen(), by=cast(By, request.user))
        except Conflict:
            self.message_user(request, SOMEONE_ELSE, messages.ERROR)
        else:
            said = "Saved. Signers see it within two minutes." if changed else "Nothing was changed."
            self.message_user(request, said, messages.SUCCESS)

    def offer_view(self, request: HttpRequest) -> HttpResponse:
        """Show a document in a language, or no more."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        document, language = request.POST.get("document", ""), request.POST.get("language", "")
        state = Offer.SHOWN if request.POST.get("state") == Offer.SHOWN else Offer.WITHDRAWN
        try:
            publishing.offer(document=document, language=language, state=state, by=cast(By, request.user))
        except LookupError as exc:
            self.message_user(request, str(exc.args[0]), messages.ERROR)
        except Conflict:
            self.message_user(request, SOMEONE_ELSE, messages.ERROR)
        else:
            self.message_user(request, "Saved. Signers see it within two minutes.", messages.SUCCESS)
        return HttpResponseRedirect(reverse(SHOWN))

    def event_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Choose what guests and crew of one departure sign."""
        if not request.user.has_perm("events.change_event"):
            raise PermissionDenied
        event = calendar.get_event(slug)
        if event is None:
            raise Http404
        board = boards.read()
        form = EventChoicesForm(board, event, request.POST if request.method == "POST" else None)
        if form.is_valid() and self._chosen_for(request, board, event, form):
            return HttpResponseRedirect(reverse("admin:events_event_change", args=[slug]))
        context = {"form": form, "event": event}
        return self._answer(request, "departure", "What this departure's signers are shown", context)

    def _chosen_for(self, request: HttpRequest, board: Board, event: Event, form: EventChoicesForm) -> bool:
        try:
            by = cast(By, request.user)
            choices.choose_for_event(event=event, board=board, by=by, **form.cleaned_data)
        except Conflict:
            form.add_error(None, SOMEONE_ELSE)
            return False
        self.message_user(request, "Saved. Signers see it within two minutes.", messages.SUCCESS)
        return True


def _documents(board: Board) -> list[dict[str, Any]]:
    """Return every document with what it is shown in."""
    names = sorted({row.document for row in board.current.values()})
    return [
        {
            "document": name,
            "title": choices.name_of(board, name),
            "rows": [(LANGUAGES[row.language], row) for row in board.current.values() if row.document == name],
            "shown": len(board.languages_of(name)),
        }
        for name in names
    ]
