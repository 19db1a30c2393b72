"""`{% load cards %}`: rows of the admin's lists that can be shown as cards, each cell with the name of its column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import template
from django.utils.html import escape, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

register = template.Library()

_CELL = re.compile(r"<t[dh]\b")


@register.filter
def labelled(cells: Iterable[str], headers: Iterable[Mapping[str, Any]]) -> Iterator[SafeString]:
    """Return the admin's cells (`<td ...>`), each with `data-label`. `headers` are those of `result_list`."""
    for cell, header in zip(cells, headers, strict=True):
        label = escape(strip_tags(str(capfirst(header["text"]))).strip())
        tag = _CELL.match(cell)
        opened = tag[0] if tag else ""
        # The cell is the admin's own, escaped there, and the label is escaped here.
        yield mark_safe(f'{opened} data-label="{label}"{cell[len(opened) :]}' if opened else cell)  # noqa: S308
