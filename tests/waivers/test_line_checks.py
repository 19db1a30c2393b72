from __future__ import annotations

from datetime import date

import pytest

from waivers import line_checks


@pytest.mark.parametrize(
    ("slug", "days"),
    [("2026-05-23", [date(2026, 5, 23)]), ("2026-05-23-sunset", [date(2026, 5, 23)]), ("2026-12-33", []), ("x", [])],
)
def test_day_of_takes_names_that_were_touched(slug: str, days: list[date]) -> None:
    assert line_checks._day_of(slug) == days
