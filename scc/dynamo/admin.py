"""Django's admin over rows, through ModelAdmin's own seams.

Lists page by keys, search is by the beginning of a folded name, a save is one transaction, somebody else's change is a
form error, and history is the audit trail's. The admin's site gives the trail: see `Trail`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin, ShowFacets, TabularInline
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.messages.storage import default_storage
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from scc.dynamo import units
from scc.dynamo.changelist import DynamoChangeList, ReadAheadPaginator
from scc.dynamo.errors import Conflict
from scc.dynamo.folding import fold
from scc.dynamo.forms import StoredModelForm
from scc.dynamo.models import DynamoModel
from scc.dynamo.units import Unit

M = TypeVar("M", bound=DynamoModel)

SEEN = "seen"


class Trail(Protocol):
    """The audit trail, as the admin's site gives it (`site.trail`)."""

    def record(
        self,
        unit: Unit,
        *,
        user: Any,
        action: str,
        obj: DynamoModel,
        summary: str,
        changes: Mapping[str, tuple[Any, Any]],
    ) -> None:
        """Add an entry about `obj` to `unit`."""

    def history(self, obj: DynamoModel) -> list[Any]:
        """Return the entries about `obj`, newest first, with LogEntry's names (`action_time`, `user`, ...)."""

    def last_change(self, obj: DynamoModel) -> str:
        """Return the name of who changed `obj` last, "" when nobody is known."""


class _SeenMixin:
    """Keeps the hidden field with the version on the form, and off a page that only shows."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = [
            (name, {**options, "fields": [each for each in options["fields"] if each != SEEN]})
            for name, options in super().get_fieldsets(request, obj)  # type: ignore[misc]  # a mixin of ModelAdmin
        ]
        if fieldsets and self.has_change_permission(request, obj):  # type: ignore[attr-defined]  # likewise
            fieldsets[-1][1]["fields"].append(SEEN)
        return fieldsets


class DynamoAdmin(_SeenMixin, ModelAdmin[M]):
    """ModelAdmin for models over rows."""

    form = StoredModelForm
    paginator = ReadAheadPaginator
    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    # Exceptions of the rules that save_model and save_formset call, to be shown on the form.
    refusals: ClassVar[tuple[type[Exception], ...]] = ()
    # Whether those rules write the audit entries themselves: each change has exactly one.
    audited_by_rules = False

    @property
    def trail(self) -> Trail:
        return cast(Trail, self.admin_site.trail)  # type: ignore[attr-defined]  # our site has it

    # Lists

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DynamoChangeList]:
        return DynamoChangeList

    def search_known(self, request: HttpRequest) -> dict[str, Any]:
        """Return the values of the name index's partition, for a search where no list filter gives them."""
        return {}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        """Search by the beginning of the first of `search_fields`, a folded attribute that leads an index."""
        folded, fields = fold(search_term), self.get_search_fields(request)
        if not folded or not fields:
            return queryset, False
        field = fields[0]
        given = {want.attribute for want in getattr(queryset, "wanted", ())}
        known = {name: value for name, value in self.search_known(request).items() if name not in given}
        return queryset.filter(**known, **{f"{field}__startswith": folded}).order_by(field), False

    def get_paginator(
        self, request: HttpRequest, queryset: Any, per_page: int, orphans: int = 0, allow_empty_first_page: bool = True
    ) -> Paginator[Any]:
        return ReadAheadPaginator(queryset, per_page, orphans, allow_empty_first_page)

    # Forms

    def get_form(self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = cast("type[StoredModelForm]", super().get_form(request, obj, change=change, **kwargs))
        form.conflict = getattr(request, "conflict", None)
        form.refusal = getattr(request, "refusal", None)
        form.last_change = staticmethod(self.trail.last_change)
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        readonly = list(super().get_readonly_fields(request, obj))
        pk = self.opts.pk
        if obj is not None and pk.editable and pk.name not in readonly:
            # A row's keys are its address; they do not change.
            readonly.append(pk.name)
        return readonly

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show or save. What a transaction or a rule refuses is shown on the form, with everything that was typed."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Conflict as exc:
            request.conflict = exc  # type: ignore[attr-defined]  # read by get_form
        except self.refusals as exc:
            request.refusal = exc  # type: ignore[attr-defined]  # read by get_form
        # What the first try was about to say did not happen.
        request._messages = default_storage(request)  # type: ignore[attr-defined]  # as MessageMiddleware does
        return super().changeform_view(request, object_id, form_url, extra_context)

    def get_view_on_site_url(self, obj: M | None = None) -> str | None:
        # Not the stock redirect, which looks the object up by its content type.
        return obj.get_absolute_url() if obj is not None and hasattr(obj, "get_absolute_url") else None

    # Deleting

    def protected_children(self, obj: M) -> Iterable[str]:
        """Return what belongs to `obj` and forbids that it is deleted, in words."""
        return ()

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        shown = [f"{capfirst(self.opts.verbose_name)}: {obj}" for obj in objs]
        protected = [str(child) for obj in objs for child in self.protected_children(obj)]
        return shown, {str(self.opts.verbose_name_plural): len(shown)}, set(), protected

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            return super().delete_view(request, object_id, extra_context)
        except Conflict:
            said = _("Someone changed this at the same moment, so it was not deleted. Look again.")
        except self.refusals as exc:
            said = str(exc)
        request._messages = default_storage(request)  # type: ignore[attr-defined]  # as MessageMiddleware does
        self.message_user(request, said, messages.ERROR)
        return HttpResponseRedirect("../change/")

    # The trail

    def log_addition(self, request: HttpRequest, obj: M, message: Any) -> Any:
        self._record(request, obj, "added", message)

    def log_change(self, request: HttpRequest, obj: M, message: Any) -> Any:
        self._record(request, obj, "changed", message)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[M]) -> Any:
        for obj in queryset:
            self._record(request, obj, "deleted", _("Deleted."))

    def _record(self, request: HttpRequest, obj: M, action: str, message: Any) -> None:
        if self.audited_by_rules:
            return
        text = message if isinstance(message, str) else json.dumps(message)
        with units.joined() as unit:
            self.trail.record(
                unit,
                user=request.user,
                action=action,
                obj=obj,
                summary=LogEntry(change_message=text).get_change_message(),
                changes=obj.last_changes,
            )

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]  # private, since 1.11
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        entries = self.trail.history(obj)
        page = Paginator(entries, max(len(entries), 1)).get_page(1)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Change history: %s") % obj,
            "subtitle": None,
            "action_list": page,
            "pagination_required": False,
            "module_name": str(capfirst(self.opts.verbose_name_plural)),
            "object": obj,
            "opts": self.opts,
            "preserved_filters": self.get_preserved_filters(request),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.object_history_template or "admin/object_history.html", context)


