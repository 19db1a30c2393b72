"""Whatever is done to a waiver, a text or a PDF by raw writes is found and named."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from scc.dynamo.tables import create_table, delete_table
from scc.verifying import Fault
from tests.builders import neighbour
from tests.waivers.scenes import Item, Scene, items, objects, play, put, put_object, s3, take_away
from waivers import text_checks, texts
from waivers.canonical import canonical, sha256
from waivers.request_keys import reference_of
from waivers.verifying import verify

# What no hash tells of: the transaction that wrote last.
BOOKKEEPING = {"unit"}
KEYS = {"pk", "sk"}
OF_WAIVERS = ("WAIVER", "WAIVERRECORD", "WAIVERCARE", "WAIVERLIFE", "WAIVERPDF", "SIGNER")
# Who signed on paper is on the paper; see docs/known-limits.md.
ON_PAPER = {"name", "folded_name", "gsi2sk", "age", "guardian"}


@pytest.fixture
def chance() -> random.Random:
    """What says which bytes are flipped: the same ones in each run, in whatever order the tests come."""
    return random.Random(5)  # noqa: S311  # guards nothing


@pytest.fixture(scope="module")
def played() -> Iterator[Scene]:
    """A table in which everything was signed once."""
    create_table()
    texts.forget()
    yield play()
    delete_table()


@pytest.fixture
def scene(played: Scene) -> Iterator[Scene]:
    """The same, put back after the test."""
    before = items()
    text_checks.known.cache_clear()
    yield played
    text_checks.known.cache_clear()
    put_back(before)


def put_back(before: dict[tuple[str, str], Item]) -> None:
    after = items()
    for key in after.keys() - before.keys():
        take_away(after[key])
    for key, item in before.items():
        if after.get(key) != item:
            put(item)


def waiver_of(item: Item) -> str:
    """Return what the waiver is called that an item belongs to."""
    named = item.get("waiver_id", {}).get("S") if item["kind"]["S"] == "SIGNER" else None
    in_line = item["sk"]["S"].removeprefix("WAIVER#") if item["kind"]["S"] == "WAIVER" else None
    return reference_of(named or in_line or item["pk"]["S"].removeprefix("WAIVER#"))


def faults(scene: Scene) -> dict[str, list[str]]:
    """Return what is said, by the waiver that is named."""
    found: dict[str, list[str]] = {}
    for event in (scene.here, scene.there):
        for fault in verify(event.slug).faults:
            found.setdefault(fault.reference, []).append(fault.text)
    return found


def flipped_text(text: str, place: int) -> str:
    return text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]


def flipped_bytes(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def flipped(value: dict[str, Any], share: float) -> dict[str, Any]:
    """Return a value with one of its bytes flipped, `share` of the way from its beginning to its end."""
    [(form, held)] = value.items()
    place = int(share * (len(held) - 1)) if form in "SB" else 0
    match form:
        case "S":
            return {"S": flipped_text(held, place)}
        case "B":
            return {"B": flipped_bytes(held, place)}
        case "N":
            return {"N": str(int(held) ^ 1)}
    return {"BOOL": not held}


def test_verify_finds_nothing_wrong_with_what_is_whole(scene: Scene) -> None:
    assert faults(scene) == {}


class Case(NamedTuple):
    """One attribute of one item, to be flipped."""

    item: Item
    name: str

    @property
    def waiver(self) -> str:
        return waiver_of(self.item)

    @property
    def record(self) -> str:
        """The record that tells of the waiver: of two departures, where one waiver covers both."""
        return str(self.item.get("record_id", {}).get("S") or self.item["pk"]["S"].removeprefix("WAIVER#"))

    def flip(self, share: float) -> None:
        put({**self.item, self.name: flipped(self.item[self.name], share)})


def cases(scene: Scene, chance: random.Random) -> list[Case]:
    """Return each attribute of each sort of item, of a waiver or two that have it."""
    found: dict[tuple[str, str, str], list[Case]] = {}
    joined, paper = scene["joined"].ulid, scene["paper"].ulid
    for item in sorted(of_waivers(), key=lambda each: each["sk"]["S"]):
        kind = item["kind"]["S"]
        sort = next((each for each in (joined, paper) if each in json.dumps(item["sk"])), "")
        for name in sorted(item.keys() - KEYS - BOOKKEEPING):
            found.setdefault((kind, sort, name), []).append(Case(item, name))
    for name in ON_PAPER:
        found.pop(("WAIVER", paper, name), None)
    return [case for some in found.values() for case in chance.sample(some, min(2, len(some)))]


def of_kind(kind: str) -> list[Item]:
    return [item for item in items().values() if item["kind"]["S"] == kind]


def of_waivers() -> list[Item]:
    return [item for item in items().values() if item["kind"]["S"] in OF_WAIVERS]


def rounds(cases: list[Case]) -> Iterator[list[Case]]:
    """Give the cases in lots in which no record comes twice, so that each is found for itself."""
    left = cases
    while left:
        lot = {case.record: case for case in left}
        yield [*lot.values()]
        left = [case for case in left if lot[case.record] is not case]


def test_verify_names_each_waiver_of_which_a_byte_is_flipped(scene: Scene, chance: random.Random) -> None:
    flipped_cases, unseen = cases(scene, chance), []

    for lot in rounds(flipped_cases):
        for case in lot:
            case.flip(chance.random())
        named = faults(scene)
        unseen += [(case.item["kind"]["S"], case.name) for case in lot if case.waiver not in named]
        for case in lot:
            put(case.item)

    assert unseen == []
    assert faults(scene) == {}
    assert len(flipped_cases) > 200


@pytest.mark.parametrize(
    ("name", "share"), [*(("sealed", share) for share in (0, 0.01, 0.03, 0.5, 1)), ("evidence", 0.01), ("evidence", 1)]
)
def test_verify_names_a_record_whatever_byte_of_it_is_flipped(scene: Scene, name: str, share: float) -> None:
    held = of_kind("WAIVERRECORD")
    for item in held:
        Case(item, name).flip(share)

    named = faults(scene)

    assert {waiver_of(item) for item in held} <= named.keys()


@pytest.mark.parametrize("place", range(len("2026-05-23T18:15:00.000Z")))
def test_verify_names_a_record_whatever_byte_of_its_moment_is_flipped(scene: Scene, place: int) -> None:
    held = of_kind("WAIVERRECORD")
    for item in held:
        put({**item, "received_at": {"S": flipped_text(item["received_at"]["S"], place)}})

    named = faults(scene)

    assert {waiver_of(item) for item in held} <= named.keys()


@contextmanager
def flipped_objects(prefix: str, scene: Scene, share: float) -> Iterator[set[str]]:
    """Flip a byte of every object of the scene's waivers under `prefix`; give the waivers."""
    ulids = {item["pk"]["S"].removeprefix("WAIVER#") for item in of_kind("WAIVERRECORD")}
    held = {name: data for ulid in ulids for name, data in objects(f"{prefix}{ulid}").items()}
    for name, data in held.items():
        put_object(name, flipped_bytes(data, int(share * (len(data) - 1))))
    yield {reference_of(ulid) for ulid in ulids if any(ulid in name for name in held)}
    for name, data in held.items():
        put_object(name, data)


