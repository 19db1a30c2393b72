from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from events import turns
from events.rows import Event, Status
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.mail.rows import Letter
from tests.builders import LOS_ANGELES, make_event
from tests.conftest import RequestsMade
from tests.waivers.builders import make_signature, make_signer, make_strokes, sign
from waivers import (
    acts,
    boards,
    documents,
    parts,
    publishing,
    receipts,
    request_keys,
    shipped_texts,
    signing,
    texts,
)
from waivers.canonical import canonical, sha256
from waivers.evidence import Evidence
from waivers.rows import CurrentText, Role, TextSnapshot, Waiver, WaiverRecord, WaiverText

KEY = "01JW0000000000000000000001"


def stored_event(slug: str = "2026-05-23") -> Event:
    event = Event.fetch(slug=slug)
    assert event is not None
    return event


def stored_record(signed: signing.Signed) -> WaiverRecord:
    record = WaiverRecord.fetch(ulid=signed.record.ulid)
    assert record is not None
    return record


def evidence_of(record: WaiverRecord) -> Evidence:
    return Evidence(record, documents.open_record(record))


def lines(slug: str = "2026-05-23") -> list[Waiver]:
    return [row for row in Row.collection(f"EVENT#{slug}") if isinstance(row, Waiver)]


def chain(slug: str = "2026-05-23") -> list[WaiverRecord]:
    """Return the event's records by their place in its chain."""
    keys = [WaiverRecord.keys_for(ulid=line.ulid) for line in lines(slug)]
    return sorted(WaiverRecord.fetch_many(keys).values(), key=lambda record: record.chain_number)


@pytest.mark.usefixtures("table")
def test_sign_writes_line_record_and_figures() -> None:
    event = make_event()

    signed = sign(event=event, key=KEY, name="Ana López")

    [line] = lines()
    assert (line.name, line.folded_name, line.ulid, line.role, line.method) == (
        "Ana López",
        "ana lopez",
        KEY,
        "guest",
        "drawn",
    )
    assert line.reference == signed.reference == stored_record(signed).reference
    at_the_dock = line.signed_at.astimezone(LOS_ANGELES)
    assert (line.month, line.year) == (f"{at_the_dock:%Y-%m}", f"{at_the_dock:%Y}")
    after = stored_event()
    assert (after.signed, after.waiver_count) == (1, 1)
    assert after.waiver_head == signed.record.chain_sha256
    assert after.version == event.version


@pytest.mark.usefixtures("table")
def test_sign_by_crew_counts_no_guest() -> None:
    event = make_event()

    sign(event=event, role=Role.CREW)

    after = stored_event()
    assert (after.signed, after.waiver_count) == (0, 1)


@pytest.mark.usefixtures("table")
def test_sign_is_one_transaction(requests_made: RequestsMade) -> None:
    event = make_event()
    texts.current()
    signature = make_signature()

    with requests_made() as made:
        signing.sign(event=event, signer=make_signer(), signature=signature, origin=acts.Origin())

    assert made == {"TransactWriteItems": 1}


@pytest.mark.usefixtures("table")
def test_sign_stores_evidence_that_names_nobody() -> None:
    event = make_event()
    origin = acts.Origin(address="192.0.2.7", user_agent="Phone 1", languages="es")
    signer = make_signer(name="Ana López", email="ana@example.com", phone="+1 619 555 0100")

    signed = signing.sign(event=event, signer=signer, signature=make_signature(key=KEY), origin=origin)

    record = stored_record(signed)
    for personal in ("Ana", "1980-03-31", "ana@example.com", "+1 619 555 0100", "192.0.2.7", "Phone 1", '"es"'):
        assert personal not in record.evidence
        assert personal in documents.private_text(record)
        assert personal.encode() not in record.sealed
    facts = json.loads(record.evidence)
    assert facts["id"] == KEY
    assert facts["event"]["vessel"] == "Queen of San Diego"
    assert facts["event"]["departure_port"] == "Shelter Island"
    assert facts["operator"] == "Ship Captain Crew"
    assert facts["text"]["sha256"] == record.text_sha256 == shipped_texts.text().sha256
    assert facts["acts"]["button"] == "I agree and sign"
    assert facts["acts"]["client"] == {"opened_at": "2026-05-23T18:00:00Z", "zone": "America/Los_Angeles"}
    assert facts["retain_until"] == "2030-05-23" == record.retain_until.isoformat()


@pytest.mark.usefixtures("table")
def test_sign_hashes_what_anyone_can_hash_again() -> None:
    event = make_event()

    record = stored_record(sign(event=event))

    facts, private = json.loads(record.evidence), documents.open_record(record)
    assert canonical(facts) == record.evidence
    assert canonical(private) == documents.private_text(record)
    assert sha256(record.evidence) == record.record_sha256
    assert sha256(documents.private_text(record)) == facts["private_sha256"]
    assert private["signature_sha256"] == sha256(canonical(make_strokes().as_lists()))
    assert evidence_of(record).is_intact


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("name", ["evidence", "chain_previous"])
def test_evidence_notices_what_was_touched(name: str) -> None:
    record = stored_record(sign(event=make_event()))
    setattr(record, name, getattr(record, name).replace("e", "a", 1) + " ")

    assert not evidence_of(record).is_intact


