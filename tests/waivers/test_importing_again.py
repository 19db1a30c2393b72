"""Waivers whose import was killed, and begun again, and that were imported while others sign."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from events.rows import Event
from scc.dynamo.rows import Row
from scc.sealing import keys
from tests.builders import make_event, make_party
from tests.waivers.builders import sign
from tests.waivers.importing import bare, line, run, stored, write
from tests.waivers.scenes import Item, items, put, take_away
from waivers import documents
from waivers.rows import WaiverRecord
from waivers.verifying import verify

pytestmark = pytest.mark.usefixtures("table")

Items = dict[tuple[str, str], Item]


class Ended(BaseException):
    """The process is no more."""


@contextmanager
def ending_at(number: int, moment: str) -> Iterator[None]:
    """End at the write of this number, from 1. moment: `before-send`, or `response-received` when it is stored."""
    seen: list[str] = []
    lock = threading.Lock()

    def look(event_name: str, **_: Any) -> None:
        if event_name.rpartition(".")[2] not in ("TransactWriteItems", "PutObject"):
            return
        with lock:
            is_over = len(seen) >= number
            if event_name.startswith(moment):
                seen.append(event_name)
            # From then on no thread sends anything.
            if is_over or len(seen) == number:
                raise Ended

    clients = (Row._get_connection().connection.client, keys._client())
    moments = {"before-send", moment}
    for client in clients:
        for each in moments:
            client.meta.events.register_first(each, look)
    try:
        yield
    finally:
        for client in clients:
            for each in moments:
                client.meta.events.unregister(each, look)


def back_to(before: Items) -> None:
    after = items()
    for key in after.keys() - before.keys():
        take_away(after[key])
    for key, item in before.items():
        if after.get(key) != item:
            put(item)


def as_told() -> Items:
    """Return what is stored of departures and waivers, boxes opened, without what is random in them."""
    kinds = ("EVENT", "WAIVER", "WAIVERRECORD", "SIGNER", "PATRON")
    return {key: _told(item) for key, item in items().items() if item["kind"]["S"] in kinds}


def _told(item: Item) -> Item:
    opened: Item = {}
    if item["kind"]["S"] == "WAIVERRECORD":
        private = documents.open_record(WaiverRecord.from_raw_data(item))
        opened = {"sealed": {"S": json.dumps(private)}, "key_id": {"S": ""}}
    return {**item, "unit": {"S": ""}, **opened}


def a_file(tmp_path: Path) -> Path:
    """Return a file of two departures, one of more waivers than a transaction takes."""
    lines = [line(name=f"Guest {number}", email=f"{number}@example.com") for number in range(36)]
    lines += [bare("Ana López"), bare("Ana López"), bare("Bo Numbered", external_id="7")]
    lines += [bare(f"Other {number}", event="2026-05-24") for number in range(4)]
    return write(tmp_path / "waivers.csv", *lines)


@pytest.fixture
def begun(tmp_path: Path) -> tuple[Path, Items]:
    """A file, and the table as it was when its run had begun."""
    make_party(event=make_event(), name="Guest 7")
    make_event(slug="2026-05-24")
    file = a_file(tmp_path)
    # Its first write is the run itself.
    with pytest.raises(Ended), ending_at(2, "before-send"):
        run(file)
    assert stored() == {}
    return file, items()


def test_import_killed_at_any_write_ends_as_a_clean_run(begun: tuple[Path, Items]) -> None:
    file, before = begun
    run(file)
    clean, ended = as_told(), 0

    # 40 keys and 3 transactions in all, by several threads: at each sort of write, and a few times in a row.
    for moment, numbers in (
        ("before-send", (1, 20, 34, 36)),
        ("response-received", (34, 35, 41)),
        ("before-send", (4,) * 6),
    ):
        back_to(before)
        for number in numbers:
            with ending_at(number, moment):
                try:
                    run(file)
                except Ended:
                    ended += 1
        run(file)
        assert as_told() == clean

    assert ended >= 9
    assert [fault for slug in ("2026-05-23", "2026-05-24") for fault in verify(slug).faults] == []


def test_guests_sign_while_waivers_are_imported(tmp_path: Path) -> None:
    event = make_event(capacity=100)
    file = write(tmp_path / "waivers.csv", *(bare(f"Guest {number}", birth_date="1980-03-31") for number in range(150)))
    failed: list[Exception] = []

    def sign_some() -> None:
        try:
            for number in range(8):
                current = Event.fetch(slug=event.slug)
                assert current is not None
                sign(event=current, name=f"Signer {number}")
        except Exception as exc:  # noqa: BLE001  # told by the test
            failed.append(exc)

    thread = threading.Thread(target=sign_some)
    thread.start()
    ended = run(file)
    thread.join()

    assert failed == []
    assert ended.counts["carried"] == 150
    after = Event.fetch(slug=event.slug)
    assert after is not None
    assert (after.signed, after.waiver_count) == (158, 158)
    assert verify(event.slug).faults == []
