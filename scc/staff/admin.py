"""Users, for owners, and the audit trail, to look at."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters

from scc.dynamo.admin import DynamoAdmin, LookOnlyAdmin
from scc.dynamo.filters import MonthFilter
from scc.staff.forms import SetPasswordForm, UserAddForm, UserForm
from scc.staff.models import AuditEntry, User
from scc.staff.owners import LastOwner
from scc.staff.site import site


@admin.register(User, site=site)
class UserAdmin(DynamoAdmin[User], StockUserAdmin[User]):
    """Who may come in. Somebody who leaves is switched off, not removed: the trail still speaks of them."""

    add_form = UserAddForm
    form = UserForm
    change_password_form = SetPasswordForm
    add_fieldsets = ((None, {"fields": ("username", "name", "email", "role", "password1", "password2")}),)
    fieldsets = ((None, {"fields": ("username", "name", "email", "role", "active", "person_id", "password_link")}),)
    readonly_fields = ("password_link",)
    filter_horizontal = ()
    list_display = ("name", "username", "role", "email", "active")
    list_filter = ("role", "active")
    search_fields = ("folded_name",)
    ordering = ("folded_name",)
    sortable_by = ()
    refusals = (LastOwner,)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @method_decorator(sensitive_post_parameters())
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        # Not the stock user's, whose own transaction would end outside of where a conflict becomes a form error.
        return cast(HttpResponse, self.changeform_view(request, None, form_url, extra_context))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        # The password and its audit entry are one transaction; the stock view has none.
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if getattr(request.user, "is_bootstrap", False) and obj.is_active_owner:
            said = f"{obj.name} is an owner now, so the bootstrap owner is switched off. Log in as {obj.username}."
            messages.success(request, said)

    @admin.display(description="password")
    def password_link(self, obj: User) -> SafeString:
        return format_html('<a href="{}">Set a new password</a>', "../password/")


@admin.register(AuditEntry, site=site)
class AuditEntryAdmin(LookOnlyAdmin[AuditEntry]):
    """What was done, by month. Nobody adds, changes or removes a line, an owner included."""

    list_display = ("recorded_at", "recorded_by_name", "action", "subject_link", "summary")
    list_display_links = ("recorded_at",)
    list_filter = (MonthFilter,)
    ordering = ("-recorded_at",)
    sortable_by = ()
    fields = ("recorded_at", "recorded_by_name", "recorded_by", "action", "subject_link", "summary", "changes_list")

    @admin.display(description="what")
    def subject_link(self, obj: AuditEntry) -> SafeString:
        url = obj.get_admin_url()
        return format_html('<a href="{}">{}</a>', url, obj.subject_name) if url else format_html("{}", obj.subject_name)

    @admin.display(description="changes")
    def changes_list(self, obj: AuditEntry) -> SafeString:
        lines = ((name, _shown(before), _shown(after)) for name, (before, after) in obj.entry.changed.items())
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {} → {}</li>", lines))


def _shown(value: str | None) -> str:
    return "—" if value in {None, ""} else str(value)
