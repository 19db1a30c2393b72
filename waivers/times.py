"""Moments and days as the signer's language writes them, each with its zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import formats
from django.utils.dateformat import format as in_words


def moment(instant: str | datetime, zone: str) -> str:
    """Return a moment to the second: "Sat 23 May 2026, 11:00:04 (America/Los_Angeles)". In UTC where the zone is none.

    instant: RFC 3339, or aware.
    """
    when = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    known = _known(zone)
    return f"{in_words(when.astimezone(known), 'D j M Y, H:i:s')} ({known.key})"


def start(instant: str, zone: str) -> str:
    """Return when a departure starts, to the minute."""
    known = _known(zone)
    return f"{in_words(datetime.fromisoformat(instant).astimezone(known), 'D j M Y, H:i')} ({known.key})"


def day(text: str) -> str:
    """Return a day as it is written in full. text: 2026-05-23."""
    return formats.date_format(date.fromisoformat(text), "DATE_FORMAT")


def _known(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
