"""Signed waivers, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from scc.dynamo.admin import LookOnlyAdmin
from scc.dynamo.filters import MonthFilter
from scc.staff.site import site
from waivers.models import Waiver
from waivers.text_admin import WaiverTextAdmin as WaiverTextAdmin  # Django looks for admins here.

HOLDS = "waivers.hold_waiver"


def _name(request: HttpRequest) -> str:
    """Return the column in which the user sees who signed."""
    return "name" if request.user.has_perm(HOLDS) else "shown_name"


@admin.register(Waiver, site=site)
class WaiverAdmin(LookOnlyAdmin[Waiver]):
    """Signed waivers by month. Nobody adds, changes or removes one here, an owner included.

    Who signed a restricted one is for those who may restrict; others do not find it by its name either.
    """

    list_display = ("reference", "departure", "role", "method", "signed")
    list_filter = (MonthFilter,)
    search_fields = ("folded_name",)
    search_help_text = "Beginning of the signer's name, among those of the month"
    ordering = ("-signed_at",)
    sortable_by = ()
    readonly_fields = ("shown_name", "departure", "signed", "evidence")
    fields = (
        "role",
        "reference",
        "departure",
        "signed",
        "method",
        "valid_from",
        "valid_until",
        "text_version",
        "evidence",
    )

    def search_known(self, request: HttpRequest) -> dict[str, Any]:
        month = request.GET.get("month") or f"{timezone.localdate():%Y-%m}"
        return {"year": month[:4]}

    def get_list_display(self, request: HttpRequest) -> Any:
        return [_name(request), *self.list_display]

    def get_fields(self, request: HttpRequest, obj: Waiver | None = None) -> Any:
        return [_name(request), *self.fields]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Waiver], search_term: str
    ) -> tuple[QuerySet[Waiver], bool]:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if search_term and not request.user.has_perm(HOLDS):
            # That it is found would tell the name.
            found = found.filter(restricted=False)
        return found, may_repeat

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        # As an address may filter by any field.
        return "name" not in lookup and super().lookup_allowed(lookup, value, request)

    @admin.display(description="name")
    def shown_name(self, obj: Waiver) -> str:
        return "Restricted" if obj.restricted else obj.name

    @admin.display(description="departure")
    def departure(self, obj: Waiver) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("dispatch:sheet", args=[obj.event_id]), obj.event_id)

    @admin.display(description="signed", ordering="signed_at")
    def signed(self, obj: Waiver) -> str:
        return f"{timezone.localtime(obj.signed_at):%a %-d %b %Y, %H:%M}"

    @admin.display(description="evidence")
    def evidence(self, obj: Waiver) -> SafeString:
        """Lead to the page on which each look is written down."""
        return format_html('<a href="{}">Open it</a>', reverse("dispatch:waiver", args=[obj.event_id, obj.ulid]))
