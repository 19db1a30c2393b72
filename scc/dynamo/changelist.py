"""Lists of the admin by keys: one Query of a page and one row, whatever the table holds.

A page is named by the row at its edge. The `?p=` that carries it is signed, as it names keys of the table.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core import signing
from django.core.paginator import Page, Paginator
from django.db import NotSupportedError
from django.http import HttpRequest

from scc.dynamo.indexes import KEY_NAMES
from scc.dynamo.models import DynamoModel
from scc.dynamo.rows import Row

SALT = "scc.dynamo.changelist"


def cursor(row: Row, *, back: bool) -> str:
    """Return the signed name of the page behind `row`, or before it."""
    keys = {name: value for name in KEY_NAMES if (value := getattr(row, name)) is not None}
    return signing.dumps({"back": back, "keys": keys}, salt=SALT)


def position(text: str, row_class: type[Row]) -> tuple[Row, bool]:
    """Return the row at a page's edge, and whether the page lies before it. Raises BadSignature when it is not ours."""
    data = signing.loads(text, salt=SALT)
    row = row_class()
    for name, value in data["keys"].items():
        setattr(row, name, value)
    return row, data["back"]


class DynamoChangeList(ChangeList):
    """A change list that knows whether there is a page before and behind, and nothing about how many."""

    previous_page: str | None = None
    next_page: str | None = None

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        try:
            return super().get_queryset(request, exclude_parameters)
        except NotSupportedError as exc:
            # A filter that is named twice is an OR.
            raise IncorrectLookupParameters(str(exc)) from exc

    def get_results(self, request: HttpRequest) -> None:
        try:
            objects, before, behind = self._page(request)
        except (NotSupportedError, signing.BadSignature) as exc:
            raise IncorrectLookupParameters(str(exc)) from exc
        if objects and before:
            self.previous_page = self._page_link(objects[0], back=True)
        if objects and behind:
            self.next_page = self._page_link(objects[-1], back=False)
        self.result_list = objects
        self.result_count = len(objects)
        # What the stock templates ask for; a count would read the whole list.
        self.full_result_count = self.result_count
        self.show_full_result_count = False
        self.show_admin_actions = bool(objects)
        self.can_show_all = False
        self.multi_page = False
        self.paginator = Paginator(objects, self.list_per_page)

    def _page(self, request: HttpRequest) -> tuple[list[DynamoModel], bool, bool]:
        """Return the objects of the page, and whether there are any before and behind them."""
        queryset: Any = self.queryset
        edge, back = None, False
        if text := request.GET.get(PAGE_VAR):
            edge, back = position(text, cast("type[DynamoModel]", self.model).row_class)
            queryset = queryset.behind(edge)
        if back:
            queryset = queryset.reverse()
        objects = list(queryset[: self.list_per_page + 1])
        more = len(objects) > self.list_per_page
        objects = objects[: self.list_per_page]
        if back:
            return objects[::-1], more, True
        return objects, edge is not None, more

    def _page_link(self, obj: DynamoModel, *, back: bool) -> str:
        return self.get_query_string({PAGE_VAR: cursor(obj.stored_row, back=back)})


class ReadAheadPaginator(Paginator[Any]):
    """Pages without a count, for the admin's autocomplete: reads one row more than the page."""

    @property
    def count(self) -> int:
        return self.per_page

    def page(self, number: Any) -> Any:
        number = max(int(number), 1)
        rows = list(self.object_list[: number * self.per_page + 1])
        shown = rows[(number - 1) * self.per_page : number * self.per_page]
        return _ReadAheadPage(shown, number, self, more=len(rows) > number * self.per_page)


class _ReadAheadPage(Page[Any]):
    def __init__(self, rows: list[Any], number: int, paginator: Paginator[Any], *, more: bool) -> None:
        super().__init__(rows, number, paginator)
        self.more = more

    def has_next(self) -> bool:
        return self.more
