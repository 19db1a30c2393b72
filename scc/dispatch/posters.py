"""The guests' link to a departure's waiver, and its QR code."""

from __future__ import annotations

import segno
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe


def waiver_link(slug: str) -> str:
    """Return the public address at which guests of the departure `slug` sign."""
    return f"{settings.SCC_SITE_URL}/g/{slug}/waiver"


def code(link: str) -> SafeString:
    """Return `link` as a QR code in SVG, dark on white in any theme, as cameras want it.

    Level Q: a quarter of it may be wet or torn.
    """
    svg = segno.make(link, error="q").svg_inline(omitsize=True, dark="#000", light="#fff", border=4, svgclass="code")
    # Made by segno from an address of ours; nothing that anyone typed is in it.
    return mark_safe(svg)  # noqa: S308
