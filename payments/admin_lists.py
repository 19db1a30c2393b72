"""The ledger's admin, as far as it lists entries: filters, totals, and the list as a file."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse

from payments import export_views
from payments.export_views import TooMany
from payments.filters import DepartureFilter, MethodFilter, StaffFilter, month_of
from payments.lists import Narrowed, PaymentList
from payments.models import Payment
from payments.totals import moved_by
from scc.dynamo.admin import AppendOnlyAdmin
from scc.dynamo.changelist import DynamoChangeList
from scc.dynamo.filters import MonthFilter
from scc.money import display

EXPORT = "payments_payment_export"


class ListedAdmin(AppendOnlyAdmin[Payment]):
    """Entries by the month in which they were logged, and what they add up to."""

    list_filter = (MonthFilter, MethodFilter, "entry_kind", StaffFilter, DepartureFilter)
    ordering = ("-recorded_at",)
    sortable_by = ()

    def search_known(self, request: HttpRequest) -> dict[str, Any]:
        return {"month": month_of(request)}

    def get_ordering(self, request: HttpRequest) -> Any:
        # A departure's entries are read from its own partition, and no other's with them.
        return ("-ulid",) if request.GET.get(DepartureFilter.parameter_name) else self.ordering

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DynamoChangeList]:
        is_export = request.resolver_match is not None and request.resolver_match.url_name == EXPORT
        return Narrowed if is_export else PaymentList

    def get_urls(self) -> list[Any]:
        export = self.admin_site.admin_view(self.export_view)
        return [path("export/<str:form>/", export, name=EXPORT), *super().get_urls()]

    def export_view(self, request: HttpRequest, form: str) -> HttpResponseBase:
        """Answer what the search and the filters leave of the month as a file; see `payments.exports`."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if form not in export_views.FORMS:
            raise Http404
        shown = reverse("admin:payments_payment_changelist")
        try:
            return export_views.answer(cast(Narrowed, self.get_changelist_instance(request)), form)
        except IncorrectLookupParameters:
            # As the list does.
            return redirect(f"{shown}?{ERROR_FLAG}=1")
        except TooMany as exc:
            self.message_user(request, str(exc), messages.ERROR)
            return redirect(f"{shown}?{request.GET.urlencode()}")

    @admin.display(description="amount")
    def moves(self, obj: Payment) -> str:
        return display(moved_by(obj.entry).net_cents, obj.currency)

    @admin.display(description="tip")
    def moves_tip(self, obj: Payment) -> str:
        tips_cents = moved_by(obj.entry).tips_cents
        return display(tips_cents, obj.currency) if tips_cents else str(self.get_empty_value_display())
