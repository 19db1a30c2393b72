"""A waiver that was imported is verified, shown, packed and erased as what it is."""

from __future__ import annotations

import io
import json
import random
import zipfile
from pathlib import Path

import pytest
from django.test import Client

from scc.staff.actors import Actor
from tests.builders import make_crew, make_event, make_party, make_person
from tests.waivers.importing import bare, line, run, stored, write
from tests.waivers.scenes import Item, items, objects, put, put_object, take_away
from tests.waivers.test_erasing import traces, versions
from tests.waivers.test_verifying import flipped, flipped_bytes, waiver_of
from waivers import asking, due, erasing, holding, manifest, packs, receipts, walking
from waivers.holding import CannotHold
from waivers.imported import STRENGTH
from waivers.rows import State, Waiver
from waivers.verifying import verify

pytestmark = pytest.mark.usefixtures("table")

DANA = Actor("dana", "Dana Drake")
SVG = (
    "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
)
SLUG = "2026-05-23"
chance = random.Random(6)  # noqa: S311  # which bytes are flipped, guards nothing


@pytest.fixture
def imported(tmp_path: Path) -> dict[str, Waiver]:
    """A departure with everything that is imported once."""
    event = make_event()
    make_party(event=event, name="Ana López", size=2)
    make_crew(event=event, person=make_person(name="Bo Bare"))
    child = line(name="Kit Minor", birth_date="2017-12-03", guardian="Mo Mother", email="mo@example.com")
    typed = bare("Cy Typist", signature="Cy Typist", external_id="17", note="<b>Swims</b>")
    run(write(tmp_path / "waivers.csv", line(), bare("Bo Bare"), child, typed, bare("Di Drawn", signature=SVG)))
    return stored()


def faults() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fault in verify(SLUG).faults:
        found.setdefault(fault.reference, []).append(fault.text)
    return found


# Verified


def test_verify_finds_nothing_wrong_with_what_was_imported(imported: dict[str, Waiver]) -> None:
    assert len(imported) == 5
    assert faults() == {}
    assert walking.find().strays == []


def cases() -> list[tuple[Item, str]]:
    """Return each attribute of each sort of item, of a waiver or two that have it."""
    found: dict[tuple[str, str], list[tuple[Item, str]]] = {}
    for item in items().values():
        kind = item["kind"]["S"]
        if kind in ("WAIVER", "WAIVERRECORD", "SIGNER"):
            for name in sorted(item.keys() - {"pk", "sk", "unit"}):
                found.setdefault((kind, name), []).append((item, name))
    return [case for some in found.values() for case in chance.sample(some, min(2, len(some)))]


def test_verify_names_each_imported_waiver_of_which_a_byte_is_flipped(imported: dict[str, Waiver]) -> None:
    flips, unseen = cases(), []

    left = flips
    while left:
        lot = {waiver_of(case[0]): case for case in left}
        left = [case for case in left if case not in lot.values()]
        for item, name in lot.values():
            put({**item, name: flipped(item[name], chance.random())})
        named = faults()
        unseen += [(item["kind"]["S"], name) for reference, (item, name) in lot.items() if reference not in named]
        for item, _ in lot.values():
            put(item)

    assert unseen == []
    assert len(flips) > 100
    assert faults() == {}


@pytest.mark.parametrize("share", [0, 0.3, 1])
def test_verify_names_each_imported_waiver_whose_key_is_flipped(imported: dict[str, Waiver], share: float) -> None:
    names = [f"keys/{item['key_id']['S']}" for item in items().values() if "key_id" in item]
    held = {name: data for each in names for name, data in objects(each).items()}
    for name, data in held.items():
        put_object(name, flipped_bytes(data, int(share * (len(data) - 1))))

    named = faults()

    assert len(held) == 5
    assert {line.reference for line in imported.values()} <= named.keys()


@pytest.mark.parametrize("kind", ["WAIVER", "WAIVERRECORD", "SIGNER"])
def test_verify_names_an_imported_waiver_of_which_an_item_is_gone(imported: dict[str, Waiver], kind: str) -> None:
    ana = imported["Ana López"]
    held = [item for item in items().values() if item["kind"]["S"] == kind and waiver_of(item) == ana.reference]
    for item in held:
        take_away(item)

    said = [str(fault) for fault in (*verify(SLUG).faults, *walking.find().strays)]

    assert held
    assert any(ana.reference in text for text in said)


# Erased, held, restricted


