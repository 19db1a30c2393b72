"""The ledger's admin, as far as it changes entries: actions on a list, and links on an entry's page.

One entry is changed by the dispatch pages, which the links lead to; several at once by an action that asks first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from payments import books, changes, selected
from payments.change_forms import new_key
from payments.changes import Change
from payments.models import Payment
from payments.selected import Outcome, RefundSelectedForm, VoidSelectedForm
from scc.dynamo.admin import AppendOnlyAdmin
from scc.staff.actors import By

# A message says so many refusals.
MOST_SAID = 5


class ChangingAdmin(AppendOnlyAdmin[Payment]):
    """Entries, and what may be done to them: each by a right of its own."""

    actions = ("void_entries", "refund_entries", "correct_entry")

    def has_void_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(changes.VOID.permission))

    def has_refund_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(changes.REFUND.permission))

    def has_correct_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(changes.CORRECT.permission))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, or act. Not the stock answer to an action that one may not take, which is the list again."""
        asked = request.POST.get("action")
        if asked in self.actions and asked not in self.get_actions(request):
            raise PermissionDenied(asked)
        return super().changelist_view(request, extra_context)

    @admin.action(description="Void", permissions=["void"])
    def void_entries(self, request: HttpRequest, queryset: QuerySet[Payment]) -> HttpResponse | None:
        return self._change(request, queryset, changes.VOID, VoidSelectedForm)

    @admin.action(description="Refund what is left", permissions=["refund"])
    def refund_entries(self, request: HttpRequest, queryset: QuerySet[Payment]) -> HttpResponse | None:
        return self._change(request, queryset, changes.REFUND, RefundSelectedForm)

    @admin.action(description="Correct", permissions=["correct"])
    def correct_entry(self, request: HttpRequest, queryset: QuerySet[Payment]) -> HttpResponse | None:
        chosen = list(queryset)
        if len(chosen) != 1:
            self.message_user(request, "Correct one entry at a time: choose one.", messages.WARNING)
            return None
        return HttpResponseRedirect(address_of(changes.CORRECT, chosen[0]))

    def _change(
        self,
        request: HttpRequest,
        queryset: QuerySet[Payment],
        change: Change,
        form_class: type[VoidSelectedForm | RefundSelectedForm],
    ) -> HttpResponse | None:
        """Ask how; once that is said, do it to each entry and say what came of it."""
        chosen = list(queryset)
        if len(chosen) > selected.MOST:
            self.message_user(request, f"Choose {selected.MOST} entries at most.", messages.WARNING)
            return None
        is_sent = "confirmed" in request.POST
        form = form_class(request.POST) if is_sent else form_class(initial={"key": new_key()})
        if is_sent and form.is_valid():
            outcome = selected.change_each(form, [obj.entry for obj in chosen], by=cast(By, request.user))
            self._tell(request, change, outcome)
            return None
        return self._ask(request, chosen, change, form)

    def _tell(self, request: HttpRequest, change: Change, outcome: Outcome) -> None:
        if outcome.done:
            words = f"{change.done.capitalize()}: {', '.join(outcome.done)}."
            self.message_user(request, words, messages.SUCCESS)
        if outcome.failed:
            said = outcome.failed[:MOST_SAID]
            more = f" And {len(outcome.failed) - MOST_SAID} more." if len(outcome.failed) > MOST_SAID else ""
            self.message_user(request, f"Not {change.done}. {' '.join(said)}{more}", messages.ERROR)

    def _ask(
        self,
        request: HttpRequest,
        chosen: Sequence[Payment],
        change: Change,
        form: VoidSelectedForm | RefundSelectedForm,
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        lines = selected.lines(change, [obj.entry for obj in chosen])
        context = {
            **self.admin_site.each_context(request),
            "title": f"{change.label} the chosen entries",
            "opts": self.opts,
            "change": change,
            "lines": [line for line in lines if line.why_not is None],
            "left_out": [line for line in lines if line.why_not is not None],
            "form": form,
            "action": request.POST["action"],
            "checkbox": helpers.ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/payments/payment/change_selected.html", context)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        obj: Payment | None = context.get("original")
        if obj is not None:
            context["changes"] = self._links(request, obj)
            context["entry_page"] = reverse("dispatch:entry", args=[obj.event_id, obj.reference])
        return super().render_change_form(request, context, *args, **kwargs)

    def _links(self, request: HttpRequest, obj: Payment) -> list[tuple[str, str]]:
        """Return what whoever asks may do to the entry, and where. One Query, unless they may do nothing."""
        may = [change for change in changes.ALL if request.user.has_perm(change.permission)]
        if not may:
            return []
        book = books.read(obj.event_id)
        return [(change.label, address_of(change, obj)) for change in may if not change.why_not(book, obj.entry)]


def address_of(change: Change, obj: Payment) -> str:
    """Return the address of the form that changes the entry."""
    return reverse(f"dispatch:entry-{change.code}", args=[obj.event_id, obj.reference])