@pytest.mark.parametrize("prefix", ["waivers/", "keys/waivers/"])
@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.6, 0.985, 1])
def test_verify_names_each_waiver_whose_pdf_or_key_is_flipped(scene: Scene, prefix: str, share: float) -> None:
    with flipped_objects(prefix, scene, share) as touched:
        named = faults(scene)

    assert touched
    assert touched <= named.keys()


def test_verify_names_each_waiver_whose_pdf_or_key_is_gone(scene: Scene) -> None:
    ulid, other = scene["crew"].ulid, scene["mother"].ulid
    held = {**objects(f"waivers/{ulid}"), **objects(f"keys/waivers/{other}")}
    for name in held:
        s3().delete_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=name)

    named = faults(scene)

    for name, data in held.items():
        put_object(name, data)
    assert named[reference_of(ulid)] == ["its PDF is not in the bucket"]
    assert "the key of its private document is gone" in named[reference_of(other)]


@pytest.mark.parametrize("kind", OF_WAIVERS)
def test_verify_names_a_waiver_of_which_an_item_is_gone(scene: Scene, kind: str) -> None:
    own = {scene[name].ulid for name in ("ana", "child")}
    held = [item for item in of_kind(kind) if any(ulid in str(item) for ulid in own)]
    held = [item for item in held if item.get("what", {}).get("S") not in ("viewed", "pdf") and item["sk"]["S"] > ""]
    for item in held:
        take_away(item)

    code, said = run()

    assert code == 1
    assert held
    for item in held:
        assert waiver_of(item) in "\n".join(said)


