"""The ledger in the admin: add, look, take back by a further entry. Nobody edits or deletes one, an owner included."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from payments import chain, ledger, methods
from payments.admin_changes import ChangingAdmin
from payments.admin_lists import ListedAdmin
from payments.closing_admin import DayCloseAdmin as DayCloseAdmin  # Django looks for admins here.
from payments.forms import PaymentForm
from payments.models import Payment, PaymentMethod
from scc.dynamo.admin import DynamoAdmin
from scc.money import display
from scc.staff.actors import By
from scc.staff.site import site


@admin.register(Payment, site=site)
class PaymentAdmin(ListedAdmin, ChangingAdmin):
    """Entries by the month in which they were logged."""

    form = PaymentForm
    list_display = ("reference", "patron_name", "entry_kind", "moves", "moves_tip", "how", "departure", "logged")
    search_fields = ("folded_name",)
    search_help_text = "Beginning of the patron's name, or a reference, among the entries of the month"
    audited_by_rules = True
    refusals = (ledger.BadEntry, ledger.KeyReused, ledger.LedgerBusy, ledger.UnknownEvent)

    add_fieldsets = (
        (None, {"fields": ["event", "patron_name", ("amount", "tip"), "method", "key"]}),
        ("More", {"fields": ["paid_on", "received_by", "patron_email", "external_reference", "note"]}),
    )
    fieldsets = (
        (None, {"fields": ["reference", "entry_kind", "departure", "patron_name", "amount", "tip", "how", "paid"]}),
        ("More", {"fields": ["corrects", "reason", "external_reference", "note", "patron_email", "received_by"]}),
        ("Logged", {"fields": ["logged", "recorded_by", "recorded_by_name", "origin"]}),
        ("Chain", {"fields": ["sequence", "hash", "prev_hash"]}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Payment | None = None) -> Any:
        return self.add_fieldsets if obj is None else self.fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Payment | None = None) -> Any:
        return () if obj is None else [name for _, options in self.fieldsets for name in options["fields"]]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Payment], search_term: str
    ) -> tuple[QuerySet[Payment], bool]:
        if chain.is_reference(search_term.strip().upper()):
            return queryset.filter(reference=search_term.strip().upper()), False
        return super().get_search_results(request, queryset, search_term)

    def save_model(self, request: HttpRequest, obj: Payment, form: PaymentForm, change: bool) -> None:
        recorded = ledger.record(by=cast(By, request.user), **form.facts())
        obj.become(recorded.payment)
        obj.was_logged_before = recorded.replayed

    def response_add(self, request: HttpRequest, obj: Payment, post_url_continue: str | None = None) -> HttpResponse:
        if not obj.was_logged_before:
            return super().response_add(request, obj, post_url_continue)
        self.message_user(request, f"Logged already, reference {obj.reference}.", messages.WARNING)
        return self.response_post_save_add(request, obj)

    @admin.display(description="amount")
    def amount(self, obj: Payment) -> str:
        return display(obj.amount_cents, obj.currency)

    @admin.display(description="tip")
    def tip(self, obj: Payment) -> str:
        return display(obj.tip_cents, obj.currency) if obj.tip_cents else str(self.get_empty_value_display())

    @admin.display(description="method")
    def how(self, obj: Payment) -> str:
        return methods.label(obj.method)

    @admin.display(description="departure")
    def departure(self, obj: Payment) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("dispatch:sheet", args=[obj.event_id]), obj.event_id)

    @admin.display(description="paid")
    def paid(self, obj: Payment) -> str:
        return f"{timezone.localtime(obj.paid_at):%a %-d %b %Y, %H:%M}"

    @admin.display(description="logged")
    def logged(self, obj: Payment) -> str:
        return f"{timezone.localtime(obj.recorded_at):%-d %b %Y, %H:%M}"


@admin.register(PaymentMethod, site=site)
class PaymentMethodAdmin(DynamoAdmin[PaymentMethod]):
    """The methods of payment: those that ship, changed or not, and the operator's own. None is ever removed."""

    fields = ("label", "code", "asks", "is_cash", "order", "is_offered", "account", "hint")
    readonly_fields = ("code",)
    list_display = ("label", "code", "offered", "asks", "counts_as", "account", "order")
    sortable_by = ()
    # All on one page: what ships is merged into the list, which no key pages through.
    list_per_page = 500

    def get_fields(self, request: HttpRequest, obj: PaymentMethod | None = None) -> Any:
        # A new one takes its code from the label.
        return [name for name in self.fields if obj is not None or name != "code"]

    def has_delete_permission(self, request: HttpRequest, obj: PaymentMethod | None = None) -> bool:
        return False

    @admin.display(description="offered")
    def offered(self, obj: PaymentMethod) -> str:
        return "Yes" if obj.is_offered else "No longer"

    @admin.display(description="counts as")
    def counts_as(self, obj: PaymentMethod) -> str:
        return "Cash" if obj.is_cash else str(self.get_empty_value_display())
