"""After an erasure nothing in the table, the bucket, letters or the trail tells who signed."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from ulid import ULID

from events.rows import Event
from scc.dynamo.rows import Row
from scc.mail import outbox
from scc.mail.rows import Letter
from scc.mail.rows import State as LetterState
from scc.sealing import keys
from scc.staff import audit
from scc.staff.actors import Actor
from tests.builders import make_event
from tests.waivers.builders import make_signature, make_signer
from tests.waivers.scenes import items, publish_for_a_year, put, s3, take_away
from waivers import acts, ashore, covers, erasing, holding, lives, manifest, matching, people, signing
from waivers.acts import Care, Family, Minor
from waivers.pdfs import making
from waivers.rows import LifeEvent, PdfDue, Signer, State, Waiver, WaiverCare, WaiverRecord
from waivers.verifying import verify

pytestmark = pytest.mark.usefixtures("table")

DANA = Actor("dana", "Dana Drake")
NAME, BORN_ON = "Zqxja Márkéd", date(1957, 11, 29)
ORIGIN = acts.Origin(address="203.0.113.77", user_agent="Tricorder/9.7", languages="eo-XX")
CARE = Care("Zoe Emergency", "+1 619 555 0199", "Allergic to horseshoe crabs")
SIGNER = acts.Signer(NAME, BORN_ON, email="zqxja@example.com", phone="+1 619 555 0739")
# Whatever of it is stored in the clear, whole or folded.
MARKS = (
    *("Zqxja", "zqxja", "Márkéd", "marked", "1957-11-29", "555 0739", "555 0199", "Zoe Emergency", "horseshoe"),
    *("203.0.113.77", "Tricorder", "eo-XX", "[[1000,2000"),
)


def sign(event: Event, **options: Any) -> signing.Signed:
    found = Event.fetch(slug=event.slug)
    assert found is not None
    facts: dict[str, Any] = {"signer": SIGNER, "signature": make_signature(), "origin": ORIGIN, "care": CARE}
    return signing.sign(event=found, **(facts | options))


@pytest.fixture
def here() -> Event:
    publish_for_a_year()
    return make_event(date=timezone.localdate() + timedelta(days=1))


@pytest.fixture
def signed(here: Event) -> signing.Signed:
    """Everything that can be known of one person, wherever it is kept."""
    signed = sign(here)
    bystander(here)
    there = make_event(date=here.date + timedelta(days=30))
    covers.join(event=there, key=str(ULID()), name=NAME, born_on=BORN_ON, origin=ORIGIN)
    assert signed.letter is not None
    outbox.deliver(signed.letter)
    for task in making.due():
        making.make(task)
    found = manifest.read(here.slug)
    assert found is not None
    matching.accept(found, signed.line.ulid, by=DANA)
    found = manifest.read(here.slug)
    assert found is not None
    ashore.send(found, to="shore@example.com", by=DANA, ulid=str(ULID()))
    lives.tell(signed.line, what="viewed", by=DANA)
    return signed


def bystander(event: Event) -> signing.Signed:
    return sign(event, signer=acts.Signer("Bo Bystander", date(1990, 1, 1), email="bo@example.com"), care=None)


def traces(*marks: str) -> list[str]:
    """Return where any of `marks` is in the table, and what the bucket keeps under `ulids`."""
    return [f"{key} {mark}" for key, item in items().items() for mark in marks or MARKS if mark in str(item)]


def versions(ulid: str) -> list[str]:
    """Return the versions of every object that belongs to a waiver."""
    pages = s3().get_paginator("list_object_versions").paginate(Bucket=settings.SCC_MEDIA_BUCKET)
    found = [each for page in pages for name in ("Versions", "DeleteMarkers") for each in page.get(name, [])]
    return [each["Key"] for each in found if ulid in each["Key"]]


def faults() -> list[str]:
    slugs = {item["slug"]["S"] for item in items().values() if item["kind"]["S"] == "EVENT"}
    return [str(fault) for slug in sorted(slugs) for fault in verify(slug).faults]


def test_erase_leaves_no_trace_of_the_person(signed: signing.Signed) -> None:
    ulid = signed.line.ulid
    s3().put_bucket_versioning(Bucket=settings.SCC_MEDIA_BUCKET, VersioningConfiguration={"Status": "Enabled"})
    [pdf] = [name for name in versions(ulid) if name.endswith(".pdf")]
    s3().put_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=pdf, Body=b"an older one")
    assert len(traces()) > 10

    erasing.erase(ulid, why="Asked.", by=DANA)

    assert traces() == []
    assert versions(ulid) == []
    assert keys.fetch(signed.record.key_id) is None
    assert faults() == []


def test_erase_keeps_numbers_hashes_times_and_who_erased(signed: signing.Signed) -> None:
    erasing.erase(signed.line.ulid, why="Asked.", by=DANA)

    record = WaiverRecord.fetch(ulid=signed.line.ulid)
    line = Waiver.fetch(event_id=signed.line.event_id, ulid=signed.line.ulid)
    assert record is not None
    assert line is not None
    assert record.sealed is None
    assert record.erased_by == "dana"
    assert record.erased_at is not None
    for name in ("evidence", "record_sha256", "chain_number", "chain_previous", "chain_sha256", "received_at"):
        assert getattr(record, name) == getattr(signed.record, name)
    assert (line.name, line.state, line.reference) == ("Erased", State.ERASED, signed.reference)
    assert [line.folded_name, line.age, line.secret, line.gsi2sk] == ["", None, "", None]
    assert line.signed_at == signed.line.signed_at


def test_erase_leaves_who_stands_beside_alone(signed: signing.Signed) -> None:
    event = Event.fetch(slug=signed.line.event_id)
    assert event is not None
    assert event.signed == 2

    erasing.erase(signed.line.ulid, why="Asked.", by=DANA)

    [other] = [line for line in Waiver.listing(known={"event_id": event.slug}) if line.ulid != signed.line.ulid]
    assert (other.name, other.counts) == ("Bo Bystander", True)
    [letter] = outbox.letters_about(f"WAIVER#{other.id}")
    assert letter.to == "bo@example.com"
    event = Event.fetch(slug=event.slug)
    assert event is not None
    assert event.signed == 1


def test_erase_reaches_the_departures_that_it_covers(signed: signing.Signed) -> None:
    erasing.erase(signed.line.ulid, why="Asked.", by=DANA)

    joined = [line for line in of(Waiver) if line.record_id == signed.line.ulid]
    assert [(line.state, line.name) for line in joined] == [(State.ERASED, "Erased")] * 2
    assert Signer.listing(known={"digest": people.digest(NAME, BORN_ON)}).rows == []


def test_erase_takes_a_letter_that_waits_out_of_the_queue(here: Event) -> None:
    signed = sign(here)

    erasing.erase(signed.line.ulid, why="Asked.", by=DANA)

    [letter] = outbox.letters_about(f"WAIVER#{signed.line.id}")
    assert (letter.state, letter.to, letter.text) == (LetterState.ERASED, "", "")
    assert list(outbox.due(now=timezone.now() + timedelta(days=1))) == []
    assert PdfDue.fetch(ulid=signed.line.ulid) is None
    with pytest.raises(outbox.NothingToSend):
        outbox.send_again(letter, by=DANA, to="eve@example.com")


def test_erase_of_a_child_leaves_the_guardian(here: Event) -> None:
    minors = [Minor("Kit Zqxja", timezone.localdate().replace(year=timezone.localdate().year - 9, day=1))]
    guardian = acts.Signer("Mo Mother", date(1980, 1, 1), email="mo@example.com")
    signed = sign(here, signer=guardian, family=Family(minors=minors, relationship="mother"), care=None)

    erasing.erase(signed.lines[1].ulid, why="Asked.", by=DANA)

    assert traces("Kit", "kit zq", minors[0].born_on.isoformat()) == []
    assert [line.name for line in of(Waiver) if line.counts] == ["Mo Mother"]
    assert faults() == []


def of(kind: type[Any]) -> list[Any]:
    return [row for item in items().values() if isinstance(row := Row.from_raw_data(item), kind)]


def test_erase_refuses_what_is_held(signed: signing.Signed) -> None:
    joined = next(line for line in of(Waiver) if line.record_id == signed.line.ulid and not line.has_own_record)
    lives.change(joined, what="held", by=DANA, changes={"hold": True})
    before = items()

    with pytest.raises(erasing.Held):
        erasing.erase(signed.line.ulid, why="Asked.", by=DANA)

    assert items() == before


def test_erase_is_in_the_trail_and_names_nobody(signed: signing.Signed) -> None:
    erasing.erase(signed.line.ulid, why="Asked in writing.", by=DANA)

    entry = audit.history_of(signed.line)[0]
    assert (entry.action, entry.recorded_by) == ("erased", "dana")
    assert entry.summary == f"Erased: waiver {signed.reference}. Asked in writing."


def test_erase_of_what_is_erased_writes_nothing(signed: signing.Signed) -> None:
    erasing.erase(signed.line.ulid, why="Asked.", by=DANA)
    before = items()

    erasing.erase(signed.line.ulid, why="Again.", by=DANA)

    assert items() == before


# It may end anywhere


class Ended(BaseException):
    """The process is no more."""


@contextmanager
def ending_at(number: int) -> Iterator[list[str]]:
    """End before the write of this number, from 1, is sent. Gives what was sent until then."""
    sent: list[str] = []

    def look(request: Any, event_name: str, **_: Any) -> None:
        if event_name.rpartition(".")[2] in ("TransactWriteItems", "DeleteObjects"):
            if len(sent) + 1 == number:
                raise Ended
            sent.append(event_name)

    clients = (Row._get_connection().connection.client, keys._client())
    for client in clients:
        client.meta.events.register_first("before-send", look)
    try:
        yield sent
    finally:
        for client in clients:
            client.meta.events.unregister("before-send", look)


def test_erase_may_end_before_any_write_and_be_begun_again(signed: signing.Signed) -> None:
    ended = 0

    for attempt in range(30):
        # Before the first write, and then each time after one more.
        with ending_at(2 if attempt else 1):
            try:
                erasing.erase(signed.line.ulid, why="Asked.", by=DANA)
            except Ended:
                ended += 1
                # What is begun is found without being named again; a walk-on's party goes before.
                _, said = run("--due")
                assert attempt <= 1 or signed.reference in "".join(said)
                continue
        break

    assert ended >= 8
    assert traces() == []
    assert versions(signed.line.ulid) == []
    assert faults() == []
    assert len([event for event in of(LifeEvent) if event.what == "erased"]) == 2


PROGRAM = """
import os, signal, sys, django
django.setup()
from scc.sealing import keys
from scc.staff.actors import SYSTEM
from waivers import erasing
keys._client().meta.events.register_first(
    "before-send.s3.DeleteObjects", lambda **_: os.kill(os.getpid(), signal.SIGKILL)
)
erasing.erase(sys.argv[1], why="Asked.", by=SYSTEM)
"""


def test_erase_that_was_killed_is_begun_again(signed: signing.Signed) -> None:
    ulid = signed.line.ulid
    command = [sys.executable, "-c", PROGRAM, ulid]
    there = os.environ | {"SCC_TABLE": settings.SCC_TABLE, "SCC_MEDIA_BUCKET": settings.SCC_MEDIA_BUCKET}

    ended = subprocess.run(command, cwd=settings.BASE_DIR, env=there, check=False)
    code, said = run("--due", "--yes")

    assert ended.returncode == -signal.SIGKILL
    assert (code, "1 erased" in said[-1]) == (0, True)
    assert traces() == []
    assert faults() == []


def test_what_a_restored_table_brings_back_is_erased_again(signed: signing.Signed) -> None:
    before = items()
    erasing.erase(signed.line.ulid, why="Asked.", by=DANA)
    for key, item in items().items():
        if key not in before:
            take_away(item)
    for item in before.values():
        put(item)

    named = [fault for fault in faults() if signed.reference in fault]
    run("--waiver", signed.line.ulid, "--yes")
    run("--due", "--yes")

    assert any("the key of its private document is gone" in fault for fault in named)
    assert traces() == []
    assert Signer.listing(known={"digest": people.digest(NAME, BORN_ON)}).rows == []
    assert faults() == []


# Its time


def put_back(row: Row, **days: date) -> None:
    """Let a row's days be others, as if it were older."""
    item = items()[row.pk, row.sk]
    put({**item, **{name: {"S": day.isoformat()} for name, day in days.items()}})


