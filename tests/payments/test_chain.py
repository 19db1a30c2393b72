"""The chain of entries: it shows whatever is done to it afterwards."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.chain import ALPHABET, HASHED, LENGTH, hash_of, is_reference, link, reference_of, verify_chain
from payments.rows import Kind, Payment
from payments.totals import Moved, count

NOON = datetime(2026, 5, 23, 19, tzinfo=UTC)


def make_entry(*, number: int = 1, **changes: Any) -> Payment:
    facts: dict[str, Any] = {
        "event_id": "2026-05-23",
        "sequence": number,
        "ulid": f"{number:026}",
        "patron_name": "Ana López",
        "folded_name": "ana lopez",
        "amount_cents": 12_500,
        "currency": "USD",
        "method": "cash",
        "paid_at": NOON,
        "recorded_at": NOON + timedelta(minutes=number),
        "month": "2026-05",
        "recorded_by": "dana",
    }
    return Payment(**(facts | changes))


def make_chain(length: int) -> list[Payment]:
    entries: list[Payment] = []
    for number in range(1, length + 1):
        last = entries[-1].hash if entries else ""
        entries.append(link(make_entry(number=number, amount_cents=number), after=last, sequence=number))
    return entries


def faults(entries: list[Payment], **known: Any) -> list[str]:
    return [fault.text for fault in verify_chain(entries, **known)]


def test_the_hash_is_over_the_documented_bytes() -> None:
    entry = link(make_entry(), after="", sequence=1)

    text = (
        '{"amount_cents":12500,"corrects":"","currency":"USD","entry_kind":"payment","event_id":"2026-05-23",'
        '"external_reference":"","method":"cash","note":"","origin":"staff","paid_at":"2026-05-23T19:00:00.000Z",'
        '"patron_email":"","patron_id":"","patron_name":"Ana López","prev_hash":"","reason":"","received_by":"",'
        '"recorded_at":"2026-05-23T19:01:00.000Z","recorded_by":"dana","recorded_by_name":"",'
        f'"reference":"{entry.reference}","sequence":1,"tip_cents":0,"ulid":"00000000000000000000000001"}}'
    )
    assert entry.hash == hashlib.sha256(text.encode()).hexdigest()


def test_a_sound_chain_has_no_faults_in_any_order() -> None:
    entries = make_chain(5)

    assert verify_chain(reversed(entries), head=entries[-1].hash, count=5) == []


def test_no_entries_are_a_sound_chain() -> None:
    assert verify_chain([], head="", count=0) == []


def test_an_entry_read_back_from_the_table_has_the_same_hash() -> None:
    (entry,) = make_chain(1)

    assert hash_of(Payment.from_raw_data(entry.stamp().serialize())) == entry.hash


def test_a_missing_entry_shows() -> None:
    entries = make_chain(4)

    assert faults(entries[:1] + entries[2:]) == ["2 before it is missing"]


def test_a_missing_last_entry_shows_in_the_departures_row() -> None:
    entries = make_chain(3)

    assert faults(entries[:2], head=entries[2].hash, count=3) == [
        "the departure counts 3 entries",
        "the departure names another entry as the last",
    ]


def test_an_entry_slipped_in_shows() -> None:
    entries = make_chain(3)
    foreign = link(make_entry(number=9), after=entries[0].hash, sequence=2)

    assert faults([*entries, foreign])


def test_an_entry_hashed_anew_after_a_change_shows_in_the_next() -> None:
    entries = make_chain(3)
    entries[1].amount_cents = 1
    entries[1].hash = hash_of(entries[1])

    assert faults(entries) == ["does not follow the one before it"]


@given(place=st.integers(0, 4), name=st.sampled_from(HASHED), text=st.text(min_size=1, max_size=5))
def test_any_change_of_any_fact_shows(place: int, name: str, text: str) -> None:
    entries = make_chain(5)
    before = getattr(entries[place], name)
    change: object = before + 1 if isinstance(before, int) else text
    if isinstance(before, datetime):
        change = before + timedelta(milliseconds=1)
    if change == before:
        return

    setattr(entries[place], name, change)

    assert faults(entries)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_references_of_one_departure_differ(one: int, other: int) -> None:
    assert (reference_of("2026-05-23", one) == reference_of("2026-05-23", other)) == (one == other)


def test_references_are_short_and_without_look_alikes() -> None:
    references = {reference_of("2026-05-23", number) for number in range(1, 2001)}

    assert len(references) == 2000
    assert all(is_reference(reference) and len(reference) == LENGTH for reference in references)
    assert not set(ALPHABET) & set("0O1I2Z5S8BAEU")


def test_neighbours_in_the_chain_are_called_differently() -> None:
    for number in range(1, 500):
        one, next_one = reference_of("2026-05-23", number), reference_of("2026-05-23", number + 1)

        assert sum(a != b for a, b in zip(one, next_one, strict=True)) >= 2


@pytest.mark.parametrize("text", ["", "K7MXQ", "K7MXQ44", "K7MXQO", "k7mxq4", "ANALOP"])
def test_is_reference_refuses_others(text: str) -> None:
    assert not is_reference(text)


def test_count_leaves_voided_entries_out() -> None:
    entries = [
        make_entry(number=1, reference="P1", amount_cents=100, tip_cents=10),
        make_entry(number=2, reference="P2", amount_cents=900),
        make_entry(number=3, reference="R1", amount_cents=300, entry_kind=Kind.REFUND.value, corrects="P2"),
        make_entry(number=4, reference="V1", amount_cents=100, tip_cents=10, entry_kind=Kind.VOID.value, corrects="P1"),
    ]

    assert count(entries) == Moved(received_cents=900, refunded_cents=300, tips_cents=0)