def swap(one: Item, other: Item, *names: str) -> None:
    for item, with_ in ((one, other), (other, one)):
        put({**item, **{name: with_[name] for name in names}})


def rehashed(item: Item) -> None:
    """Change what a record says and hash it anew, as someone would who knows how."""
    evidence = json.loads(item["evidence"]["S"]) | {"channel": "kiosk"}
    text = canonical(evidence)
    digest = sha256(text)
    link = sha256(canonical([int(item["chain_number"]["N"]), item.get("chain_previous", {"S": ""})["S"], digest]))
    put({**item, "evidence": {"S": text}, "record_sha256": {"S": digest}, "chain_sha256": {"S": link}})


def record_of(scene: Scene, name: str) -> Item:
    return items()[f"WAIVER#{scene[name].ulid}", "RECORD"]


def line_of(scene: Scene, name: str) -> Item:
    return items()[f"EVENT#{scene[name].event_id}", f"WAIVER#{scene[name].ulid}"]


def life_of(scene: Scene, name: str, what: str) -> Item:
    return next(
        item for item in of_kind("WAIVERLIFE") if item["what"]["S"] == what and name_of(item) == scene[name].ulid
    )


def name_of(item: Item) -> str:
    return str(item["line_id"]["S"]).rpartition(".")[2]


# What is done, which waiver's fault it is, and what is said.
TAMPERS: dict[str, tuple[Callable[[Scene], object], str, str]] = {
    "two records change places": (
        lambda s: swap(record_of(s, "ana"), record_of(s, "crew"), "evidence", "record_sha256", "chain_sha256"),
        "ana",
        "its record's ulid is not what the evidence says",
    ),
    "two boxes change places": (
        lambda s: swap(record_of(s, "ana"), record_of(s, "crew"), "sealed", "key_id"),
        "ana",
        "its private document does not open",
    ),
    "a record is changed and hashed anew": (
        lambda s: rehashed(record_of(s, "child")),
        "sibling",
        "does not follow the one before it",
    ),
    "a life event is slipped in": (
        lambda s: put({**(event := life_of(s, "child", "held")), "sk": {"S": neighbour(event["sk"]["S"])}}),
        "child",
        "stands elsewhere than it should",
    ),
    "a change is taken out of the life": (
        lambda s: take_away(life_of(s, "child", "released")),
        "child",
        "its line was changed 3 times, and its life tells of 2",
    ),
    "a line is marked to expire": (
        lambda s: put({**line_of(s, "ana"), "expires_at": {"N": "1900000000"}}),
        "ana",
        "marked to expire",
    ),
    "a line leaves its lists": (
        lambda s: put({k: v for k, v in line_of(s, "ana").items() if k not in ("gsi1pk", "gsi1sk")}),
        "ana",
        "stands elsewhere in its lists",
    ),
    "a line lacks its name": (
        lambda s: put({k: v for k, v in line_of(s, "ana").items() if k != "name"}),
        "ana",
        "its line lacks name",
    ),
    "a number is a text": (
        lambda s: put({**record_of(s, "ana"), "chain_number": {"S": "one"}}),
        "ana",
        "cannot be read",
    ),
    "the record of an earlier departure does not open": (
        lambda s: Case(record_of(s, "ana"), "sealed").flip(0.5),
        "joined",
        "its record's private document cannot be read",
    ),
    "someone is said to have signed": (
        lambda s: put({**line_of(s, "first"), "state": {"S": "counts"}}),
        "first",
        "its line's state is not what",
    ),
}


@pytest.mark.parametrize("done", TAMPERS)
def test_verify_names_what_was_done(scene: Scene, done: str) -> None:
    tamper, name, text = TAMPERS[done]
    tamper(scene)

    said = faults(scene)[scene[name].reference]

    assert any(text in each for each in said), said


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("waiver_count", "the departure counts 8 waivers"),
        ("signed", "guests who signed"),
        ("aboard", "guests aboard"),
        ("waiver_head", "names another waiver as the last"),
    ],
)
def test_verify_names_a_departure_s_figure_that_is_off(scene: Scene, name: str, text: str) -> None:
    event = items()[f"EVENT#{scene.here.slug}", "META"]
    put({**event, name: {"N": "8"} if "N" in event[name] else {"S": "0" * 64}})

    assert text in faults(scene)[""][0]