def test_find_finds_what_is_over(signed: signing.Signed) -> None:
    put_back(signed.record, retain_until=date(2020, 1, 1))

    code, said = run("--due")

    assert code == 0
    assert f"{signed.line.event_id} {signed.reference}: Its time is over" in said[0]
    assert said[-1].startswith("waivers: 1 found, 0 erased")
    assert "dry run" in said[-1]
    assert len(traces()) > 10


@pytest.mark.parametrize(("name", "word"), [("hold", "held"), ("restricted", "restricted")])
def test_what_is_over_stays_where_it_is_kept(signed: signing.Signed, name: str, word: str) -> None:
    line = Waiver.fetch(event_id=signed.line.event_id, ulid=signed.line.ulid)
    assert line is not None
    lives.change(line, what=word, by=DANA, changes={name: True})
    put_back(signed.record, retain_until=date(2020, 1, 1))

    code, said = run("--due", "--yes")

    assert (code, "1 kept" in said[-1]) == (0, True)
    assert f"{signed.line.event_id} {signed.reference}: is {word}, and stays ({signed.reference})" in said
    assert len(traces()) > 10


def test_care_goes_when_its_day_has_passed(signed: signing.Signed) -> None:
    line = Waiver.fetch(event_id=signed.line.event_id, ulid=signed.line.ulid)
    assert line is not None
    put_back(line, care_until=timezone.localdate() - timedelta(days=1))

    _, said = run("--due", "--yes")

    assert "care: 1 found, 1 erased" in said[-1]
    care, line = WaiverCare.fetch(ulid=line.ulid), Waiver.fetch(event_id=line.event_id, ulid=line.ulid)
    assert care is not None
    assert line is not None
    assert [care.sealed, line.has_care, line.has_medical, line.care_until] == [None, False, False, None]
    assert line.counts
    assert faults() == []
    assert run("--due", "--yes")[1][-1].endswith("care: 0 found, 0 erased")


