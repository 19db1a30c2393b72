"""Pages about one run, in the admin: columns, preview, progress, report; and what its buttons and scripts send."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from scc.dynamo.admin import AppendOnlyAdmin
from scc.dynamo.errors import Conflict
from scc.imports import decisions, jobs, kinds, objects, portions, progress, reporting, uploads
from scc.imports.columns import Reading
from scc.imports.decisions import AlreadyGoing, Refused
from scc.imports.forms import ColumnsForm, of_sheet, read_as
from scc.imports.jobs import Busy
from scc.imports.models import ImportRun
from scc.imports.objects import Gone
from scc.imports.portions import CHECK, RUN, First
from scc.imports.progress import Part
from scc.imports.rows import ImportRun as Row
from scc.imports.rows import State
from scc.imports.uploads import BadUpload
from scc.staff.actors import By

require_form = require_http_methods(["GET", "HEAD", "POST"])

SOMEONE_ELSE = "It went on meanwhile. Look again."
TAKEN = "Another page or the schedule is at it just now. It goes on."
LEFT = "It takes longer than a page can wait. The schedule, every five minutes, goes on with it."
# Excel takes a file for UTF-8 by it.
_BYTE_ORDER_MARK = "\ufeff"
_LISTS = re.compile(r" The (?:file's|columns) are ")
# Where columns may be chosen anew: nothing of the file is carried over yet, and nobody works at it.
RECHOSEN = (State.MAPPING, State.READY, State.STOPPED, State.FAILED)


def address_of(row: Row, page: str = "change") -> str:
    """Return the address of a run's page in the admin."""
    return reverse(f"admin:imports_importrun_{page}", args=[row.ulid])


def may_choose(row: Row) -> bool:
    """Say whether a run's columns may be chosen."""
    # Its beginning was kept once, whatever became of another sheet.
    is_kept = bool(row.sha256) or row.edition > 1
    return row.state in RECHOSEN and row.confirmed_at is None and is_kept


