"""The versions of the waiver's texts in the admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from scc.staff.site import site
from waivers import publishing
from waivers.choice_pages import ChoicePages
from waivers.languages import DEFAULT, LANGUAGES
from waivers.publishing import NotADraft
from waivers.shipped_texts import DOCUMENT
from waivers.text_models import WaiverText
from waivers.text_pages import address_of

TOLD = ("text_version", "signatures", "published_at", "published_by", "sha256")


@admin.register(WaiverText, site=site)
class WaiverTextAdmin(ChoicePages):
    """Versions of the texts. A draft is edited; a published one stays as it is, for those who signed it."""

    ordering = ("-created_at",)
    sortable_by = ()
    actions = ("compare",)
    refusals = (NotADraft,)

    class Media:
        css: ClassVar[dict[str, list[str]]] = {"all": ["css/texts.css"]}

    def get_fieldsets(self, request: HttpRequest, obj: WaiverText | None = None) -> Any:
        sections: list[tuple[str | None, dict[str, Any]]] = [
            (None, {"fields": ["document", "language", "title", "body"]}),
            ("What the signer ticks", {"fields": ["consent", "adult", "authority", "assent", "orientation", "button"]}),
            ("How long a signature counts", {"fields": ["validity", "season_ends"]}),
        ]
        if obj is not None and not obj.is_draft:
            return [("Published", {"fields": list(TOLD)}), *sections]
        seen = super().get_fieldsets(request, obj)[-1][1]["fields"]
        sections[-1][1]["fields"] += [name for name in seen if name == "seen"]
        return sections

    def get_fields(self, request: HttpRequest, obj: WaiverText | None = None) -> Any:
        return [name for field in WaiverText._meta.concrete_fields if field.editable for name in [field.name]]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin a new draft with the words that signers are shown now, in the language and document asked for."""
        language, document = request.GET.get("language", DEFAULT), request.GET.get("document", DOCUMENT)
        draft = publishing.present_draft(language if language in LANGUAGES else DEFAULT, document)
        return {name: getattr(draft, name) for name in self.get_fields(request)}

    def get_readonly_fields(self, request: HttpRequest, obj: WaiverText | None = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *TOLD]

    def has_change_permission(self, request: HttpRequest, obj: WaiverText | None = None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or obj.is_draft)

    def has_delete_permission(self, request: HttpRequest, obj: WaiverText | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or obj.is_draft)

    # Lists

    def get_list_display(self, request: HttpRequest) -> Any:
        return ("title", "text_version", "spoken", "state", _signatures_column(request), "published_at", "published_by")

    @admin.display(description="version")
    def text_version(self, obj: WaiverText) -> str:
        return obj.text_version or obj.document

    @admin.display(description="language")
    def spoken(self, obj: WaiverText) -> str:
        return LANGUAGES[obj.language]

    @admin.display(description="status")
    def state(self, obj: WaiverText) -> str:
        return str(obj.get_status_display())

    @admin.display(description="signatures")
    def signatures(self, obj: WaiverText) -> int:
        return publishing.signed_counts().get(obj.text_version, 0)

    @admin.action(description="Compare two versions", permissions=["view"])
    def compare(self, request: HttpRequest, queryset: QuerySet[WaiverText]) -> HttpResponse | None:
        chosen = sorted(queryset, key=lambda obj: obj.created_at)
        if len(chosen) != 2:
            self.message_user(request, "Choose two versions to compare.", messages.ERROR)
            return None
        return HttpResponseRedirect(f"{address_of(chosen[1], 'compare')}?with={chosen[0].ulid}")


def _signatures_column(request: HttpRequest) -> Callable[[WaiverText], str]:
    """Return the column of a list's page, whose counts are read once."""

    @admin.display(description="signatures")
    def signatures(obj: WaiverText) -> str:
        counts: dict[str, int] | None = getattr(request, "signed_counts", None)
        if counts is None:
            counts = request.signed_counts = publishing.signed_counts()  # type: ignore[attr-defined]  # ours
        return str(counts.get(obj.text_version, 0)) if obj.text_version else ""

    return signatures
