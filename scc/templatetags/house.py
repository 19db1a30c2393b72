"""What every page says of the house."""

from __future__ import annotations

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def operator() -> str:
    """Return the name over every page."""
    return str(settings.SCC_OPERATOR)
