"""`{% load money %} {{ cents|money:currency }}` gives `$1,100.00`; `{{ cents|decimal }}` gives `1100.00`."""

from __future__ import annotations

from django import template
from django.conf import settings

from scc.money import decimal_text, display

register = template.Library()


@register.filter
def money(cents: int, currency: str = "") -> str:
    """Return `cents` for people, in the operator's currency unless another is named."""
    return display(cents, currency or settings.SCC_CURRENCY)


@register.filter
def decimal(cents: int) -> str:
    """Return `cents` for a form's field."""
    return decimal_text(cents)
