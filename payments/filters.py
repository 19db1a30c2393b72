"""How the admin's list of entries is narrowed. Departures and staff are offered as the month's tallies name them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from payments import methods
from payments.months import BadMonth, Figures, Month


def month_of(request: HttpRequest) -> str:
    """Return the month that `request` asks for, as it is written there; the present one where it names none."""
    return request.GET.get("month") or str(Month.present())


def tallies_of(request: HttpRequest) -> list[Figures]:
    """Return the tallies of the month that `request` asks for. One Query for each request, however often it is asked.

    What is no month has none.
    """
    kept: dict[str, list[Figures]] = request.__dict__.setdefault("_tallies", {})
    month = month_of(request)
    if month not in kept:
        try:
            kept[month] = Month.parse(month).tallies()
        except BadMonth:
            kept[month] = []
    return kept[month]


class MethodFilter(SimpleListFilter):
    """The entries of one method, also of one that is offered no longer."""

    title = "method"
    parameter_name = "method"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(method.code, method.label) for method in [*methods.every(), methods.get(methods.CREDIT)]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(method=self.value()) if self.value() else queryset


class TalliedFilter(SimpleListFilter):
    """The entries of one of the values that the month's tallies have in `attribute`."""

    attribute: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        found = {getattr(tally, self.attribute) for tally in tallies_of(request)}
        if asked := self.value():
            # In another month there may be none of it; then the list is empty, and says what it was narrowed to.
            found.add(asked)
        return [(value, value) for value in sorted(found)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.attribute: self.value()}) if self.value() else queryset


class DepartureFilter(TalliedFilter):
    title = "departure"
    parameter_name = "departure"
    attribute = "event_id"


class StaffFilter(TalliedFilter):
    title = "who logged it"
    parameter_name = "staff"
    attribute = "recorded_by"
