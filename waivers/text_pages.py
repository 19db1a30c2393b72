"""Pages about one version of a text, in the admin: preview, comparison, publishing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from events import calendar
from events.rows import Event
from scc.dynamo.admin import DynamoAdmin
from scc.dynamo.errors import Conflict
from scc.staff.actors import By
from waivers import boards, diffs, pages, publishing, texts, wording
from waivers.choice_forms import PublishForm
from waivers.languages import LANGUAGES
from waivers.rows import CurrentText, Role
from waivers.rows import WaiverText as Row
from waivers.text_models import WaiverText
from waivers.wording import Text

require_form = require_http_methods(["GET", "HEAD", "POST"])

# Without `allow-forms` no form of the page is sent, by its script neither.
SANDBOX = ["allow-scripts", "allow-same-origin"]


def address_of(text: WaiverText | Row, page: str = "change") -> str:
    """Return the address of a version's page in the admin."""
    return reverse(f"admin:waivers_waivertext_{page}", args=[quote(text.ulid)])


class TextPages(DynamoAdmin[WaiverText]):
    """What may be done with a version beside editing it."""

    def get_urls(self) -> list[Any]:
        views = {
            "preview": cast(Any, csp_update)({"sandbox": SANDBOX})(require_safe(self.preview_view)),
            "compare": require_safe(self.compare_view),
            "publish": require_form(self.publish_view),
        }
        own = [
            path(f"<path:object_id>/{name}/", self.admin_site.admin_view(view), name=f"waivers_waivertext_{name}")
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the waiver's page as a signer would see it, with this version's text."""
        obj = self._text_or_404(request, object_id)
        text = composed(obj.text_row)
        shown = {role: {text.language: text} for role in Role}
        return HttpResponse(pages.form_page(example_event(), shown=shown, preview=address_of(obj)))

    def compare_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what differs from another version: the one asked for, or the one before."""
        obj = self._text_or_404(request, object_id)
        before, after = _before(obj.text_row, request.GET.get("with", "")), composed(obj.text_row)
        changes = diffs.compare(before, after) if before else None
        context = {"original": obj, "before": before, "after": after, "changes": changes}
        return self._answer(request, "compare", "What changes", context)

    def publish_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say what publishing would do, ask what becomes of earlier signatures, and publish."""
        obj = self._text_or_404(request, object_id)
        if not self.has_change_permission(request, obj):
            raise PermissionDenied
        current = current_of(obj.text_row)
        data = request.POST if request.method == "POST" else None
        form = PublishForm(data, seen=obj.text_row.version, after=current.number if current else 0)
        if form.is_valid() and self._published(request, obj, form):
            return HttpResponseRedirect(address_of(obj))
        return self._answer(request, "publish", "Publish", self._told(obj, current, form))

    def _told(self, obj: WaiverText, current: CurrentText | None, form: PublishForm) -> dict[str, Any]:
        """Return what whoever publishes should know."""
        before = _text_of(current)
        counts = publishing.signed_counts() if current else {}
        others = boards.get().languages_of(obj.document).values()
        return {
            "original": obj,
            "form": form,
            "becomes": publishing.preview(obj.text_row, current),
            "before": before,
            "counts": [(version, count) for version, count in counts.items() if _is_of(version, obj)],
            "others": [(LANGUAGES[row.language], row) for row in others if row.language != obj.language],
            "changes": diffs.compare(before, composed(obj.text_row)) if before else None,
        }

    def _published(self, request: HttpRequest, obj: WaiverText, form: PublishForm) -> bool:
        """Publish as the form says. Returns False when the page is to be shown again."""
        if form.is_stale:
            form.add_error(None, "The draft, or what signers are shown, was changed after you opened this page.")
            return False
        try:
            by = cast(By, request.user)
            published = publishing.publish(draft=obj.text_row, must_sign_again=form.must_sign_again, by=by)
        except Conflict:
            form.add_error(None, "Someone changed it just now. Open this page again.")
            return False
        except (publishing.NotADraft, wording.BadText) as exc:
            form.add_error(None, str(exc))
            return False
        said = f"{published} is what signers are shown, within two minutes everywhere."
        self.message_user(request, said, messages.SUCCESS)
        return True

    def _text_or_404(self, request: HttpRequest, object_id: str) -> WaiverText:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        return obj

    def _answer(self, request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        around = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, f"admin/waivers/waivertext/{template}.html", {**around, **context})


def composed(row: Row) -> Text:
    """Return the text of a version: as it is stored, a draft's as it would be published now."""
    stored = texts.of(row.sha256) if row.number else None
    return stored or publishing.preview(row, current_of(row))


def current_of(row: Row) -> CurrentText | None:
    """Return what is shown of the version's document in its language, None where nothing is published."""
    board = boards.get()
    shown = board.current.get((row.document, row.language))
    # What ships has its row before it is published, too.
    return shown if shown is not None and shown.pk is not None else None


def example_event() -> Event:
    """Return a departure for a preview: none that anyone could sign for."""
    starts_at = datetime.now(calendar.zone()).replace(hour=18, minute=15, second=0, microsecond=0)
    return Event(
        slug="preview",
        date=starts_at.date(),
        year=f"{starts_at:%Y}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        time_zone=calendar.zone().key,
        title="A departure",
        vessel_id="",
        vessel_name="Your vessel",
        departure_port="Your dock",
        return_port="Your dock",
    )


def _before(row: Row, asked: str) -> Text | None:
    """Return the version with the ulid `asked`, or the one that this one follows or would follow."""
    other = Row.fetch(ulid=asked or row.follows) if asked or (row.number and row.follows) else None
    if other is not None:
        return composed(other)
    return None if row.number else _text_of(current_of(row))


def _text_of(current: CurrentText | None) -> Text | None:
    return texts.of(current.sha256) if current else None


def _is_of(version: str, obj: WaiverText) -> bool:
    return version.rpartition("-")[0] == f"{obj.document}-{obj.language}"
