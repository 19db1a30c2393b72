"""Sending letters again, in the admin: those that failed lately, one letter's form, and the list's action."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from scc.dynamo.admin import LookOnlyAdmin
from scc.mail import outbox, rows, words
from scc.mail.forms import SendAgainForm
from scc.mail.models import Letter
from scc.mail.rows import State
from scc.staff import subjects
from scc.staff.actors import By

require_form = require_http_methods(["GET", "HEAD", "POST"])


def address_of(letter: rows.Letter, page: str = "change") -> str:
    """Return the address of the letter's page in the admin."""
    return reverse(f"admin:mail_letter_{page}", args=[quote(letter.id)])


class AgainAdmin(LookOnlyAdmin[Letter]):
    """Letters, and the pages and the action that send them again."""

    actions = ("send_again",)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("mail.send_letter"))

    def get_urls(self) -> list[Any]:
        failed, again = require_safe(self.failed_view), require_form(self.again_view)
        return [
            path("failed/", self.admin_site.admin_view(failed), name="mail_letter_failed"),
            path("<path:object_id>/again/", self.admin_site.admin_view(again), name="mail_letter_again"),
            *super().get_urls(),
        ]

    def failed_view(self, request: HttpRequest) -> HttpResponse:
        """Show the letters that failed lately: as a page, or as the part of the index that comes after it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        on = "index" if request.GET.get("part") == "index" else "failed"
        page = outbox.failed_lately(now=timezone.now())
        lines = [line_of(letter, SendAgainForm(letter, on=on)) for letter in page]
        context = {"lines": lines, "more": page.more, "year": timezone.now().year}
        return self._answer(request, "_failed" if on == "index" else "failed", "Letters that failed", context)

    def again_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for the address, and send one letter again."""
        if not self.has_send_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        form = SendAgainForm(obj.letter, request.POST if request.method == "POST" else None)
        if form.is_valid() and self._sent(request, obj.letter, form):
            return HttpResponseRedirect(_place(form.cleaned_data["on"], obj.letter))
        return self._answer(request, "again", "Send again", {"line": line_of(obj.letter, form)})

    def _answer(self, request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        around = {} if template.startswith("_") else self.admin_site.each_context(request)
        may_send = self.has_send_permission(request)
        context = {**around, "opts": self.opts, "title": title, "may_send": may_send, **context}
        return TemplateResponse(request, f"admin/mail/letter/{template}.html", context)

    def _sent(self, request: HttpRequest, letter: rows.Letter, form: SendAgainForm) -> bool:
        """Send the letter as the form says. Returns False when the form is to be shown again."""
        try:
            sent = self._send(request, letter, to=form.cleaned_data["to"], seen=form.cleaned_data["seen"])
        except outbox.BadLetter as exc:
            form.add_error("to", str(exc))
            return False
        if sent:
            self.message_user(request, "The letter is sent.", messages.SUCCESS)
        return True

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Letter]) -> None:
        if count := sum([self._send(request, obj.letter) for obj in queryset]):
            self.message_user(request, ngettext("%d letter sent.", "%d letters sent.", count) % count, messages.SUCCESS)

    def _send(self, request: HttpRequest, letter: rows.Letter, **how: Any) -> bool:
        """Send a letter again. Returns whether a provider took it, and says why when none did."""
        try:
            sent = outbox.send_again(letter, by=cast(By, request.user), **how)
        except outbox.NothingToSend as exc:
            self.message_user(request, str(exc), messages.WARNING)
            return False
        outbox.deliver(sent)
        if sent.state != State.SENT:
            self.message_user(request, " ".join([f"“{sent}” was not taken.", *words.outcome(sent)]), messages.ERROR)
        return bool(sent.state == State.SENT)


def line_of(letter: rows.Letter, form: SendAgainForm) -> dict[str, Any]:
    """Return what the templates say of a letter."""
    return {
        "letter": letter,
        "form": form,
        "page": address_of(letter),
        "again": address_of(letter, "again"),
        "about": subjects.word_for(letter.about),
        "about_page": subjects.nearest_page(letter.about),
        "outcome": words.outcome(letter),
    }


def _place(on: str, letter: rows.Letter) -> str:
    """Return where the form stood."""
    places = {"index": "admin:index", "failed": "admin:mail_letter_failed"}
    return reverse(places[on]) if on in places else address_of(letter)
