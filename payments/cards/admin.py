"""Held card money in the admin: look, and say that it is settled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from payments.cards import holding, rows
from payments.cards.models import HeldPayment
from scc.dynamo.admin import LookOnlyAdmin
from scc.dynamo.errors import Conflict
from scc.dynamo.filters import PartitionFilter
from scc.staff.actors import By
from scc.staff.site import site


class StateFilter(PartitionFilter):
    """What someone still has to see to, or what is settled."""

    title = "state"
    parameter_name = "state"

    def present(self) -> str:
        return rows.State.HELD.value

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> Sequence[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in rows.State]


@admin.register(HeldPayment, site=site)
class HeldPaymentAdmin(LookOnlyAdmin[HeldPayment]):
    list_display = ["stripe_id", "what", "money", "patron_name", "event_id", "moved_at", "why"]
    list_filter = [StateFilter]
    sortable_by = ()
    actions = ["settle"]
    fieldsets = [
        (None, {"fields": ["why", "what", "money", "patron_name", "event_id", "patron_id", "moved_at"]}),
        ("Stripe", {"fields": ["stripe_id", "payment_id", "held_at"]}),
        ("Settled", {"fields": ["state", "settled_by", "settled_at"]}),
    ]

    @admin.display(description="amount")
    def money(self, obj: HeldPayment) -> str:
        return cast(rows.Held, obj.stored_row).money

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("cards.settle_heldpayment"))

    @admin.action(description="Settled: it is logged by hand, or given back", permissions=["settle"])
    def settle(self, request: HttpRequest, queryset: QuerySet[HeldPayment]) -> None:
        settled = 0
        for obj in queryset:
            try:
                holding.settle(cast(rows.Held, obj.stored_row), by=cast(By, request.user))
            except (holding.AlreadySettled, Conflict) as exc:
                self.message_user(request, str(exc), messages.WARNING)
                continue
            settled += 1
        if settled:
            said = ngettext("%d card payment settled.", "%d card payments settled.", settled) % settled
            self.message_user(request, said, messages.SUCCESS)