def test_what_is_asked_for_is_erased_in_the_name_of_who_asked(signed: signing.Signed) -> None:
    line = Waiver.fetch(event_id=signed.line.event_id, ulid=signed.line.ulid)
    assert line is not None
    holding.ask_erasure(line, reason="Asked by mail.", by=DANA)

    code, _ = run("--due", "--yes")

    record = WaiverRecord.fetch(ulid=line.ulid)
    assert record is not None
    assert (code, record.erased_by) == (0, "dana")
    assert traces() == []


def test_ask_erasure_is_taken_back_until_then(signed: signing.Signed) -> None:
    line = Waiver.fetch(event_id=signed.line.event_id, ulid=signed.line.ulid)
    assert line is not None
    holding.ask_erasure(line, reason="Asked by mail.", by=DANA)
    line = Waiver.fetch(event_id=signed.line.event_id, ulid=signed.line.ulid)
    assert line is not None

    holding.keep(line, reason="A claim.", by=DANA)

    assert run("--due")[1][-1].startswith("waivers: 0 found")
    assert faults() == []


def test_only_an_owner_has_a_waiver_erased(signed: signing.Signed, as_alice: Client, as_dana: Client) -> None:
    page = f"/dispatch/{signed.line.event_id}/waivers/{signed.line.ulid}/"

    by_staff = as_dana.post(f"{page}erase/", {"why": "Asked by mail."})
    by_owner = as_alice.post(f"{page}erase/", {"why": "Asked by mail."})

    assert (by_staff.status_code, by_owner.status_code) == (403, 303)
    assert "To be erased" in as_alice.get(page).text
    assert "An owner asked for it" in run("--due")[1][0]


