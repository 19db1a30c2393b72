"""The outbox in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from scc.dynamo.filters import MonthFilter
from scc.logs import without_secrets
from scc.mail import attachments, outbox, rows, words
from scc.mail.again import AgainAdmin, address_of
from scc.mail.models import Letter
from scc.mail.transports import LABELS
from scc.staff import subjects
from scc.staff.site import site

LONGEST_IN_LIST = 100


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


def _without_links(letter: Letter, text: str) -> str:
    """Return the words of a letter as staff read them: a look at a waiver is written down, and its receipt opens it."""
    return without_secrets(text) if letter.purpose == "waiver" else text


@admin.register(Letter, site=site)
class LetterAdmin(AgainAdmin):
    """Letters by the month in which they were written. Nobody adds, changes or removes one here."""

    list_display = ("subject", "to", "state", "written_at", "answer")
    list_filter = (MonthOrQueueFilter,)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ["to", "subject", "state", "outcome", "speaks_of", "shown_text"]}),
        ("Delivery", {"fields": ["written_at", "sent_at", "attempts", "due_at", "provider_label", "message_id"]}),
        ("Details", {"fields": ["copied_at", "copy", "purpose", "language", "brings", "shown_html", "ulid"]}),
    )
    readonly_fields = ("speaks_of", "outcome", "shown_text", "copy", "provider_label", "brings", "shown_html")

    def get_ordering(self, request: HttpRequest) -> list[str | Combinable]:
        # A queue is kept by when its letters are due.
        return ["due_at"] if is_queue(request.GET.get("month", "")) else ["-written_at"]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        obj: Letter = context["original"]
        context["may_send"] = self.has_send_permission(request) and outbox.may_be_sent_again(obj.letter)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="speaks of")
    def speaks_of(self, obj: Letter) -> SafeString:
        page, word = subjects.nearest_page(obj.about), subjects.word_for(obj.about)
        link = format_html('<a href="{}">{}</a> ', page, word.capitalize()) if page else ""
        return format_html("{}{}", link, obj.about)

    @admin.display(description="what became of it")
    def outcome(self, obj: Letter) -> SafeString:
        return linebreaksbr("\n".join(words.outcome(obj.letter)), autoescape=True)

    @admin.display(description="what became of it")
    def answer(self, obj: Letter) -> str:
        # In a list the first is enough: an answer may be as long as a provider likes.
        return Truncator(words.outcome(obj.letter)[0]).chars(LONGEST_IN_LIST)

    @admin.display(description="text")
    def shown_text(self, obj: Letter) -> str:
        return _without_links(obj, obj.text) or self.get_empty_value_display()

    @admin.display(description="HTML")
    def shown_html(self, obj: Letter) -> str:
        return _without_links(obj, obj.html) or self.get_empty_value_display()

    @admin.display(description="the copy")
    def copy(self, obj: Letter) -> SafeString | str:
        if not obj.copied_as:
            return self.get_empty_value_display()
        return format_html('<a href="{}">Open it</a>', address_of(rows.Letter(about=obj.about, ulid=obj.copied_as)))

    @admin.display(description="attachments")
    def brings(self, obj: Letter) -> str:
        names = [each.file_name for each in attachments.read(obj.attachments)]
        return ", ".join(names) or self.get_empty_value_display()

    @admin.display(description="provider")
    def provider_label(self, obj: Letter) -> str:
        return LABELS.get(obj.provider, obj.provider) or self.get_empty_value_display()
