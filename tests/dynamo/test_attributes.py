from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scc.dynamo.attributes import InstantAttribute, instant_text

MOMENT = datetime(2026, 5, 23, 18, 15, tzinfo=UTC)


def test_an_instant_is_read_as_it_was_written() -> None:
    assert InstantAttribute().deserialize(instant_text(MOMENT)) == MOMENT


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-23U18:15:00.000Z",
        "2026-05-23 18:15:00.000Z",
        "2026-05-23T18:15:00Z",
        "2026-05-23T18:15:00.000+00:00",
        "2026-05-23T11:15:00.000-07:00",
        "20260523T181500.000Z",
    ],
)
def test_an_instant_written_otherwise_is_refused(text: str) -> None:
    assert datetime.fromisoformat(text) == MOMENT

    with pytest.raises(ValueError, match="not how a moment is stored"):
        InstantAttribute().deserialize(text)
