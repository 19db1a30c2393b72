"""The admin's list of entries as a file, with the search and the filters of the list."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import cast

from django.conf import settings
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from payments import exports, spreadsheets
from payments.lists import Narrowed
from payments.months import Month
from payments.rows import Payment
from payments.spreadsheets import Cells

FORMS = ("csv", "xlsx", "journal")

# More may take a function longer than it has, and an answer of Lambda's holds six megabytes: see docs/known-limits.md.
MOST_ON_LAMBDA = 10_000


class TooMany(Exception):
    """More entries than a page's answer can hold; says how to get them."""

    def __init__(self, month: Month) -> None:
        super().__init__(
            f"{month} has more than {MOST_ON_LAMBDA:,} entries: too many for a page. "
            f"Run manage.py exportpayments --month {month} FILE."
        )


def answer(chosen: Narrowed, form: str) -> HttpResponseBase:
    """Return the entries that are `chosen`, the first logged first, as one of `FORMS`.

    One Query for each megabyte of entries; for the journal one for each departure. Raises TooMany on Lambda.
    """
    if settings.ON_LAMBDA and chosen.most_entries > MOST_ON_LAMBDA:
        raise TooMany(chosen.month)
    lines = _lines_of(chosen, form)
    if form == "xlsx":
        file = spreadsheets.xlsx_file(lines, title=str(chosen.month))
        return FileResponse(file, as_attachment=True, filename=f"payments-{chosen.month}.xlsx")
    name = "journal" if form == "journal" else "payments"
    response = StreamingHttpResponse(_begun(spreadsheets.csv_chunks(lines)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{chosen.month}.csv"'
    return response


def _lines_of(chosen: Narrowed, form: str) -> Iterator[Cells]:
    if form == "journal":
        return exports.journal(chosen.slugs, holds=chosen.entries.holds)
    return exports.payments(cast("Iterator[Payment]", chosen.entries_rising.rows()))


def _begun(chunks: Iterator[str]) -> Iterator[str]:
    # A table that does not answer is a page that says so, and not a file with nothing in it.
    return chain([next(chunks)], chunks)
