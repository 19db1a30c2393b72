from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import date

import pytest
from django.test import Client

from scc.dynamo.rows import Row
from scc.staff.actors import SYSTEM
from tests.builders import make_event
from tests.waivers.builders import make_signature, make_signer, sign
from waivers import acts, lives, packs, receipts, signing
from waivers.acts import Care, Family, Minor
from waivers.rows import LifeEvent, Waiver

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
    assert json.loads(files[f"{signed.reference}/life.json"])[0]["what"] == "link renewed"


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
