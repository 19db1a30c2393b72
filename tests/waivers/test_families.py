"""Signing for children, alone or with oneself."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from events.rows import Event
from scc.dynamo.rows import Row
from tests.builders import make_event
from tests.waivers.builders import JSON, fields, make_signature, make_signer, post
from waivers import acts, documents, signing
from waivers.acts import Care, Family, Minor
from waivers.rows import PdfDue, Role, State, Waiver, WaiverCare, WaiverRecord

pytestmark = pytest.mark.usefixtures("table")

KEY = "01JW0000000000000000000001"
CHILDREN = (Minor("Mia López", date(2016, 2, 1)), Minor("Leo López", date(2018, 7, 9)))


def sign_for(
    *minors: Minor, event: Event, with_signer: bool = True, care: Care | None = None, key: str = KEY, **signer: Any
) -> signing.Signed:
    return signing.sign(
        event=event,
        signer=make_signer(**signer),
        signature=make_signature(key=key),
        origin=acts.Origin(),
        family=Family(minors=minors, relationship="mother" if minors else "", with_signer=with_signer),
        care=care,
    )


def stored_lines() -> dict[str, Waiver]:
    return {row.name: row for row in Row.collection("EVENT#2026-05-23") if isinstance(row, Waiver)}


def record_of(line: Waiver) -> WaiverRecord:
    record = WaiverRecord.fetch(ulid=line.record_id)
    assert record is not None
    return record


def child(place: int, name: str, born_on: str) -> dict[str, str]:
    year, month, day = born_on.split("-")
    return {
        f"child_name_{place}": name,
        f"child_month_{place}": month,
        f"child_day_{place}": day,
        f"child_year_{place}": year,
    }


def family_fields(**changes: Any) -> dict[str, str]:
    ordinary = {"signs_for": "both", "relationship": "mother", "authority": "on", **child(1, "Mia López", "2016-02-01")}
    return fields(**(ordinary | changes))


def test_sign_writes_a_record_for_each_child_and_one_for_the_guardian() -> None:
    event = make_event()

    signed = sign_for(*CHILDREN, event=event)

    lines = stored_lines()
    assert set(lines) == {"Ana López", "Mia López", "Leo López"}
    assert {line.leader for line in lines.values()} == {KEY}
    assert lines["Ana López"].ulid == KEY
    assert lines["Mia López"].guardian == "Ana López"
    assert (lines["Mia López"].age, lines["Ana López"].age) == (10, 46)
    assert sorted(signed.references) == sorted(line.reference for line in lines.values())
    assert {row.ulid for row in PdfDue.listing(known={})} == {line.ulid for line in lines.values()}
    after = Event.fetch(slug="2026-05-23")
    assert after is not None
    assert (after.signed, after.waiver_count) == (3, 3)


def test_sign_chains_all_of_one_act() -> None:
    sign_for(*CHILDREN, event=make_event())

    records = sorted((record_of(line) for line in stored_lines().values()), key=lambda record: record.chain_number)

    assert [record.chain_number for record in records] == [1, 2, 3]
    assert [record.chain_previous for record in records] == ["", *(record.chain_sha256 for record in records[:-1])]


def test_sign_says_in_a_childs_record_who_signed_by_what_right() -> None:
    sign_for(*CHILDREN, event=make_event(), email="ana@example.com")

    record = record_of(stored_lines()["Mia López"])

    private = documents.open_record(record)
    assert (private["name"], private["born_on"], private["email"]) == ("Mia López", "2016-02-01", "")
    assert private["guardian"]["name"] == "Ana López"
    assert private["guardian"]["relationship"] == "mother"
    assert private["guardian"]["email"] == "ana@example.com"
    facts = json.loads(record.evidence)
    assert facts["covers"] == "minor"
    assert facts["acts"]["declared_authority"] is True
    assert len(facts["together"]) == 3
    assert "Mia" not in record.evidence


def test_sign_for_children_alone_brings_no_guardian_aboard() -> None:
    signed = sign_for(CHILDREN[0], event=make_event(), with_signer=False)

    [line] = stored_lines().values()
    assert (line.name, line.guardian) == ("Mia López", "Ana López")
    assert signed.reference == line.reference


def test_sign_of_crew_with_a_child_counts_the_child_as_guest() -> None:
    sign_for(CHILDREN[0], event=make_event(), role=Role.CREW)

    assert {name: line.role for name, line in stored_lines().items()} == {"Ana López": "crew", "Mia López": "guest"}


def test_sign_repeated_with_children_is_once() -> None:
    event = make_event()

    first = sign_for(*CHILDREN, event=event)
    again = sign_for(*CHILDREN, event=event)

    assert (first.link, again.replayed) == (again.link, True)
    assert len(stored_lines()) == 3


def test_sign_repeated_tells_of_all_that_it_covers() -> None:
    event = make_event()
    first = sign_for(*CHILDREN, event=event)

    assert sign_for(*CHILDREN, event=event).references == first.references


def test_sign_repeated_with_another_child_is_refused() -> None:
    event = make_event()
    sign_for(CHILDREN[0], event=event)

    with pytest.raises(signing.KeyTaken):
        sign_for(*CHILDREN, event=event)

    assert len(stored_lines()) == 2


def test_sign_refuses_a_child_who_is_signed_for() -> None:
    event = make_event()
    sign_for(CHILDREN[0], event=event, with_signer=False)

    with pytest.raises(signing.AlreadySigned) as refused:
        sign_for(*CHILDREN, event=event, key=KEY[:-1] + "2", name="Tom Berg", born_on=date(1979, 1, 1))

    assert refused.value.reference == stored_lines()["Mia López"].reference
    assert len(stored_lines()) == 1


def test_sign_takes_siblings_one_after_the_other() -> None:
    event = make_event()

    sign_for(CHILDREN[0], event=event, with_signer=False)
    sign_for(CHILDREN[1], event=event, with_signer=False, key=KEY[:-1] + "2")

    assert set(stored_lines()) == {"Mia López", "Leo López"}


def test_sign_replaces_an_earlier_one_when_asked() -> None:
    event = make_event()
    first = sign_for(event=event)

    second = signing.sign(
        event=event, signer=make_signer(), signature=make_signature(), origin=acts.Origin(), replace=True
    )

    lines = {row.ulid: row for row in Row.collection("EVENT#2026-05-23") if isinstance(row, Waiver)}
    assert lines[first.record.ulid].state == State.REPLACED
    assert lines[second.record.ulid].counts
    after = Event.fetch(slug="2026-05-23")
    assert after is not None
    assert (after.signed, after.waiver_count) == (1, 2)
    with pytest.raises(signing.AlreadySigned) as refused:
        sign_for(event=event, key=KEY[:-1] + "3")
    assert refused.value.reference == second.reference


def test_sign_keeps_care_apart_and_sealed() -> None:
    sign_for(
        CHILDREN[0],
        event=make_event(),
        care=Care(emergency_name="Tom Berg", emergency_phone="+1 619 555 0100", medical="Bee stings (Mia)"),
    )

    line = stored_lines()["Mia López"]
    care = WaiverCare.fetch(ulid=line.ulid)
    assert care is not None
    assert (line.has_care, line.has_medical) == (True, True)
    assert care.keep_until == date(2026, 6, 22)
    assert b"Bee" not in care.sealed
    assert documents.open_care(care)["medical"] == "Bee stings (Mia)"
    assert "Bee" not in documents.private_text(record_of(line))
    assert json.loads(record_of(line).evidence)["care_sha256"]


def test_post_signs_for_children() -> None:
    make_event()

    answer = post(family_fields(**child(2, "Leo López", "2018-07-09")), Accept="application/json")

    assert answer.status_code == 201
    assert len(answer.json()["references"]) == 3
    assert set(stored_lines()) == {"Ana López", "Mia López", "Leo López"}


def test_post_takes_children_as_json() -> None:
    make_event()
    body = fields(signs_for="children", relationship="father", authority="on")
    body["children"] = [{"name": "Mia López", "birth_date": "2016-02-01"}]  # type: ignore[assignment]  # JSON has lists
    for name in ("strokes", "acts"):
        body[name] = json.loads(body[name])

    from django.test import Client

    answer = Client().post("/g/2026-05-23/waiver", body, content_type="application/json", headers=JSON)

    assert answer.status_code == 201, answer.content
    assert set(stored_lines()) == {"Mia López"}


GROWN = (timezone.now() - timedelta(days=366 * 19)).date().isoformat()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"relationship": ""}, "relationship"),
        ({"relationship": "aunt"}, "relationship"),
        ({"authority": ""}, "authority"),
        (child(1, "", "2016-02-01"), "child_name_1"),
        (child(1, "Mia", "2016-02-31"), "child_birth_1"),
        (child(1, "Mia", "--"), "child_birth_1"),
        (child(1, "", "--"), "child_name_1"),
        (child(1, "Mia", GROWN), "child_birth_1"),
        (child(1, "Mia", "2999-01-01"), "child_birth_1"),
        (child(2, "Mia López", "2016-02-01"), "child_name_2"),
        (child(2, "mia lopez", "2016-02-01"), "child_name_2"),
        ({"child_name_2": "Leo"}, "child_birth_2"),
        ({"signs_for": "dog"}, "signs_for"),
        ({"emergency_phone": "call me"}, "emergency_phone"),
        ({"medical": "x" * 1001}, "medical"),
        ({"name": "สมชาย ꧁"}, "name"),
    ],
)
def test_post_says_what_is_wrong_with_a_family(changes: dict[str, str], field: str) -> None:
    make_event()

    answer = post(family_fields(**changes), Accept="application/json")

    assert answer.status_code == 422
    assert field in answer.json()["errors"]
    assert stored_lines() == {}
