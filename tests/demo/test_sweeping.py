"""The process beside `make run`, which does what is due."""

from __future__ import annotations

import pytest

from scc.demo import sweeping
from tests.builders import make_event
from tests.platform.test_emulator import wait_until
from tests.waivers.builders import sign
from waivers.rows import PdfDue, WaiverPdf


@pytest.mark.usefixtures("table")
def test_beside_makes_what_is_due_and_ends(capfd: pytest.CaptureFixture[str]) -> None:
    signed = sign(event=make_event(slug="2026-05-23"), typed="Alma Reyes")
    assert list(PdfDue.each(known={}))

    with sweeping.beside():
        wait_until(lambda: WaiverPdf.fetch(ulid=signed.lines[0].ulid) is not None)

    assert list(PdfDue.each(known={})) == []
    assert capfd.readouterr().err == ""
