"""Payments from the admin, which carries a file in portions."""

from __future__ import annotations

import pytest

from scc.imports import portions
from tests.builders import make_event
from tests.imports.uploading import checked

pytestmark = pytest.mark.usefixtures("table")

FILE = b"""event,patron_name,amount,method,paid_at,external_id
2026-05-22,Ana,50,cash,2026-05-01,X1
2026-05-23,Ben,60,cash,2026-05-01,X1
2026-05-23,Cid,70,cash,2026-05-01,X2
2026-05-22,Dee,80,cash,2026-05-01,X2
"""


@pytest.mark.parametrize("most", [1, 500])
def test_a_number_of_two_departures_is_pointed_out(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "LINES", most)
    make_event(slug="2026-05-22")
    make_event(slug="2026-05-23")

    run = checked(FILE, what="payments", source="payments.csv")

    told = portions.first_of(run, portions.CHECK, run.portions).guesses
    assert {number: text for number, _, text, _ in told} == {
        3: "is another payment than line 2, of another departure, which has the same external_id",
        5: "is another payment than line 4, of another departure, which has the same external_id",
    }
