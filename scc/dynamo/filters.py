"""List filters for partitions by year and month: one is always chosen, so that a list is one Query."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

# How far back the choices go, and how far ahead; any other month or year may be typed into the address.
YEARS_BACK, YEARS_AHEAD = 4, 2
MONTHS_BACK, MONTHS_AHEAD = 24, 1


class PartitionFilter(SimpleListFilter):
    """A filter without "All": the partition key needs a value."""

    def present(self) -> str:
        """Return the value where none is asked for."""
        raise NotImplementedError

    def chosen(self) -> str:
        return self.value() or self.present()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{str(self.parameter_name): self.chosen()})

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, title in self.lookup_choices:
            yield {
                "selected": self.chosen() == str(value),
                "query_string": changelist.get_query_string({str(self.parameter_name): value}),
                "display": title,
            }


class YearFilter(PartitionFilter):
    title = _("year")
    parameter_name = "year"

    def present(self) -> str:
        return str(timezone.localdate().year)

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        year = timezone.localdate().year
        return [(str(y), str(y)) for y in range(year + YEARS_AHEAD, year - YEARS_BACK - 1, -1)]


class MonthFilter(PartitionFilter):
    title = _("month")
    parameter_name = "month"

    def present(self) -> str:
        return f"{timezone.localdate():%Y-%m}"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        today = timezone.localdate()
        last = today.year * 12 + today.month - 1 + MONTHS_AHEAD
        months = [divmod(number, 12) for number in range(last, last - MONTHS_BACK - MONTHS_AHEAD, -1)]
        return [(f"{year}-{month + 1:02}", f"{MONTHS[month + 1]} {year}") for year, month in months]
