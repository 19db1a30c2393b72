"""Imports in the admin: what was carried over by commands and from here, and a file to carry over."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST

from scc.dynamo.filters import YearFilter
from scc.imports import jobs, progress, uploads
from scc.imports.forms import UploadForm, kind_and_preset
from scc.imports.models import ImportRun
from scc.imports.pages import RunPages, address_of
from scc.imports.rows import ImportRun as Row
from scc.imports.rows import State
from scc.imports.uploads import BadUpload
from scc.staff.actors import By
from scc.staff.site import site


@admin.register(ImportRun, site=site)
class ImportRunAdmin(RunPages):
    """Runs by year. An owner begins one here, and sees those of commands."""

    list_display = ("began_at", "holds", "source", "how_far", "carried", "unchanged", "reported", "recorded_by_name")
    list_filter = (YearFilter,)
    sortable_by = ()

    def get_urls(self) -> list[Any]:
        begin = self.admin_site.admin_view(require_POST(self.begin_view))
        return [path("add/begin/", begin, name="imports_importrun_begin"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Imports", **(extra_context or {})})

    @admin.display(description="what")
    def holds(self, obj: ImportRun) -> str:
        return progress.label_of(obj.what)

    @admin.display(description="state")
    def how_far(self, obj: ImportRun) -> str:
        pace = progress.pace(obj.run)
        is_halfway = obj.state in jobs.GOING or (obj.state == State.STOPPED and obj.run.confirmed_at)
        return f"{obj.get_state_display()}, {pace.percent} %" if is_halfway and pace.lines else obj.get_state_display()

    @admin.display(description="carried")
    def carried(self, obj: ImportRun) -> str:
        return self._count(obj, "carried")

    @admin.display(description="unchanged")
    def unchanged(self, obj: ImportRun) -> str:
        return self._count(obj, "unchanged")

    @admin.display(description="not carried")
    def reported(self, obj: ImportRun) -> str:
        return self._count(obj, "reported")

    def _count(self, obj: ImportRun, what: str) -> str:
        # Before it is confirmed nothing is carried, whatever the check has counted.
        is_run = bool(obj.run.confirmed_at) or not obj.run.parts
        return f"{progress.total(obj.run.counts, what):,}" if is_run and obj.run.counts else ""

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask what a file holds, and for the file; with its script, the page sends it in slices instead."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if form.is_valid():
            return HttpResponseRedirect(address_of(_taken(form, cast(By, request.user))))
        context = {"form": form, "offers": form.offers, "most": uploads.MOST_BYTES, "slice": uploads.SLICE}
        return self._answer(request, "add", None, context)

    def begin_view(self, request: HttpRequest) -> HttpResponse:
        """Begin a run whose file is sent in slices, and say where to."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        said = request.POST
        what, preset = kind_and_preset(said.get("what", ""))
        size = said.get("size", "")
        try:
            row = uploads.begin(
                what=what,
                preset=preset,
                source=said.get("name", ""),
                size=int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0,
                stamp=said.get("stamp", ""),
                by=cast(By, request.user),
            )
        except BadUpload as exc:
            return JsonResponse({"error": str(exc)}, status=400)
        addresses = {name: address_of(row, name) for name in ("part", "uploaded")}
        return JsonResponse({**addresses, "page": address_of(row)}, status=201)


def _taken(form: UploadForm, by: By) -> Row:
    """Take the file of a form at once."""
    what, preset = kind_and_preset(form.cleaned_data["what"])
    file = form.cleaned_data["file"]
    row = uploads.begin(what=what, preset=preset, source=file.name, size=file.size, by=by)
    for number in range(1, row.parts + 1):
        uploads.take(row, number, file.read(uploads.SLICE))
    return uploads.finish(row)
