"""The outbox in the admin: look, and send again."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from scc.dynamo.admin import LookOnlyAdmin
from scc.dynamo.errors import Conflict
from scc.dynamo.filters import MonthFilter
from scc.mail import outbox, rows
from scc.mail.models import Letter
from scc.staff.actors import By
from scc.staff.site import site


def queues() -> dict[str, str]:
    """Return the queues that are offered, by what they are called."""
    years = (timezone.localdate().year, timezone.localdate().year - 1)
    return {rows.DUE: "Waiting", **{f"failed-{year}": f"Failed in {year}" for year in years}}


def is_queue(choice: str) -> bool:
    """Say whether this is a queue, and not a month."""
    return choice == rows.DUE or choice.startswith("failed-")


class MonthOrQueueFilter(MonthFilter):
    """The letters of a month; or, whatever their month, those that wait and those that failed."""

    title = _("month or state")

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [*queues().items(), *super().lookups(request, model_admin)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.chosen()
        return queryset.filter(queue=chosen) if is_queue(chosen) else queryset.filter(month=chosen)


@admin.register(Letter, site=site)
class LetterAdmin(LookOnlyAdmin[Letter]):
    list_display = ["subject", "to", "state", "written_at", "sent_at", "provider", "attempts"]
    list_filter = [MonthOrQueueFilter]
    sortable_by = ()
    actions = ["send_again"]
    fieldsets = [
        (None, {"fields": ["to", "subject", "text", "html", "language", "purpose", "about"]}),
        (
            "Delivery",
            {
                "fields": [
                    "state",
                    "written_at",
                    "sent_at",
                    "due_at",
                    "attempts",
                    "provider",
                    "message_id",
                    "error",
                ]
            },
        ),
    ]

    def get_urls(self) -> list[Any]:
        failed = self.admin_site.admin_view(self.failed_view)
        return [path("failed/", failed, name="mail_letter_failed"), *super().get_urls()]

    def failed_view(self, request: HttpRequest) -> HttpResponse:
        """Show the letters that failed lately: as a page, or as the part of the index that comes after it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            "letters": outbox.failed_lately(now=timezone.now()),
            "opts": self.opts,
            "title": "Letters that failed",
        }
        request.current_app = self.admin_site.name
        if request.GET.get("part"):
            return TemplateResponse(request, "admin/mail/letter/_failed.html", context)
        return TemplateResponse(
            request, "admin/mail/letter/failed.html", {**self.admin_site.each_context(request), **context}
        )

    def get_ordering(self, request: HttpRequest) -> list[str | Combinable]:
        # A queue is kept by when its letters are due.
        return ["due_at"] if is_queue(request.GET.get("month", "")) else ["-written_at"]

    def has_send_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("mail.send_letter"))

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Letter]) -> None:
        sent = 0
        for obj in queryset:
            try:
                letter = outbox.send_again(cast(rows.Letter, obj.stored_row), by=cast(By, request.user))
            except (outbox.StillOnItsWay, Conflict) as exc:
                self.message_user(request, str(exc), messages.WARNING)
                continue
            outbox.deliver(letter)
            if letter.state == rows.State.SENT:
                sent += 1
            else:
                self.message_user(request, f"“{letter}” was not taken: {letter.error}", messages.ERROR)
        if sent:
            self.message_user(request, ngettext("%d letter sent.", "%d letters sent.", sent) % sent, messages.SUCCESS)
