from __future__ import annotations

import pytest

from scc.dynamo.rows import Row
from scc.staff.actors import Actor
from scc.staff.throttle import Throttled
from tests.builders import make_event
from tests.waivers.builders import fields, post
from waivers import kiosk
from waivers.rows import KioskPin, Waiver

pytestmark = pytest.mark.usefixtures("table", "_cheap_hashes")

DANA = Actor("dana", "Dana Drake")


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "1111", "١٢٣٤"])
def test_set_pin_refuses_what_is_no_pin(pin: str) -> None:
    with pytest.raises(kiosk.BadPin):
        kiosk.set_pin(pin, by=DANA)

    assert not kiosk.is_set()


def test_set_pin_keeps_its_hash_alone() -> None:
    kiosk.set_pin("2580", by=DANA)

    row = KioskPin.fetch(name="PIN")
    assert row is not None
    assert "2580" not in str(row.serialize())
    assert row.set_by == "dana"


def test_unlock_takes_the_pin_alone() -> None:
    with pytest.raises(kiosk.WrongPin):
        kiosk.unlock("2580", address="192.0.2.7")
    kiosk.set_pin("2580", by=DANA)
    with pytest.raises(kiosk.WrongPin):
        kiosk.unlock("2581", address="192.0.2.7")

    token, _ = kiosk.unlock("2580", address="192.0.2.7")

    assert kiosk.set_by(token) == "dana"


def test_unlock_is_tried_a_few_times_only() -> None:
    kiosk.set_pin("2580", by=DANA)
    for _ in range(kiosk.TRIES):
        with pytest.raises(kiosk.WrongPin):
            kiosk.unlock("0000", address="192.0.2.7")

    with pytest.raises(Throttled):
        kiosk.unlock("2580", address="192.0.2.7")


@pytest.mark.parametrize("token", ["", "x", "a:b:c"])
def test_set_by_refuses_what_is_no_token(token: str) -> None:
    kiosk.set_pin("2580", by=DANA)

    with pytest.raises(kiosk.NoKiosk):
        kiosk.set_by(token)


def test_set_by_refuses_the_token_of_an_older_pin() -> None:
    kiosk.set_pin("2580", by=DANA)
    token, _ = kiosk.unlock("2580", address="192.0.2.7")

    kiosk.set_pin("2580", by=DANA)

    with pytest.raises(kiosk.NoKiosk):
        kiosk.set_by(token)


def test_post_from_the_kiosk_marks_the_record() -> None:
    make_event()
    kiosk.set_pin("2580", by=DANA)
    token = post({"pin": "2580"}, slug="2026-05-23", path="/kiosk", Accept="application/json").json()["token"]

    assert post(fields(kiosk=token), Accept="application/json").status_code == 201

    [line] = [row for row in Row.collection("EVENT#2026-05-23") if isinstance(row, Waiver)]
    assert line.channel == "kiosk"


def test_post_from_a_kiosk_that_is_locked_stores_nothing() -> None:
    make_event()
    kiosk.set_pin("2580", by=DANA)

    answer = post(fields(kiosk="forged"), Accept="application/json")

    assert answer.status_code == 403
    assert "PIN" in answer.json()["detail"]
    assert [row for row in Row.collection("EVENT#2026-05-23") if isinstance(row, Waiver)] == []


def test_unlock_says_that_the_pin_is_wrong() -> None:
    make_event()

    answer = post({"pin": "2580"}, path="/kiosk")

    assert answer.status_code == 403
    assert answer.headers["Cache-Control"] == "no-store"