@pytest.mark.usefixtures("table")
def test_evidence_notices_another_private_document() -> None:
    record = stored_record(sign(event=make_event()))
    private = documents.open_record(record) | {"name": "Bea"}

    assert not Evidence(record, private).is_intact


@pytest.mark.usefixtures("table")
def test_sign_stores_the_text_with_the_first_signature() -> None:
    event = make_event()
    assert CurrentText.fetch(document="waiver", language="en") is None

    signed = sign(event=event)
    sign(event=stored_event(), name="Bea")

    snapshot = TextSnapshot.fetch(sha256=signed.record.text_sha256)
    assert snapshot is not None
    assert snapshot.text == shipped_texts.text().source
    assert [row.number for row in WaiverText.listing(index="gsi1", known={})] == [1, 1]


@pytest.mark.usefixtures("table")
def test_sign_stores_the_text_once_when_another_process_was_first() -> None:
    event = make_event()
    texts.current()
    stale = [*boards._memory]
    publishing.publish_shipped()
    boards._memory[:] = stale

    signed = sign(event=event)

    assert len(lines()) == 1
    assert TextSnapshot.fetch(sha256=signed.record.text_sha256) is not None


@pytest.mark.usefixtures("table")
def test_sign_repeated_returns_the_first() -> None:
    event = make_event()

    first = sign(event=event, key=KEY)
    again = sign(event=event, key=KEY)
    later = sign(event=stored_event(), key=KEY)

    assert [first.replayed, again.replayed, later.replayed] == [False, True, True]
    assert first.link == again.link == later.link
    assert len(lines()) == 1
    assert stored_event().signed == 1


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("other", [{"name": "Bea"}, {"born_on": date(1981, 3, 31)}])
def test_sign_refuses_the_key_of_someone_else(other: dict[str, Any]) -> None:
    event = make_event()
    sign(event=event, key=KEY)

    with pytest.raises(signing.KeyTaken):
        sign(event=event, key=KEY, **other)

    assert len(lines()) == 1


@pytest.mark.usefixtures("table")
def test_sign_refuses_the_key_of_another_departure() -> None:
    sign(event=make_event(), key=KEY)
    other = make_event(slug="2026-05-23-morning")

    with pytest.raises(signing.KeyTaken):
        sign(event=other, key=KEY)

    assert lines("2026-05-23-morning") == []


@pytest.mark.usefixtures("table")
def test_sign_without_a_key_is_once_for_each_person() -> None:
    event = make_event()

    first = sign(event=event, key="", typed="Ana")
    again = sign(event=event, key="", typed="Ana", name="ANA LOPEZ")
    other = sign(event=event, key="", typed="Bea", name="Bea")

    assert first.link == again.link != other.link
    assert len(lines()) == 2


@pytest.mark.usefixtures("table")
def test_sign_without_a_key_gives_the_link_again_for_an_hour_only() -> None:
    event = make_event()
    first = sign(event=event, key="", typed="Ana")
    unit = Unit()
    unit.update(first.record, set={"received_at": datetime.now(UTC) - timedelta(hours=1, seconds=1)})
    unit.commit()

    with pytest.raises(signing.AlreadySigned) as refused:
        sign(event=event, key="", typed="Ana")

    assert refused.value.reference == first.reference


@pytest.mark.usefixtures("table")
def test_sign_refuses_a_departure_that_closed_meanwhile() -> None:
    event = make_event()
    unit = Unit()
    unit.update(event, set={"status": Status.CANCELLED.value})
    unit.commit()

    with pytest.raises(signing.NotOpen):
        sign(event=event)

    assert lines() == []


