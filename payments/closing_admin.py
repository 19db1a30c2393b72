"""Day closes in the admin: all of them by their number, to look at."""

from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from payments.closing_lines import Line, difference_words, lines_of
from payments.closing_models import DayClose
from payments.closing_rows import DayClose as Row
from scc.dynamo.admin import LookOnlyAdmin
from scc.money import display
from scc.staff.site import site


@admin.register(DayClose, site=site)
class DayCloseAdmin(LookOnlyAdmin[DayClose]):
    list_display = ("number", "day", "expected", "differences", "closed_at", "closed_by_name")
    # A close of a busy day is large, as it names its entries.
    list_per_page = 25
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ["number", "day", "figures", "note", "closed_at", "closed_by", "closed_by_name"]}),
        ("What it took", {"fields": ["begins_on", "entry_ids"]}),
        ("Chain", {"fields": ["hash", "prev_hash"]}),
    )

    def has_view_permission(self, request: HttpRequest, obj: DayClose | None = None) -> bool:
        return bool(request.user.has_perm("payments.view_payment"))

    @admin.display(description="expected")
    def expected(self, obj: DayClose) -> str:
        return display(sum(line.expected_cents for line in _lines(obj)), obj.currency)

    @admin.display(description="differences")
    def differences(self, obj: DayClose) -> str:
        found = [
            f"{each.label} {difference_words(each, obj.currency)}" for each in _lines(obj) if each.difference_cents
        ]
        return ", ".join(found) or "none"

    @admin.display(description="figures")
    def figures(self, obj: DayClose) -> SafeString:
        return format_html_join("", "<p>{}</p>", ((_words(line, obj.currency),) for line in _lines(obj)))


def _lines(obj: DayClose) -> list[Line]:
    return lines_of(cast(Row, obj.stored_row))


def _words(line: Line, currency: str) -> str:
    expected = f"{line.label}: {display(line.expected_cents, currency)} expected"
    if line.counted_cents is None:
        return f"{expected}, not counted"
    return f"{expected}, {display(line.counted_cents, currency)} counted, {difference_words(line, currency)}"
