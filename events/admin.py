"""Departures with their crew and parties, vessels and people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet, ModelChoiceField
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from events import bookings, drafts, errors, people, revising, rows
from events.forms import EventForm, PartyForm, VesselField
from events.models import CrewAssignment, Event, Patron, Person, TipWeight, Vessel
from events.party_admin import PartyAdmin as PartyAdmin  # Django looks for admins here.
from events.revisions import Revision
from scc.dynamo.admin import DynamoAdmin, DynamoInline
from scc.dynamo.errors import Conflict
from scc.dynamo.filters import YearFilter
from scc.dynamo.rows import Row
from scc.money import display
from scc.staff.actors import By
from scc.staff.site import site

# Who crews a boat sees no money.
SEES_MONEY = "payments.view_payment"

Choices = list[tuple[str, str]]


def sees_money(request: HttpRequest) -> bool:
    return bool(request.user.has_perm(SEES_MONEY))


@admin.register(Vessel, site=site)
class VesselAdmin(DynamoAdmin[Vessel]):
    """Boats. One is not deleted, as its departures name it."""

    fields = ("name", "capacity", "home_port", "note")
    list_display = ("name", "capacity", "home_port")
    search_fields = ("folded_name",)
    sortable_by = ()

    def has_delete_permission(self, request: HttpRequest, obj: Vessel | None = None) -> bool:
        return False


@admin.register(Person, site=site)
class PersonAdmin(DynamoAdmin[Person]):
    """People who crew."""

    fields = ("name", "role", "email", "phone", "note")
    list_display = ("name", "role", "email", "phone")
    search_fields = ("folded_name",)
    sortable_by = ()

    def protected_children(self, obj: Person) -> Iterable[str]:
        assigned = rows.CrewAssignment.listing(index="gsi1", known={"person_id": obj.ulid}, limit=50)
        return [f"{assignment.event_id}: {assignment}" for assignment in assigned]


@admin.register(TipWeight, site=site)
class TipWeightAdmin(DynamoAdmin[TipWeight]):
    """How the tips are shared, a line for each role of the crew."""

    fields = ("role", "weight")
    readonly_fields = ("role",)
    list_display = ("role", "weight")
    sortable_by = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: TipWeight | None = None) -> bool:
        return False


class CrewInline(DynamoInline):
    """Who crews the departure."""

    model = CrewAssignment
    fields = ("person", "role")
    verbose_name = "crew member"
    verbose_name_plural = "crew"

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = cast("ModelChoiceField[Any]", super().formfield_for_foreignkey(db_field, request, **kwargs))
        field.choices = partial(_choices, request, "people", people.choices)
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        widget = getattr(field, "widget", None)
        if isinstance(widget, RelatedFieldWidgetWrapper):
            # A person is added here at most; the other three icons crowd a phone.
            widget.can_change_related = widget.can_view_related = widget.can_delete_related = False
        return field


class PartyInline(DynamoInline):
    """Who is on the manifest."""

    model = Patron
    form = PartyForm
    verbose_name_plural = "parties"

    def get_fields(self, request: HttpRequest, obj: Event | None = None) -> Any:
        money = ("price_cents", "priced", "deposit_cents") if sees_money(request) else ()
        return ("name", "size", *money, "phone", "email", "note")


@admin.register(Event, site=site)
class EventAdmin(DynamoAdmin[Event]):
    """Departures. Object, manifest, crew and audit entry are one revision, and so one transaction."""

    form = EventForm
    inlines = (CrewInline, PartyInline)
    list_filter = (YearFilter, "status")
    search_fields = ("folded_title",)
    ordering = ("starts_at",)
    sortable_by = ("starts",)
    actions = ("cancel", "complete")
    audited_by_rules = True
    refusals = (errors.BookingError,)

    # What is shown

    def get_list_display(self, request: HttpRequest) -> Any:
        money = ("paid",) if sees_money(request) else ()
        return ("title", "starts", "vessel_name", "status", "manifest", "waivers", *money, "sheet")

    def get_fieldsets(self, request: HttpRequest, obj: Event | None = None) -> Any:
        price = ("price_cents",) if sees_money(request) else ()
        told = ("manifest", "waivers", *(("paid",) if price else ())) if obj is not None else ()
        sections = [
            (None, {"fields": ["title", "date", ("starts", "ends"), "vessel", "capacity", *price, "status"]}),
            ("Where", {"fields": [("departure_port", "return_port")]}),
            ("More", {"fields": ["slug", "note", *told]}),
        ]
        seen = super().get_fieldsets(request, obj)[-1][1]["fields"]
        sections[-1][1]["fields"] += [name for name in seen if name == "seen"]
        return sections

    def get_readonly_fields(self, request: HttpRequest, obj: Event | None = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "manifest", "waivers", "paid"]

    def view_on_site(self, obj: Event) -> str:
        return obj.get_absolute_url()

    @admin.display(description="starts", ordering="starts_at")
    def starts(self, obj: Event) -> str:
        return f"{obj.starts_local:%a %-d %b %Y, %H:%M}"

    @admin.display(description="ends")
    def ends(self, obj: Event) -> str:
        return f"{obj.ends_at.astimezone(obj.zone):%H:%M}" if obj.ends_at else ""

    @admin.display(description="booked")
    def manifest(self, obj: Event) -> str:
        return f"{obj.booked} / {obj.capacity}"

    @admin.display(description="signed")
    def waivers(self, obj: Event) -> str:
        return f"{obj.signed} / {obj.booked}"

    @admin.display(description="paid")
    def paid(self, obj: Event) -> str:
        event = obj.event_row
        return f"{display(event.net_cents, event.currency)} / {display(event.due_cents, event.currency)}"

    @admin.display(description="open")
    def sheet(self, obj: Event) -> SafeString:
        return format_html('<a href="{}">Sheet</a>', obj.get_absolute_url())

    # Choices, read once a page and only where they are shown

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        named = {"form_class": VesselField, **kwargs}
        field = cast("ModelChoiceField[Any]", super().formfield_for_foreignkey(db_field, request, **named))
        field.choices = partial(_choices, request, "vessels", _vessels)
        return field

    # Saving

    def save_model(self, request: HttpRequest, obj: Event, form: Any, change: bool) -> None:
        """Write nothing yet: `save_related` has the manifest and the crew too."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        by = cast(By, request.user)
        event: rows.Event = form.departure
        revision = _revision(event, formsets, form.changes() if change else {})
        if change:
            event = revising.revise(event=form.instance.event_row, revision=revision, by=by)
        else:
            bookings.add_event(event=event, revision=revision, by=by)
        if event.port_warning:
            self.message_user(request, event.port_warning, messages.WARNING)

    def protected_children(self, obj: Event) -> Iterable[str]:
        inside = Row.collection(rows.Event.keys_for(slug=obj.slug)[0])
        kept = [row for row in inside if not isinstance(row, rows.Event | rows.CrewAssignment | rows.TakenOff)]
        return [bookings.contents(kept)] if kept else []

    def delete_model(self, request: HttpRequest, obj: Event) -> None:
        bookings.delete_event(event=obj.event_row, by=cast(By, request.user))

    @admin.action(description="Cancel selected departures", permissions=["change"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Event]) -> None:
        self._each(request, queryset, bookings.cancel, "cancelled")

    @admin.action(description="Say that selected departures have sailed", permissions=["change"])
    def complete(self, request: HttpRequest, queryset: QuerySet[Event]) -> None:
        self._each(request, queryset, bookings.complete, "completed")

    def _each(self, request: HttpRequest, queryset: QuerySet[Event], act: Callable[..., Any], done: str) -> None:
        for event in queryset:
            try:
                act(event=event.event_row, by=cast(By, request.user))
            except Conflict:
                self.message_user(request, f"{event} was changed by someone else just now.", messages.ERROR)
            else:
                self.message_user(request, f"{event}: {done}.")


