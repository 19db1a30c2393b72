"""An admin of the tests' own, over harbors and moorings."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import include, path

from scc.dynamo.admin import DynamoAdmin, DynamoInline
from scc.staff.site import StaffSite
from tests.dynamo.boats import HarborModel, MooringModel

site = StaffSite(name="admin")


class TooShallow(Exception):
    """A harbor that no boat gets into."""


class MooringInline(DynamoInline):
    model = MooringModel
    fields = ("number", "kind_of_line")


@admin.register(HarborModel, site=site)
class HarborAdmin(DynamoAdmin[HarborModel]):
    list_display = ("name", "berths")
    search_fields = ("folded_name",)
    sortable_by = ("name",)
    list_per_page = 3
    inlines = (MooringInline,)
    refusals = (TooShallow,)

    def save_model(self, request: HttpRequest, obj: HarborModel, form: Any, change: bool) -> None:
        if obj.note == "shallow":
            raise TooShallow("No boat gets in there.")
        super().save_model(request, obj, form, change)

    def protected_children(self, obj: HarborModel) -> list[str]:
        return [f"Mooring {mooring.number}" for mooring in MooringModel.objects.filter(harbor=obj)]


# The admin's pages link to the board.
urlpatterns = [path("admin/", site.urls), path("dispatch/", include("scc.dispatch.urls"))]