# The command


def run(*arguments: str) -> tuple[int, list[str]]:
    """Return how `verifywaivers` ended, and the lines that it said."""
    said = StringIO()
    try:
        call_command("verifywaivers", *arguments, stdout=said, stderr=said)
    except SystemExit as exc:
        return int(str(exc.code)), said.getvalue().splitlines()
    except CommandError as exc:
        return exc.returncode, [*said.getvalue().splitlines(), str(exc)]
    return 0, said.getvalue().splitlines()


@pytest.mark.usefixtures("scene")
def test_verifywaivers_counts_what_is_whole() -> None:
    code, said = run()

    assert (code, len(said)) == (0, 1)
    assert said[0] == (
        "events: 2 read, 2 whole, 0 torn; waivers: 10 read; places: 8 read; texts: 6 read; faults: 0 found"
    )


# What of texts no hash or key tells of.
OF_NO_WORDS = {"published_at", "published_by", "follows", "state"}


def of_text(item: Item) -> list[Fault]:
    text_checks.known.cache_clear()
    kind, _, name = item["pk"]["S"].partition("#")
    if name == "CURRENT":
        return list(text_checks.of_current())
    return list((text_checks.of_snapshots if kind == "TEXT" else text_checks.of_published)([name]))


@pytest.mark.parametrize("kind", ["TEXT", "WAIVERTEXT", "CURRENTTEXT"])
def test_text_checks_name_each_text_of_which_a_byte_is_flipped(scene: Scene, kind: str, chance: random.Random) -> None:
    unseen = []

    for item in of_kind(kind):
        untold = KEYS | BOOKKEEPING | OF_NO_WORDS | ({"version"} if kind != "TEXT" else set())
        for name in sorted(item.keys() - untold):
            put({**item, name: flipped(item[name], chance.random())})
            named = {fault.reference for fault in of_text(item)}
            if not {each for each in named if each in item["pk"]["S"] + item["sk"]["S"]}:
                unseen.append((name, item[name]))
            put(item)

    assert unseen == []
    assert [fault for item in of_kind(kind) for fault in of_text(item)] == []


def test_verifywaivers_names_a_text_that_is_counted_wrong(scene: Scene) -> None:
    for item in of_kind("TEXTCOUNT"):
        put({**item, "signed": {"N": "99"}})

    code, said = run()

    assert code == 1
    assert len([line for line in said if line.startswith("texts waiver-en-2: is counted 99 times")]) == 2


def test_verifywaivers_names_what_has_no_line(scene: Scene) -> None:
    take_away(line_of(scene, "ana"))

    code, said = run()

    reference = scene["ana"].reference
    assert code == 1
    assert f"{scene.here.slug} {reference}: its line is missing, and what belongs to it is there" in said
    assert any("the signer's place" in line and reference in line for line in said)


def test_verifywaivers_of_one_departure_leaves_the_others(scene: Scene) -> None:
    put({**line_of(scene, "ana"), "name": {"S": "Eve"}})

    assert run("--event", scene.there.slug)[0] == 0
    assert run("--event", scene.here.slug)[0] == 1
    assert run("--event", "2031-01-01") == (2, [*run("--event", "2031-01-01")[1]])


def test_verifywaivers_of_a_month_leaves_the_others(scene: Scene) -> None:
    put({**line_of(scene, "ana"), "name": {"S": "Eve"}})

    assert run("--month", "2019-05")[0] == 0
    assert run("--month", scene.here.slug[:7])[0] == 1


def test_verifywaivers_never_names_a_signer(scene: Scene) -> None:
    for item in of_waivers():
        put({**item, "version": {"N": "9"}})

    _, said = run()

    assert len(said) > 20
    assert not any(name in line for line in said for name in ("López", "Minor", "Mother", "Typist", "lopez"))


def test_verifywaivers_writes_a_summary(scene: Scene, tmp_path: Path) -> None:
    put({**line_of(scene, "ana"), "name": {"S": "Eve"}})

    run("--summary", str(tmp_path / "summary.json"))

    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["waivers"] == {"read": 10}
    assert summary["faults"] == {"found": len(summary["named"])}
    assert summary["named"][0]["reference"] == scene["ana"].reference
