"""However a departure's lines are, each transaction of them is one that DynamoDB takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from payments import books
from payments.verifying import verify
from scc.imports.lines import Line
from tests.builders import make_event, make_party
from tests.payments.carrying import carried, line, new_run

# Of a payment: who, when at the dock, by what, and whether it has a reference and was given back.
Told = tuple[str, str, str, bool, bool]

FIRST = date(2020, 1, 1)
days = count()

MOMENTS = st.builds("{} {:02}:30".format, st.dates(date(2026, 1, 1), date(2026, 3, 1)), st.integers(0, 23))
TOLD = st.tuples(
    st.sampled_from(["Ana", "Bo", "Cy"]) | st.text("abcdefgh", min_size=3, max_size=3),
    MOMENTS,
    st.sampled_from(["cash", "card", "check", "venmo", "zelle", "other"]),
    st.booleans(),
    st.booleans(),
)
# An evening and the morning after are two days at the dock, and one by UTC.
BOTH = [f"2026-01-{1 + 2 * n + after:02} {20 - 12 * after:02}:00" for n in range(9) for after in range(2)]
CASH: list[Told] = [("Ana", BOTH[n % 18], "cash", False, False) for n in range(88)]


def lines_of(slug: str, told: Sequence[Told]) -> list[Line]:
    lines = []
    for number, (name, moment, method, has_reference, is_back) in enumerate(told):
        named = {"event": slug, "external_id": f"P-{number}", "paid_at": moment}
        reference = f"{number}" if has_reference else ""
        lines.append(line(2 * number, patron_name=name, method=method, reference=reference, **named))
        if is_back:
            back = {"amount": "-9", "paid_at": moment[:10], "reference": f"{number} back" * has_reference}
            lines.append(line(2 * number + 1, patron_name=name, method=method, **{**named, **back}))
    return lines


@pytest.mark.usefixtures("table")
@given(st.lists(TOLD, min_size=30, max_size=100))
@example(CASH)
@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_carry_writes_no_more_at_once_than_a_transaction_takes(told: list[Told]) -> None:
    slug = str(FIRST + timedelta(days=next(days)))
    make_party(event=make_event(slug=slug), name="Ana")
    lines = lines_of(slug, told)

    found = carried(*lines, run=new_run()).counts["payments"]

    assert found["carried"] == found["read"] == len(lines) == len(books.read(slug).entries)
    assert verify(slug).faults == []
