"""How the admin's list of entries is narrowed."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest

from payments import methods


class MethodFilter(SimpleListFilter):
    """The entries of one method, also of one that is offered no longer."""

    title = "method"
    parameter_name = "method"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return [(method.code, method.label) for method in [*methods.every(), methods.get(methods.CREDIT)]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(method=self.value()) if self.value() else queryset
