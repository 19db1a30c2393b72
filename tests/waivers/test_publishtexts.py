from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from waivers import texts


@pytest.mark.usefixtures("table")
def test_publishtexts_publishes_once() -> None:
    said = io.StringIO()

    call_command("publishtexts", stdout=said)
    call_command("publishtexts", stdout=said)

    assert said.getvalue().splitlines() == ["waiver's texts: published", "waiver's texts: are there"]
    assert texts.current().number == 1