class RunPages(AppendOnlyAdmin[ImportRun]):
    """What may be seen and done of one run."""

    def get_urls(self) -> list[Any]:
        views: dict[str, Any] = {
            "columns": require_form(self.columns_view),
            "confirm": require_POST(self.confirm_view),
            "stop": require_POST(self.stop_view),
            "continue": require_POST(self.continue_view),
            "drive": require_POST(self.drive_view),
            "part": require_POST(self.part_view),
            "uploaded": require_POST(self.uploaded_view),
            "report": require_safe(self.report_view),
        }
        own = [
            path(f"<str:object_id>/{name}/", self.admin_site.admin_view(view), name=f"imports_importrun_{name}")
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    # Looking

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show how far a run is, and what there is to decide."""
        row = self._row_or_404(request, object_id)
        context = {"run": row, **_shown(row)}
        return self._answer(request, "run", row, context)

    def drive_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Carry portions of a run for some seconds, and show how far it is then."""
        row = self._row_or_404(request, object_id)
        # What a page's function could not do within its time, the schedule's does.
        waits = LEFT if jobs.is_for_schedule(row) else ""
        try:
            row = row if waits else jobs.drive(row, seconds=jobs.PAGE_SECONDS)
        except Busy:
            waits, row = TAKEN, decisions.again(row)
        if request.GET.get("part") != "progress":
            return HttpResponseRedirect(address_of(row))
        context = {"run": row, "waits": waits, **_progress(row)}
        return TemplateResponse(request, "admin/imports/importrun/_progress.html", context)

    def report_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Give the lines that were not carried, or would not be, as CSV; one of several files where they are many."""
        row = self._row_or_404(request, object_id)
        phase = _phase(row)
        parts = progress.report_parts(portions.sizes(row, phase)[: row.portions_done])
        part = request.GET.get("part", "1")
        if part not in map(str, range(1, max(len(parts), 1) + 1)):
            raise Http404
        if row.portions_done and not parts:
            self.message_user(request, str(Gone()), messages.ERROR)
            return HttpResponseRedirect(address_of(row))
        lines = _report(row, phase, parts[int(part) - 1] if parts else Part(range(0)))
        # The first is fetched at once: a bucket that does not answer is a page that says so, and no file.
        response = StreamingHttpResponse(chain([next(lines)], lines), content_type="text/csv; charset=utf-8")
        name = f"{row.what}-{row.ulid[-6:].lower()}" + (f"-{part}" if len(parts) > 1 else "")
        response.headers["Content-Disposition"] = f'attachment; filename="not-carried-{name}.csv"'
        return response

    # Deciding

    def columns_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the file's columns and its first lines, and choose which is which."""
        row = self._row_or_404(request, object_id)
        if not may_choose(row):
            self.message_user(request, "Its columns cannot be chosen any more.", messages.ERROR)
            return HttpResponseRedirect(address_of(row))
        try:
            head = uploads.head_of(row)
        except Gone as exc:
            self.message_user(request, str(exc), messages.ERROR)
            return HttpResponseRedirect(address_of(row))
        if "sheet" in request.POST:
            return self._choose_sheet(request, row, of_sheet(uploads.reading_of(row), head, request.POST["sheet"]))
        kind, said = kinds.get(row.what), request.POST if request.method == "POST" else request.GET
        reading = of_sheet(read_as(uploads.reading_of(row), kind, said.get("preset")), head, None)
        form = ColumnsForm(kind, head, reading, request.POST if request.method == "POST" else None)
        if form.is_valid():
            reading = form.reading()
            fault = uploads.fault_of(row, head, reading)
            if not fault and self._did(request, lambda: uploads.choose(row, reading)):
                return HttpResponseRedirect(address_of(row))
            form.add_error(None, _brief(fault) or SOMEONE_ELSE)
        fault = "" if form.is_bound else _brief(uploads.fault_of(row, head, reading))
        context = {"run": row, "form": form, "head": head, "fault": fault, "presets": kind.presets, "crumb": "Columns"}
        return self._answer(request, "columns", row, context)

    def _choose_sheet(self, request: HttpRequest, row: Row, reading: Reading) -> HttpResponse:
        if reading == uploads.reading_of(row):
            return HttpResponseRedirect(address_of(row, "columns"))
        if not self._did(request, lambda: uploads.choose(row, reading)):
            self.message_user(request, SOMEONE_ELSE, messages.ERROR)
        return HttpResponseRedirect(address_of(row))

    def confirm_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Carry over what was checked."""
        return self._decide(decisions.confirm, request, object_id)

    def stop_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Begin nothing more of a run."""
        return self._decide(decisions.stop, request, object_id)

    def continue_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go on with a run where it was."""
        return self._decide(decisions.go_on, request, object_id)

    def _decide(self, decide: Callable[..., Row], request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._row_or_404(request, object_id)
        try:
            decide(row, by=cast(By, request.user))
        except AlreadyGoing as exc:
            self.message_user(request, f"{exc} This is its page.", messages.ERROR)
            row = exc.other
        except Refused as exc:
            self.message_user(request, str(exc), messages.ERROR)
        except Conflict:
            self.message_user(request, SOMEONE_ELSE, messages.ERROR)
        return HttpResponseRedirect(address_of(row))

    def _did(self, request: HttpRequest, act: Callable[[], object]) -> bool:
        try:
            act()
        except Conflict:
            return False
        return True

    # The upload's script

    def part_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take one slice of a file."""
        row = self._row_or_404(request, object_id)
        number, slice_ = request.POST.get("number", ""), request.FILES.get("slice")
        try:
            if slice_ is None or number not in map(str, range(1, row.parts + 1)):
                raise BadUpload("That is no slice of a file.")
            if (slice_.size or 0) > uploads.SLICE:
                raise BadUpload("That slice is too large.")
            uploads.take(row, int(number), slice_.read())
        except BadUpload as exc:
            return JsonResponse({"error": str(exc)}, status=400)
        return JsonResponse({})

    def uploaded_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say which slices are missing, or that none is, and look into the file then."""
        row = self._row_or_404(request, object_id)
        if row.state == State.UPLOADING:
            missing = uploads.missing(row)
            if missing:
                return JsonResponse({"missing": missing})
            # Sent again after a lost answer, it has gone on.
            self._did(request, lambda: uploads.finish(row))
        return JsonResponse({"missing": [], "page": address_of(row)})

    # Shared

    def _row_or_404(self, request: HttpRequest, object_id: str) -> Row:
        if not self.has_view_permission(request) or (request.method == "POST" and not self.has_add_permission(request)):
            raise PermissionDenied
        row = Row.fetch(ulid=object_id)
        if row is None:
            raise Http404
        return row

    def _answer(self, request: HttpRequest, template: str, row: Row | None, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        title = f"{progress.label_of(row.what)} from {row.source}" if row else "Import a file"
        around = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return TemplateResponse(request, f"admin/imports/importrun/{template}.html", {**around, **context})


def _brief(fault: str) -> str:
    """Return what is wrong with a file's columns without the lists of theirs and ours: the page has them."""
    return _LISTS.split(fault)[0]


def _phase(row: Row) -> str:
    return CHECK if row.confirmed_at is None else RUN


def _progress(row: Row) -> dict[str, Any]:
    return {"pace": progress.pace(row), "doing": progress.doing(row), "counted": progress.counted(row.counts)}


def _shown(row: Row) -> dict[str, Any]:
    """Return what the page of a run shows of it. Two GetObject, and a ListObjectsV2."""
    first, parts, is_gone, head = First(), 0, False, None
    try:
        if row.state in (State.MAPPING, State.READY):
            head = uploads.head_of(row)
        if row.portions_done:
            first = portions.first_of(row, _phase(row), row.portions_done)
            parts = len(progress.report_parts(portions.sizes(row, _phase(row))[: row.portions_done]))
    except Gone:
        is_gone = True
    return {
        **_progress(row),
        "state_words": State(row.state).label,
        "slice": uploads.SLICE,
        "first": first,
        "most_shown": portions.SHOWN,
        "reported": progress.total(row.counts, "reported"),
        "carried": progress.total(row.counts, "carried"),
        "unchanged": progress.total(row.counts, "unchanged"),
        "report_parts": range(1, parts + 1),
        "is_gone": is_gone,
        "head": head,
        "kept_days": objects.KEPT_DAYS,
        **_may(row, is_gone=is_gone),
    }


def _may(row: Row, *, is_gone: bool) -> dict[str, bool]:
    """Return what may be done of a run. What a command carries over is the command's alone."""
    is_here = not is_gone
    return {
        "is_going": bool(row.parts) and row.state in jobs.GOING,
        "may_confirm": row.state == State.READY and is_here and progress.total(row.counts, "carried") > 0,
        "may_choose": may_choose(row) and is_here,
        "may_stop": bool(row.parts) and row.state in decisions.STOPPABLE,
        "may_go_on": decisions.can_go_on(row) and is_here,
        "has_ended": row.state in (State.DONE, State.STOPPED, State.FAILED),
    }


def _report(row: Row, phase: str, part: Part) -> Iterator[str]:
    """Give the report as CSV, a portion at a time."""
    begun = _BYTE_ORDER_MARK + _csv([reporting.HEADER])
    for number in part.numbers:
        told = part.of(sorted(portions.reports_of(row, phase, number)))
        yield begun + _csv([(place, reason, raw) for _, place, reason, raw in told])
        begun = ""
    yield begun


def _csv(told: list[tuple[str, str, str]]) -> str:
    out = io.StringIO()
    reporting.write(out, told)
    return out.getvalue()
