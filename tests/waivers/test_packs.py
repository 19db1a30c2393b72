from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.sealing import keys
from scc.staff.actors import SYSTEM
from tests.builders import make_event
from tests.waivers.builders import make_signature, make_signer, sign
from waivers import acts, documents, lives, packs, printed, receipts, signing
from waivers.acts import Care, Family, Minor
from waivers.pdfs import making
from waivers.rows import Channel, LifeEvent, Waiver, WaiverRecord

pytestmark = pytest.mark.usefixtures("table")


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def lines() -> list[Waiver]:
    return [row for row in Row.collection("EVENT#2026-05-23") if isinstance(row, Waiver)]


def test_of_waiver_can_be_checked_with_nothing_but_its_files() -> None:
    event = make_event()
    sign(event=event, name="Bea")
    signed = sign(event=event)

    files = unpacked(packs.of_waiver(signed.line))

    folder = signed.reference
    chain = json.loads(files["chain.json"])
    facts = json.loads(files[f"{folder}/evidence.json"])
    assert [link["number"] for link in chain] == [1, 2]
    own = chain[1]
    assert own["record_sha256"] == digest(files[f"{folder}/evidence.json"])
    assert facts["private_sha256"] == digest(files[f"{folder}/private.json"])
    assert facts["text"]["sha256"] == digest(files[f"{folder}/text.txt"])
    for link in chain:
        said = f'[{link["number"]},"{link["previous"]}","{link["record_sha256"]}"]'
        assert link["sha256"] == digest(said.encode())
    assert chain[1]["previous"] == chain[0]["sha256"]
    assert files[f"{folder}/signature.svg"].startswith(b'<svg xmlns="http://www.w3.org/2000/svg"')
    readme = files["README.html"].decode()
    assert "Ana López" in readme
    assert "“I agree and sign”" in readme
    assert "Bea" not in readme
    assert own["sha256"] == signed.record.chain_sha256


def test_of_waiver_is_the_same_bytes_for_the_same_state() -> None:
    signed = sign(event=make_event())

    assert packs.of_waiver(signed.line) == packs.of_waiver(signed.line)


def test_of_waiver_of_a_minor_says_who_signed_by_what_right() -> None:
    signing.sign(
        event=make_event(),
        signer=make_signer(),
        signature=make_signature(typed="Ana López"),
        origin=acts.Origin(),
        family=Family((Minor("Mia López", date(2016, 2, 1)),), "mother", with_signer=False),
        care=Care(medical="Bee stings"),
    )
    [line] = lines()

    files = unpacked(packs.of_waiver(line))

    readme = files["README.html"].decode()
    assert "Mia López, born 2016-02-01" in readme
    assert "Ana López, born 1980-03-31, mother" in readme
    assert not any(b"Bee" in data for data in files.values())
    assert not any(name.endswith(".svg") for name in files)


def test_of_event_holds_each_waiver_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "MOST_IN_A_PART", 2)
    event = make_event()
    references = {sign(event=event, name=f"Guest {letter}").reference for letter in "ABC"}

    assert packs.parts_of(lines()) == 2
    parts = [unpacked(packs.of_event(lines(), part=part)) for part in (1, 2)]

    folders = [{name.partition("/")[0] for name in part if "/" in name} for part in parts]
    assert [len(each) for each in folders] == [2, 1]
    assert set.union(*folders) == references
    assert len(json.loads(parts[1]["chain.json"])) == 3


def test_of_waiver_gives_no_link_away() -> None:
    signed = sign(event=make_event())
    receipts.renew(signed.line, by=SYSTEM)

    files = unpacked(packs.of_waiver(signed.line))

    assert signed.line.secret
    assert not any(signed.line.secret.encode() in data for data in files.values())
    [event] = json.loads(files[f"{signed.reference}/life.json"])
    assert event["what"] == "link renewed"
    assert json.loads(event["changes"]) == {"secret": f"sha256:{digest(signed.line.secret.encode())}"}


def test_of_waiver_tells_its_life_so_that_each_hash_can_be_made_again() -> None:
    signed = sign(event=make_event())
    receipts.revoke(signed.line, by=SYSTEM)
    lives.tell(signed.line, what="viewed", by=SYSTEM, note="«Ñandú»")

    files = unpacked(packs.of_waiver(signed.line))

    life = json.loads(files[f"{signed.reference}/life.json"])
    assert [event["what"] for event in life] == ["link revoked", "viewed"]
    for event in life:
        told = event.pop("sha256")
        assert told == digest(json.dumps(list(event.values()), ensure_ascii=False, separators=(",", ":")).encode())


def test_of_waiver_names_the_pdf_by_its_hash() -> None:
    signed = with_pdf(sign(event=make_event()))

    files = unpacked(packs.of_waiver(signed.line))

    made = digest(files[f"{signed.reference}/waiver-{signed.reference}.pdf"])
    assert f"<code>{made}</code>" in files["README.html"].decode()
    assert made in files[f"{signed.reference}/life.json"].decode()


def test_of_waiver_overclaims_nothing() -> None:
    readme = unpacked(packs.of_waiver(sign(event=make_event()).line))["README.html"].decode()

    assert "only from our own page" not in readme
    assert "no way to the button" not in readme
    assert "a copy by mail where they gave an e-mail address" in readme
    assert "A program can write them as it likes" in readme