def _revision(
    event: rows.Event, formsets: Iterable[BaseInlineFormSet[Any, Any, Any]], fields: dict[str, Any]
) -> Revision:
    """Return what the page's inlines do to `event`, with its own `fields`."""
    parts: dict[str, list[Any]] = {}
    for formset in formsets:
        formset.save(commit=False)
        is_party = formset.model is Patron
        kind = "parties" if is_party else "crew"
        new, changed = (_new_party, _changed_party) if is_party else (_new_assignment, _changed_assignment)
        parts[f"add_{kind}"] = [new(event, obj) for obj in formset.new_objects]
        parts[f"change_{kind}"] = [changed(obj) for obj, _ in formset.changed_objects]
        parts[f"remove_{kind}"] = [obj.stored_row for obj in formset.deleted_objects]
    return Revision(fields=fields, **parts)


def _new_party(event: rows.Event, obj: Patron) -> rows.Patron:
    return drafts.new_party(event=event, **_party_values(obj))


def _changed_party(obj: Patron) -> tuple[rows.Patron, rows.Patron]:
    before = obj.party_row
    return before, drafts.changed_party(before, _party_values(obj))


def _party_values(obj: Patron) -> dict[str, Any]:
    # The price as a whole follows from the one per head, where there is one.
    follows = {"price_cents" if obj.head_price_cents else "head_price_cents"}
    return {name: getattr(obj, name) for name in drafts.PARTY_FIELDS - follows}


def _new_assignment(event: rows.Event, obj: CrewAssignment) -> rows.CrewAssignment:
    return drafts.new_assignment(event=event, person=obj.person.stored_row, role=obj.role)


def _changed_assignment(obj: CrewAssignment) -> tuple[rows.CrewAssignment, rows.CrewAssignment]:
    before = obj.assignment_row
    person = obj.person.stored_row if obj.person_id != before.person_id else None
    return before, drafts.changed_assignment(before, person=person, role=obj.role)


def _choices(request: HttpRequest, name: str, read: Callable[[], Choices]) -> Choices:
    # Every row of an inline shows the same choices.
    kept: dict[str, Choices] = request.__dict__.setdefault("_choices", {})
    if name not in kept:
        kept[name] = [("", "---------"), *read()]
    return kept[name]


def _vessels() -> Choices:
    return [(vessel.slug, vessel.name) for vessel in rows.Vessel.listing(index="gsi2", known={})]