@pytest.mark.parametrize("reason", ["Ms Márkéd asked.", "MARKED asked", "zqxja@example.com wrote"])
def test_a_reason_that_names_the_signer_is_refused(signed: signing.Signed, reason: str) -> None:
    before = items()

    with pytest.raises(holding.CannotHold, match="Do not name the signer"):
        holding.ask_erasure(signed.line, reason=reason, by=DANA)

    assert items() == before


# The command


def run(*arguments: str) -> tuple[int, list[str]]:
    """Return how `erasewaivers` ended, and the lines that it said."""
    said = StringIO()
    try:
        call_command("erasewaivers", *arguments, stdout=said, stderr=said)
    except SystemExit as exc:
        return int(str(exc.code)), said.getvalue().splitlines()
    except CommandError as exc:
        return exc.returncode, [*said.getvalue().splitlines(), str(exc)]
    return 0, said.getvalue().splitlines()


@pytest.mark.parametrize("yes", [[], ["--dry-run", "--yes"]])
def test_erasewaivers_says_what_it_would_do(signed: signing.Signed, yes: list[str]) -> None:
    before = items()

    code, said = run("--waiver", signed.line.ulid, *yes)

    assert code == 0
    assert f"{signed.line.event_id} {signed.reference}: Named to the command, kept until" in said[0]
    assert "covers" in said[0]
    assert items() == before


