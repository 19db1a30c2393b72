"""Signed waivers, to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
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


@admin.register(Waiver, site=site)
class WaiverAdmin(LookOnlyAdmin[Waiver]):
    """Signed waivers by month. Nobody adds, changes or removes one here, an owner included."""

    list_display = ("name", "reference", "departure", "role", "method", "signed")
    list_filter = (MonthFilter,)
    search_fields = ("folded_name",)
    search_help_text = "Beginning of the signer's name, among those of the month"
    ordering = ("-signed_at",)
    sortable_by = ()
    readonly_fields = ("departure", "signed", "evidence")
    fields = (
        "name",
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