@pytest.mark.usefixtures("table")
def test_sign_builds_on_what_was_signed_meanwhile() -> None:
    stale = make_event()
    sign(event=stale, name="Ana")

    sign(event=stale, name="Bea")

    first, second = chain()
    assert (first.chain_number, second.chain_number) == (1, 2)
    assert second.chain_previous == first.chain_sha256
    assert stored_event().signed == 2


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("by_turns", [True, False])
def test_sign_by_thirty_at_once_is_thirty_records_in_one_chain(by_turns: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not by_turns:
        # As if each were in a process of its own.
        monkeypatch.setattr(turns, "taken", lambda slug, patience: nullcontext())
    event = make_event(capacity=30)
    signatures = [make_signature() for _ in range(30)]

    def one(place: int) -> signing.Signed:
        signer = make_signer(name=f"Guest {place}")
        return signing.sign(event=event, signer=signer, signature=signatures[place], origin=acts.Origin())

    with ThreadPoolExecutor(30) as pool:
        signed = list(pool.map(one, range(30)))

    assert len({each.link for each in signed}) == 30
    records = chain()
    assert [record.chain_number for record in records] == list(range(1, 31))
    heads = ["", *(record.chain_sha256 for record in records)]
    assert [record.chain_previous for record in records] == heads[:-1]
    assert all(evidence_of(record).is_intact for record in records)
    after = stored_event()
    assert (after.signed, after.waiver_count, after.waiver_head) == (30, 30, heads[-1])


@pytest.mark.usefixtures("table")
def test_sign_by_thirty_at_once_in_one_process_meet_others_once(requests_made: RequestsMade) -> None:
    event = make_event()
    publishing.publish_shipped()
    signatures = [make_signature() for _ in range(30)]

    def one(place: int) -> signing.Signed:
        signer = make_signer(name=f"Guest {place}")
        return signing.sign(event=event, signer=signer, signature=signatures[place], origin=acts.Origin())

    with requests_made() as made, ThreadPoolExecutor(30) as pool:
        list(pool.map(one, range(30)))

    # The event that each has read is old when its turn comes; the refusal shows it anew.
    assert made == {"TransactWriteItems": 59}


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("by_turns", [True, False])
def test_sign_tapped_twice_at_once_is_one_waiver(by_turns: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not by_turns:
        monkeypatch.setattr(turns, "taken", lambda slug, patience: nullcontext())
    event = make_event()
    signature = make_signature()

    def tap(_: int) -> signing.Signed:
        return signing.sign(event=event, signer=make_signer(), signature=signature, origin=acts.Origin())

    with ThreadPoolExecutor(8) as pool:
        signed = list(pool.map(tap, range(8)))

    assert len({each.link for each in signed}) == 1
    assert [each.replayed for each in signed].count(False) == 1
    assert len(lines()) == 1
    assert stored_event().signed == 1


@pytest.mark.usefixtures("table")
def test_sign_writes_the_copy_for_who_gave_an_address() -> None:
    event = make_event()

    signed = sign(event=event, email="ana@example.com")
    silent = sign(event=event, name="Bea")

    assert signed.letter is not None
    assert silent.letter is None
    letter = Letter.fetch(about=signed.letter.about, ulid=signed.letter.ulid)
    assert letter is not None
    assert letter.to == "ana@example.com"
    assert letter.about == f"WAIVER#2026-05-23.{signed.record.ulid}"
    assert signed.reference in letter.subject
    assert f"/g/2026-05-23/signed/{signed.link}" in letter.text
    assert letter.text.endswith(shipped_texts.text().source + "\n")
    assert "Sat 23 May 2026, 18:15 (America/Los_Angeles)" in letter.text


@pytest.mark.usefixtures("table")
def test_sign_refuses_more_than_a_record_holds() -> None:
    event = make_event()
    origin = acts.Origin(user_agent="x" * parts.LARGEST_PRIVATE)

    with pytest.raises(parts.TooLarge):
        signing.sign(event=event, signer=make_signer(), signature=make_signature(), origin=origin)

    assert lines() == []


@pytest.mark.usefixtures("table")
def test_receipt_opens_by_its_link_alone(requests_made: RequestsMade) -> None:
    signed = sign(event=make_event())
    other = sign(event=make_event(slug="2026-05-24"))

    with requests_made() as made:
        assert receipts.find("2026-05-23", signed.link) is not None
    assert made == {"BatchGetItem": 1}
    assert receipts.find("2026-05-24", signed.link) is None
    assert receipts.find("2026-05-23", signed.link[:26] + other.link[26:]) is None
    with requests_made() as made:
        assert receipts.find("2026-05-23", signed.link.upper()) is None
        assert receipts.find("2026-05-23", "") is None
    assert made == {}


def test_reference_of_has_no_look_alikes() -> None:
    references = [request_keys.reference_of(str(ULID())) for _ in range(200)]

    assert not set("".join(references)) & set("0O1IL2Z5S8B")
    assert {len(reference) for reference in references} == {6}


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (KEY, True),
        (KEY.lower(), False),
        ("", False),
        ("8" + KEY[1:], False),
        (KEY[:-1] + "U", False),
        (KEY + "\n", False),
    ],
)
def test_is_key_takes_ulids(text: str, is_one: bool) -> None:
    assert request_keys.is_key(text) is is_one


@pytest.mark.usefixtures("table")
def test_without_the_expected_head_the_chain_would_break(monkeypatch: pytest.MonkeyPatch) -> None:
    def count_blindly(unit: Unit, event: Event, made: Sequence[parts.Part], earlier: Sequence[Waiver]) -> None:
        head = made[-1].record.chain_sha256
        unit.update(event, set={"waiver_head": head}, add={"waiver_count": 1, "signed": 1})

    monkeypatch.setattr(signing, "_count", count_blindly)
    stale = make_event()

    sign(event=stale, name="Ana")
    sign(event=stale, name="Bea")

    assert [record.chain_number for record in chain()] == [1, 1]
