"""Sat 23 May 2026, 18:15; what is not named here is as Django has it for English."""

from __future__ import annotations

DATE_FORMAT = SHORT_DATE_FORMAT = "D j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "D j M Y, H:i"
MONTH_DAY_FORMAT = "j M"
