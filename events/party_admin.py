"""Parties of all departures, to find one: by name among those of a year, by address among all."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from events.models import Patron
from events.rows import folded_email
from scc.dynamo.admin import LookOnlyAdmin
from scc.dynamo.filters import YearFilter
from scc.staff.site import site


@admin.register(Patron, site=site)
class PartyAdmin(LookOnlyAdmin[Patron]):
    """A list alone: a party has no page of its own, it is opened and changed with its departure."""

    list_display = ("name", "departure", "size", "email", "phone")
    list_display_links = None
    list_filter = (YearFilter,)
    search_fields = ("folded_name",)
    search_help_text = "Beginning of the party's name, among those of the year; or a whole e-mail address, of any year"
    ordering = ("folded_name",)
    sortable_by = ()

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if url.name == "events_patron_changelist"]

    def has_view_permission(self, request: HttpRequest, obj: Patron | None = None) -> bool:
        # Crew see who sails with them, not every guest there ever was.
        return bool(request.user.has_perm("events.change_patron"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        # There is none to select.
        return super().changelist_view(request, {"title": "Parties", **(extra_context or {})})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Patron], search_term: str
    ) -> tuple[QuerySet[Patron], bool]:
        """Search by an address where one is asked for, the latest departure first: whatever the year."""
        if "@" not in search_term:
            return super().get_search_results(request, queryset, search_term)
        found = self.get_queryset(request).filter(folded_email=folded_email(search_term.strip()))
        return found.order_by("-event_id"), False

    @admin.display(description="departure")
    def departure(self, obj: Patron) -> SafeString:
        return format_html('<a href="/dispatch/{}/">{}</a>', obj.event_id, obj.event_id)