def test_of_waiver_says_who_set_the_pin_of_a_kiosk() -> None:
    line = signing.sign(
        event=make_event(),
        signer=make_signer(),
        signature=make_signature(),
        origin=acts.Origin(channel=Channel.KIOSK, kiosk_pin_by="dana"),
    ).line

    readme = unpacked(packs.of_waiver(line))["README.html"].decode()

    assert "Signed at the operator's kiosk, unlocked with a PIN set by dana" in readme
    assert "itness" not in readme


# What cannot be opened


def with_pdf(signed: signing.Signed) -> signing.Signed:
    [task] = [task for task in making.due() if task.ulid == signed.line.ulid]
    assert making.make(task) == making.Outcome.MADE
    return signed


def lose_pdf(record: WaiverRecord) -> None:
    printed.remove(record.ulid)


def lose_key(record: WaiverRecord) -> None:
    keys.destroy(documents.key_place(record.ulid))


def lose_record(record: WaiverRecord) -> None:
    Row._get_connection().delete_item(record.pk, range_key=record.sk)


def touch_seal(record: WaiverRecord) -> None:
    touch(record, sealed=b"x" * 60)


def touch_evidence(record: WaiverRecord) -> None:
    touch(record, evidence=record.evidence.replace("acts", "deeds"))


def touch(record: WaiverRecord, **changes: object) -> None:
    unit = Unit()
    unit.update(WaiverRecord.at(record.ulid), set=changes)
    unit.commit()


@pytest.mark.parametrize(
    ("harm", "problem", "left"),
    [
        (lose_pdf, "is not in the bucket", {"evidence.json", "private.json", "signature.svg", "text.txt"}),
        (lose_key, "was erased", {"evidence.json", "text.txt"}),
        (lose_record, "record is not in the table", set()),
        (touch_seal, "private.json cannot be opened", {"evidence.json", "text.txt"}),
        (touch_evidence, "evidence.json is not what was hashed", {"evidence.json", "private.json", "text.txt"}),
    ],
)
def test_of_event_tells_what_cannot_be_opened_and_gives_the_rest(
    harm: Callable[[WaiverRecord], None], problem: str, left: set[str], as_alice: Client
) -> None:
    event = make_event()
    bad, good = with_pdf(sign(event=event)), with_pdf(sign(event=event, name="Bea"))
    harm(bad.record)

    answer = as_alice.get("/dispatch/2026-05-23/waivers/pack.zip")

    assert answer.status_code == 200
    files = unpacked(answer.content)
    assert problem in files[f"{bad.reference}/PROBLEM.txt"].decode()
    assert problem in files["README.html"].decode()
    there = {name.partition("/")[2] for name in files if name.startswith(f"{bad.reference}/")}
    assert there - {f"waiver-{bad.reference}.pdf"} == left | {"PROBLEM.txt", "life.json"}
    assert f"{good.reference}/PROBLEM.txt" not in files
    assert f"{good.reference}/waiver-{good.reference}.pdf" in files
    alone = as_alice.get(f"/dispatch/2026-05-23/waivers/{bad.line.ulid}/pack.zip")
    assert problem in unpacked(alone.content)[f"{bad.reference}/PROBLEM.txt"].decode()


@pytest.mark.parametrize("changes", [{"restricted": True}, {"state": "erased"}])
def test_of_waiver_refuses_what_nobody_may_see(changes: dict[str, object]) -> None:
    signed = sign(event=make_event())
    lives.change(signed.line, what="changed", by=SYSTEM, changes=changes)

    with pytest.raises(packs.NothingToPack):
        packs.of_waiver(signed.line)
    assert packs.packable(lines()) == []


def test_download_is_told_beside_the_record(as_alice: Client) -> None:
    signed = sign(event=make_event())

    answer = as_alice.get(f"/dispatch/2026-05-23/waivers/{signed.line.ulid}/pack.zip")
    every = as_alice.get("/dispatch/2026-05-23/waivers/pack.zip")

    assert (answer.status_code, every.status_code) == (200, 200)
    assert answer.headers["Cache-Control"] == "no-store"
    assert signed.reference in answer.headers["Content-Disposition"]
    told = [row for row in Row.collection(f"WAIVER#{signed.record.ulid}") if isinstance(row, LifeEvent)]
    assert [(event.what, event.recorded_by) for event in told] == [("downloaded", "alice")] * 2


def test_download_is_for_who_may_see_evidence(as_bob: Client, as_charlie: Client) -> None:
    signed = sign(event=make_event())
    path = f"/dispatch/2026-05-23/waivers/{signed.line.ulid}/pack.zip"

    assert as_bob.get(path).status_code == 403
    assert as_charlie.get(path).status_code in {302, 403}


def test_download_of_nothing_is_not_found(as_alice: Client) -> None:
    make_event()

    assert as_alice.get("/dispatch/2026-05-23/waivers/01JW0000000000000000000001/pack.zip").status_code == 404
    assert as_alice.get("/dispatch/2026-05-24/waivers/pack.zip").status_code == 404
    assert as_alice.get("/dispatch/2026-05-23/waivers/pack-2.zip").status_code == 404