class AppendOnlyAdmin(DynamoAdmin[M]):
    """For what is added and never changed or removed: the stock page that only shows."""

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


class LookOnlyAdmin(AppendOnlyAdmin[M]):
    """For what the application writes by itself."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class _KnownId(forms.CharField):
    """The hidden id of a stored row in a formset: one of those that the formset has read."""

    def __init__(self, known: Sequence[str], **options: Any) -> None:
        super().__init__(required=False, widget=forms.HiddenInput, **options)
        self.known = known

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text and text not in self.known:
            raise forms.ValidationError(_("This was removed after you opened the page."), code="gone")
        return text


class DynamoInlineFormSet(BaseInlineFormSet[Any, Any, Any]):
    """Rows that belong to another, read once for the whole set."""

    def clean(self) -> None:
        super().clean()
        pk = cast("type[DynamoModel]", self.model)._meta.pk.name
        # The field is hidden, and so would be its error.
        if any(form.has_error(pk, code="gone") for form in self.initial_forms):
            raise forms.ValidationError(_("A line was removed after you opened the page. Open it again."), code="gone")

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        pk = cast("type[DynamoModel]", self.model)._meta.pk.name
        if pk in form.fields:
            known = [obj.pk for obj in self.get_queryset()]
            # Not the stock ModelChoiceField, which reads every row once more.
            form.fields[pk] = _KnownId(known, initial=form.instance.pk)


class DynamoInline(_SeenMixin, TabularInline[Any, Any]):
    """Inline rows of a model over rows."""

    form = StoredModelForm
    formset = DynamoInlineFormSet
    extra = 0
