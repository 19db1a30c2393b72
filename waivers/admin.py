"""Signed waivers, to look at, and the versions of their text."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from scc.dynamo.admin import DynamoAdmin, LookOnlyAdmin
from scc.dynamo.errors import Conflict
from scc.dynamo.filters import MonthFilter
from scc.staff.actors import By
from scc.staff.site import site
from waivers import signing, texts
from waivers.evidence import Evidence
from waivers.models import Waiver, WaiverText
from waivers.rows import WaiverRecord

# Dates of birth, contacts and signatures: not for who only needs to know that someone signed.
SEES_EVIDENCE = "waivers.view_evidence"


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

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["css/waiver.css"]}

    def get_fields(self, request: HttpRequest, obj: Waiver | None = None) -> Any:
        shown = (
            "name",
            "role",
            "reference",
            "departure",
            "signed",
            "method",
            "valid_from",
            "valid_until",
            "text_version",
        )
        return (*shown, "evidence") if request.user.has_perm(SEES_EVIDENCE) else shown

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
    def evidence(self, obj: Waiver) -> str:
        record = WaiverRecord.fetch(ulid=obj.ulid)
        if record is None:
            raise LookupError(f"waiver {obj.pk} has no record")
        context = {"record": record, "evidence": Evidence(record), "text": texts.of(record.text_sha256)}
        return render_to_string("waivers/_evidence.html", context | {"link": signing.link_to(record)})


@admin.register(WaiverText, site=site)
class WaiverTextAdmin(DynamoAdmin[WaiverText]):
    """Versions of the text. A draft is edited; a published one stays as it is, for those who signed it."""

    fields = ("language", "title", "body", "consent", "adult", "assent")
    list_display = ("title", "version", "status", "created_at", "published_at", "published_by")
    ordering = ("-created_at",)
    sortable_by = ()
    actions = ("publish",)
    refusals = (texts.NotADraft,)

    def get_fields(self, request: HttpRequest, obj: WaiverText | None = None) -> Any:
        told = () if obj is None or obj.is_draft else ("version", "published_at", "published_by", "sha256")
        return (*self.fields, *told)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin a new draft with the words that signers are shown now."""
        draft = texts.present_draft()
        return {name: getattr(draft, name) for name in self.fields}

    def get_readonly_fields(self, request: HttpRequest, obj: WaiverText | None = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "version", "published_at", "published_by", "sha256"]

    def has_change_permission(self, request: HttpRequest, obj: WaiverText | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: WaiverText | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_draft)

    @admin.display(description="version")
    def version(self, obj: WaiverText) -> str:
        return f"{obj.language}-{obj.number}" if obj.number else ""

    @admin.action(description="Publish: signers are shown it from now on", permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[WaiverText]) -> None:
        chosen = list(queryset)
        if len(chosen) != 1:
            self.message_user(request, "Choose one draft to publish.", messages.ERROR)
            return
        try:
            published = texts.publish(draft=chosen[0].text_row, by=cast(By, request.user))
        except (texts.NotADraft, texts.BadText) as exc:
            self.message_user(request, str(exc), messages.ERROR)
        except Conflict:
            self.message_user(request, "Someone changed it just now. Look again.", messages.ERROR)
        else:
            self.message_user(request, f"{published} is what signers are shown, within two minutes everywhere.")