def test_erasewaivers_takes_one_by_its_reference(signed: signing.Signed, tmp_path: Path) -> None:
    named = ["--event", signed.line.event_id, "--reference", signed.reference.lower(), "--why", "Asked in writing"]

    code, said = run(*named, "--yes", "--report", str(tmp_path / "r.csv"), "--summary", str(tmp_path / "s.json"))

    assert code == 0
    assert said[-1].startswith(
        "waivers: 1 found, 1 erased, 0 unchanged, 0 kept, 0 reported; letters: 2 found, 2 erased"
    )
    assert traces() == []
    assert json.loads((tmp_path / "s.json").read_text())["waivers"]["erased"] == 1
    [_, row] = csv.reader((tmp_path / "r.csv").read_text().splitlines())
    assert row[:3] == [signed.line.event_id, signed.reference, signed.line.ulid]


def test_erasewaivers_takes_a_whole_departure(signed: signing.Signed) -> None:
    code, said = run("--event", signed.line.event_id, "--yes")

    assert code == 0
    assert "waivers: 2 found, 2 erased" in said[-1]
    assert {line.name for line in of(Waiver)} == {"Erased"}
    assert run("--event", signed.line.event_id, "--yes")[1][-1].startswith("waivers: 2 found, 0 erased, 2 unchanged")


def test_erasewaivers_reports_what_is_held(signed: signing.Signed) -> None:
    line = Waiver.fetch(event_id=signed.line.event_id, ulid=signed.line.ulid)
    assert line is not None
    lives.change(line, what="held", by=DANA, changes={"hold": True})

    code, said = run("--event", signed.line.event_id, "--yes")

    assert code == 3
    assert f"{signed.line.event_id} {signed.reference}: is held, and stays ({signed.reference})" in said
    assert len(traces()) > 10


def test_erasewaivers_goes_on_past_what_is_damaged(signed: signing.Signed, here: Event) -> None:
    other = sign(here, signer=make_signer(name="Bea"))
    for each in (signed.record, other.record):
        put_back(each, retain_until=date(2020, 1, 1))
    line = Waiver.fetch(event_id=here.slug, ulid=signed.record.ulid)
    assert line is not None
    Row._get_connection().delete_item(line.pk, range_key=line.sk)

    code, said = run("--due", "--yes")

    assert code == 3
    assert any("or its line is gone" in each for each in said)
    left = WaiverRecord.fetch(ulid=other.record.ulid)
    assert left is not None
    assert left.sealed is None


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "Say which"),
        (["--reference", "K7M4QX"], "--reference needs --event"),
        (["--event", "2031-01-01"], "There is no departure"),
        (["--waiver", "01KS9V3R4T5W6X7Y8Z9A0B1C2D"], "There is no waiver"),
    ],
)
def test_erasewaivers_refuses_what_is_not_there(arguments: list[str], text: str) -> None:
    code, said = run(*arguments)

    assert code == 1
    assert text in said[-1]


def test_letters_of_many_kinds_are_emptied(signed: signing.Signed) -> None:
    erasing.erase(signed.line.ulid, why="Asked.", by=DANA)

    emptied = [letter for letter in of(Letter) if letter.subject == "Erased"]
    assert {letter.purpose for letter in emptied} == {"waiver", "manifest"}
