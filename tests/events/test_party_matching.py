"""Which party a line is, of whatever lines and parties: what is decided does not hang on how far a run was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from events import drafts, rows
from events.importing import crew_lines, party_lines
from events.importing.parties import decide
from events.importing.party_lines import Said
from events.importing.sheets import Sheet
from scc.imports.lines import BadLine, Line
from scc.imports.runs import Run
from scc.staff.actors import SYSTEM

NOW = datetime(2026, 5, 24, 1, 15, tzinfo=UTC)
# So little that lines do not fit.
ROOM = 5
RUN = Run("01KR0A1B2C3D4E5F6G7H8J9KMN", "parties.csv", NOW, SYSTEM)
EARLIER = replace(RUN, id="01KQ0A1B2C3D4E5F6G7H8J9KMN")

CELLS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Ana López", "ana lopez", "Tom Becker", "Noor"]),
        "size": st.sampled_from(["", "2", "4"]),
        "email": st.sampled_from(["", "ana@example.com", "tom@example.com"]),
        "phone": st.sampled_from(["", "619-555-0114"]),
        "external_id": st.sampled_from(["", "", "1", "2"]),
    }
)
FILES = st.lists(CELLS, max_size=6)


def make_departure(booked: int) -> rows.Event:
    vessel = drafts.new_vessel(name="Queen of San Diego", capacity=ROOM)
    event = drafts.new_event(slug="2026-05-23", starts_at=NOW, title="Sunset sail", vessel=vessel)
    event.booked = booked
    return event.stamp()


def said_of(file: list[dict[str, str]], run: Run) -> list[Said]:
    """Return what the lines of a file say, doubles left out."""
    event = make_departure(0)
    said = [party_lines.read(Line(number, "", cells), event, run) for number, cells in enumerate(file, 2)]
    return list({each.key or each.digest: each for each in reversed(said)}.values())[::-1]


def stored_of(file: list[dict[str, str]]) -> list[rows.Patron]:
    """Return the parties of a file that was imported before; every other one booked by hand."""
    parties = [said.party for said in said_of(file, EARLIER)]
    for party in parties[::2]:
        party.import_key = party.import_digest = ""
    return parties


def sheet_of(parties: list[rows.Patron]) -> Sheet:
    return Sheet(make_departure(sum(party.size for party in parties)), parties)


@given(FILES, FILES, st.integers(min_value=0, max_value=6))
def test_decide_decides_the_same_however_far_the_run_was(
    before: list[dict[str, str]], file: list[dict[str, str]], cut: int
) -> None:
    stored, said = stored_of(before), said_of(file, RUN)
    through = decide(sheet_of(stored), said, said)

    carried = [fate.said.party for fate in through[:cut] if fate.is_new]
    again = decide(sheet_of([*stored, *carried]), said, said)

    assert [fate.is_new for fate in again[:cut]] == [False] * len(again[:cut])
    assert again[cut:] == through[cut:]
    # How much room is left is less by then, and too little all the same.
    assert [bool(fate.reason) for fate in again] == [bool(fate.reason) for fate in through]


@given(FILES, FILES)
def test_decide_never_overfills_and_never_adds_twice(before: list[dict[str, str]], file: list[dict[str, str]]) -> None:
    stored, said = stored_of(before), said_of(file, RUN)

    new = [fate.said.party for fate in decide(sheet_of(stored), said, said) if fate.is_new]
    settled = decide(sheet_of([*stored, *new]), said, said)

    assert sum(party.size for party in new) <= max(0, ROOM - sum(party.size for party in stored))
    assert not [fate for fate in settled if fate.is_new]


@given(st.dictionaries(st.sampled_from(party_lines.COLUMNS), st.text()))
def test_read_gives_a_party_that_the_manifest_takes_or_says_why_not(cells: dict[str, str]) -> None:
    try:
        party = party_lines.read(Line(2, "", cells), make_departure(0), RUN).party
    except BadLine as exc:
        said = str(exc)
    else:
        said = str(drafts.tidy_party(party))

    assert said


@given(st.dictionaries(st.sampled_from(crew_lines.COLUMNS), st.text()))
def test_read_gives_a_hand_or_says_why_not(cells: dict[str, str]) -> None:
    try:
        said = crew_lines.read(Line(2, "", cells), "2026-05-23").name
    except BadLine as exc:
        said = str(exc)

    assert said
