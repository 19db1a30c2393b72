"""The versions of the waiver's texts in the admin."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from scc.dynamo.admin import DynamoAdmin
from scc.dynamo.errors import Conflict
from scc.staff.actors import By
from scc.staff.site import site
from waivers import publishing, wording
from waivers.publishing import NotADraft
from waivers.text_models import WaiverText


@admin.register(WaiverText, site=site)
class WaiverTextAdmin(DynamoAdmin[WaiverText]):
    """Versions of the text. A draft is edited; a published one stays as it is, for those who signed it."""

    fields = (
        "document",
        "language",
        "title",
        "body",
        "consent",
        "adult",
        "authority",
        "assent",
        "orientation",
        "button",
        "validity",
        "season_ends",
    )
    list_display = ("title", "version", "status", "created_at", "published_at", "published_by")
    ordering = ("-created_at",)
    sortable_by = ()
    actions = ("publish",)
    refusals = (NotADraft,)

    def get_fields(self, request: HttpRequest, obj: WaiverText | None = None) -> Any:
        told = () if obj is None or obj.is_draft else ("version", "published_at", "published_by", "sha256")
        return (*self.fields, *told)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin a new draft with the words that signers are shown now."""
        draft = publishing.present_draft()
        return {name: getattr(draft, name) for name in self.fields}

    def get_readonly_fields(self, request: HttpRequest, obj: WaiverText | None = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "version", "published_at", "published_by", "sha256"]

    def has_change_permission(self, request: HttpRequest, obj: WaiverText | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: WaiverText | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_draft)

    @admin.display(description="version")
    def version(self, obj: WaiverText) -> str:
        return obj.text_version

    @admin.action(description="Publish: signers are shown it from now on", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[WaiverText]) -> None:
        chosen = list(queryset)
        if len(chosen) != 1:
            self.message_user(request, "Choose one draft to publish.", messages.ERROR)
            return
        try:
            published = publishing.publish(draft=chosen[0].text_row, by=cast(By, request.user))
        except (NotADraft, wording.BadText) as exc:
            self.message_user(request, str(exc), messages.ERROR)
        except Conflict:
            self.message_user(request, "Someone changed it just now. Look again.", messages.ERROR)
        else:
            self.message_user(request, f"{published} is what signers are shown, within two minutes everywhere.")
