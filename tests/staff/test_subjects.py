from __future__ import annotations

import pytest

from scc.staff import subjects


@pytest.mark.parametrize(
    ("subject", "page"),
    [
        ("EVENT#2026-05-23", "/admin/events/event/2026-05-23/change/"),
        ("PAYMENT#2026-05-23.01JV", "/admin/payments/payment/2026-05-23.01JV/change/"),
        # On the page of its departure.
        ("PATRON#2026-05-23.01JV", ""),
        ("OWNERS#owners", ""),
        ("", ""),
        ("x", ""),
    ],
)
def test_page_of_is_the_admins_own(subject: str, page: str) -> None:
    assert subjects.page_of(subject) == page


@pytest.mark.parametrize(
    ("subject", "page"),
    [
        ("EVENT#2026-05-23", "/admin/events/event/2026-05-23/change/"),
        ("PATRON#2026-05-23-sunset.01JV", "/admin/events/event/2026-05-23-sunset/change/"),
        ("CREW#2026-05-23.01JV", "/admin/events/event/2026-05-23/change/"),
        ("PATRON#01JV", ""),
        ("OWNERS#owners", ""),
    ],
)
def test_nearest_page_of_a_part_is_the_wholes(subject: str, page: str) -> None:
    assert subjects.nearest_page(subject) == page