def test_erase_of_an_imported_waiver_leaves_no_trace(imported: dict[str, Waiver]) -> None:
    ana = imported["Ana López"]
    marks = ("ana@example.com", "1980-03-31", "555 0142", "203.0.113.77", "iVBORw0KGgo")
    assert versions(ana.ulid) != []

    erasing.erase(ana.ulid, why="Asked.", by=DANA)

    parties = [item for item in items().values() if item["kind"]["S"] == "PATRON"]
    for party in parties:
        take_away(party)
    assert traces("Ana", "ana l", *marks) == []
    assert versions(ana.ulid) == []
    assert faults() == {}


def test_an_imported_waiver_is_due_when_its_time_is_over(imported: dict[str, Waiver]) -> None:
    ana, child = imported["Ana López"], imported["Kit Minor"]

    found = due.find(ana.retain_until.replace(year=ana.retain_until.year + 1))

    assert ana.ulid in found.waivers
    assert child.ulid not in found.waivers


def test_an_imported_waiver_may_be_held_restricted_and_judged(imported: dict[str, Waiver]) -> None:
    for name in ("Ana López", "Bo Bare", "Kit Minor"):
        holding.hold(stored()[name], reason="A claim.", by=DANA)
        holding.verify(stored()[name], how="knows", by=DANA)
        holding.restrict(stored()[name], reason="Asked.", by=DANA)
        holding.invalidate(stored()[name], reason="Another day.", by=DANA)

    with pytest.raises(erasing.Held):
        erasing.erase(imported["Ana López"].ulid, why="Asked.", by=DANA)
    assert stored()["Bo Bare"].state == State.INVALID
    assert faults() == {}


# Shown


def test_its_page_says_what_it_is(imported: dict[str, Waiver], as_dana: Client) -> None:
    page = as_dana.get(f"/dispatch/{SLUG}/waivers/{imported['Cy Typist'].ulid}/").content.decode()

    assert STRENGTH in page
    assert "No PDF is made of what was imported." in page
    assert "What its source said" in page
    assert "&lt;b&gt;Swims&lt;/b&gt;" in page
    assert "Make a new receipt" not in page


def test_its_page_draws_no_picture_of_a_file(imported: dict[str, Waiver], as_dana: Client) -> None:
    page = as_dana.get(f"/dispatch/{SLUG}/waivers/{imported['Di Drawn'].ulid}/").content.decode()

    assert f"Data of the type image/svg+xml, {len(SVG)} characters" in page
    assert "alert(1)" not in page
    assert "data:image" not in page


def test_a_look_at_it_is_written_down(imported: dict[str, Waiver], as_dana: Client) -> None:
    as_dana.get(f"/dispatch/{SLUG}/waivers/{imported['Ana López'].ulid}/")

    said = [item["what"]["S"] for item in items().values() if item["kind"]["S"] == "WAIVERLIFE"]
    assert said == ["viewed"]
    assert faults() == {}


def test_lists_mark_it(imported: dict[str, Waiver], as_alice: Client) -> None:
    listed = as_alice.get("/admin/waivers/waiver/?month=2026-05").content.decode()
    board = as_alice.get(f"/dispatch/{SLUG}/manifest/").content.decode()

    assert listed.count("Imported") >= 5
    assert board.count('<span class="badge">Imported</span>') == 5


def test_its_pack_says_what_it_is(imported: dict[str, Waiver]) -> None:
    ana = imported["Ana López"]

    with zipfile.ZipFile(io.BytesIO(packs.of_waiver(ana))) as pack:
        names, readme = set(pack.namelist()), pack.read("README.html").decode()
        evidence = json.loads(pack.read(f"{ana.reference}/evidence.json"))

    folder = {name.rpartition("/")[2] for name in names if name.startswith(ana.reference)}
    assert folder == {"evidence.json", "private.json", "life.json"}
    assert (evidence["schema"], evidence["strength"], evidence["text"]) == ("import-1", STRENGTH, None)
    assert f"Waiver {ana.reference}, imported" in readme
    assert STRENGTH in readme
    assert "data:image" not in readme


def test_it_has_no_receipt_and_gets_none(imported: dict[str, Waiver], as_dana: Client) -> None:
    ana = imported["Ana López"]

    with pytest.raises(CannotHold):
        receipts.renew(ana, by=DANA)
    assert as_dana.post(f"/dispatch/{SLUG}/waivers/{ana.ulid}/renew/").status_code in (409, 404)
    assert stored()["Ana López"].secret == ""


def test_who_is_imported_is_not_asked_to_sign(imported: dict[str, Waiver]) -> None:
    found = manifest.read(SLUG)
    assert found is not None

    assert [request.missing for request in asking.of_parties(found)] == [1]
    assert asking.of_crew(found) == []
