"""Parties from a file: carried once, whoever else books, and never over what staff entered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from events import bookings
from events.importing import party_lines
from scc.dynamo.rows import Row
from scc.imports.ids import digest_of
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.actors import Actor
from tests.builders import make_event, make_party
from tests.commands import Ran
from tests.conftest import RequestsMade
from tests.dynamo.faults import answers_lost, meanwhile
from tests.events.importing import Said, event_of, items, parties_of, written

pytestmark = pytest.mark.usefixtures("table")

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
ALICE = Actor("alice", "Alice Archer")
ANA = {"name": "Ana López", "size": "4", "email": "ana@example.com", "price": "500.00"}
# Of what a plain digest of Tom's line might be.
GUESSES = (
    (["Tom Becker", 2, "", "619-555-0131", 0, 0, 0, ""],),
    ("party", "2026-05-23", "B-7"),
    ("party", "2026-05-23", "external_id", "B-7"),
    ("party", "2026-05-23", "name", "tom becker"),
    ("party", "2026-05-23", "said", "Tom Becker", 2, "", "619-555-0131", 0, 0, 0, ""),
)
TOM = {"name": "Tom Becker", "size": "2", "phone": "619-555-0131"}

Import = Callable[..., Ran]


@pytest.fixture
def imported(tmp_path: Path) -> Import:
    """Import a file of parties, each given by its cells; of the departure of the day where it says none."""

    def run(*lines: Said, arguments: tuple[str, ...] = (), name: str = "parties.csv") -> Ran:
        said = [{"event": "2026-05-23", **line} for line in lines]
        return Ran("importpatrons", written(tmp_path / name, party_lines.COLUMNS, said), *arguments)

    return run


def booked() -> tuple[int, int]:
    event = event_of()
    return event.booked, event.parties_cents


# The example


def test_importpatrons_carries_the_example() -> None:
    Ran("importevents", EXAMPLES / "season-2026.csv")

    run = Ran("importpatrons", EXAMPLES / "parties-2026.csv")

    assert (run.status, run.said) == (0, [])
    assert run.last_line == "patrons: 7 read, 7 carried, 0 unchanged, 0 reported"
    assert [str(party) for party in parties_of()] == ["O'Brien party, party of 8"]
    assert booked() == (8, 76_000)
    assert sorted(party.note for party in parties_of("2026-05-23-morning")) == ["", "Cousins of the other Keiko"]


# One line


def test_importpatrons_reads_a_line_as_it_is_meant(imported: Import) -> None:
    make_event()

    imported(
        {**ANA, "size": "4.0", "price": "$1,100.00", "deposit": "200", "phone": " 619 555 0114", "note": "Birthday"}
    )

    (party,) = parties_of()
    assert (party.name, party.size, party.email, party.phone) == ("Ana López", 4, "ana@example.com", "619 555 0114")
    assert (party.price_cents, party.head_price_cents, party.deposit_cents) == (110_000, 0, 20_000)
    assert (party.note, party.year, party.received_cents) == ("Birthday", "2026", 0)


def test_importpatrons_takes_a_price_per_head_that_agrees_with_the_whole(imported: Import) -> None:
    make_event()

    imported({**ANA, "price": "380.00", "head_price": "95"})

    (party,) = parties_of()
    assert (party.price_cents, party.head_price_cents) == (38_000, 9_500)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"name": ""}, "name: is missing"),
        ({"size": "four"}, "size: 'four' is no number of people such as 4"),
        ({"size": "0"}, "size: '0' is no number of people such as 4"),
        ({"email": "ana"}, "email: Must be an e-mail address such as ana@example.com."),
        ({"price": "1.250"}, "price: '1.250' may be 1250 or 1.250; write it with two decimals"),
        ({"price": "-5"}, "price: '-5' is not from 0 to 1,000,000.00"),
        ({"price": "10", "head_price": "20"}, "price: Give a price for the party or one per head, not both."),
        ({"deposit": "501"}, "deposit: The deposit must not be more than the price, $500.00."),
        ({"size": "x", "email": "y"}, "size: 'x' is no number of people such as 4; email: Must be an e-mail address"),
    ],
)
def test_importpatrons_reports_a_bad_line_and_carries_the_others(imported: Import, cells: Said, reason: str) -> None:
    make_event()

    run = imported({**ANA, **cells}, TOM)

    assert run.status == 3
    assert run.said[0].startswith(f"line 2: {reason}")
    assert run.last_line == "patrons: 2 read, 1 carried, 0 unchanged, 1 reported"
    assert [party.name for party in parties_of()] == ["Tom Becker"]


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        ("2026-05-24", "event: there is no departure 2026-05-24; import the departures first, or correct the line"),
        ("Saturday", "event: 'Saturday' is no departure such as 2026-05-23 or 2026-05-23-sunset"),
        ("", "event: is missing; where every line is of one departure, set it for all"),
    ],
)
def test_importpatrons_says_what_to_do_about_an_unknown_departure(imported: Import, slug: str, reason: str) -> None:
    make_event()

    run = imported({**ANA, "event": slug})

    assert (run.status, run.said) == (3, [f"line 2: {reason}"])
    assert parties_of() == []


# All of them


def test_importpatrons_writes_a_departure_at_once(imported: Import, requests_made: RequestsMade) -> None:
    make_event()

    with requests_made() as made:
        imported(ANA, TOM)

    # Of the run itself: looked for, stored, and ended.
    assert made["TransactWriteItems"] == 1 + 2
    assert booked() == (6, 50_000)


def test_importpatrons_names_no_guest_in_the_trail(imported: Import) -> None:
    event = make_event()

    imported(ANA, TOM)

    (entry,) = audit.history_of(event)
    assert (entry.action, entry.recorded_by) == ("imported", "system")
    assert entry.summary == "Imported 2 of the manifest's parties, 6 heads in all"
    assert not entry.differences


def test_importpatrons_mails_nobody(imported: Import) -> None:
    make_event()

    imported(ANA, TOM)

    assert not [row for row in Row.scan() if isinstance(row, Letter)]


def test_importpatrons_dry_run_writes_nothing(imported: Import) -> None:
    make_event(capacity=5)
    before = items()

    run = imported(ANA, TOM, arguments=("--dry-run",))

    assert run.last_line.startswith("patrons: 2 read, 1 carried, 0 unchanged, 1 reported (dry run")
    assert items() == before


def test_importpatrons_reports_who_does_not_fit(imported: Import) -> None:
    make_event(capacity=5)

    run = imported(ANA, TOM, {"name": "Noor Rahman"})

    full = "line 3: 2026-05-23 has 4 booked of 5: room for 1 more, not for 2"
    assert run.said == [f"{full}; give the departure more capacity, and import it again"]
    assert booked() == (5, 50_000)


def test_importpatrons_carries_who_fits_by_now(imported: Import) -> None:
    make_event(capacity=5)
    imported(ANA, TOM)
    bookings.change_event(event=event_of(), changes={"capacity": 6}, by=ALICE)

    run = imported(ANA, TOM)

    assert (run.status, run.last_line) == (0, "patrons: 2 read, 1 carried, 1 unchanged, 0 reported")
    assert booked() == (6, 50_000)


def test_importpatrons_carries_more_than_a_transaction_takes(imported: Import, requests_made: RequestsMade) -> None:
    make_event(capacity=200)

    with requests_made() as made:
        run = imported(*({"name": f"Guest {number}"} for number in range(120)))

    assert run.last_line == "patrons: 120 read, 120 carried, 0 unchanged, 0 reported"
    assert made["TransactWriteItems"] == 2 + 2
    assert booked() == (120, 0)


# Again


def test_importpatrons_twice_adds_nothing(imported: Import) -> None:
    make_event()
    imported(ANA, TOM)
    before = items()

    run = imported(ANA, TOM)

    assert (run.status, run.last_line) == (0, "patrons: 2 read, 0 carried, 2 unchanged, 0 reported")
    assert items() == before


def test_importpatrons_knows_a_line_again_in_another_file(imported: Import) -> None:
    make_event()
    imported(ANA)

    run = imported(TOM, {**ANA, "price": "$500"}, name="other.csv")

    assert run.last_line == "patrons: 2 read, 1 carried, 1 unchanged, 0 reported"
    assert booked() == (6, 50_000)


def test_importpatrons_carries_a_line_once_when_its_answer_is_lost(imported: Import) -> None:
    make_event()

    with answers_lost("TransactWriteItems", times=1, after=1):
        run = imported(ANA, TOM)

    assert run.last_line == "patrons: 2 read, 2 carried, 0 unchanged, 0 reported"
    assert booked() == (6, 50_000)


def test_importpatrons_reports_the_same_line_twice(imported: Import) -> None:
    make_event()

    run = imported(ANA, TOM, ANA)

    assert run.said == ["line 4: says the same as line 2; if they are two, give each an external_id"]
    assert booked() == (6, 50_000)


def test_importpatrons_tells_two_of_a_name_apart(imported: Import) -> None:
    make_event()
    other = {"name": "Ana Lopez", "size": "2", "email": "other@example.com"}

    imported(ANA, other)
    run = imported(other, {**ANA, "size": "5"})

    assert run.said == ["line 3: Ana López is stored otherwise: size 5 here, 4 stored"]
    assert booked() == (6, 50_000)


def test_importpatrons_takes_two_with_numbers_of_their_own_for_two(imported: Import) -> None:
    make_event()
    one, two = {**ANA, "external_id": "1"}, {**ANA, "external_id": "2"}

    imported(one)
    run = imported(one, two)

    assert run.last_line == "patrons: 2 read, 1 carried, 1 unchanged, 0 reported"
    assert booked() == (8, 100_000)


def test_importpatrons_reports_a_number_that_two_lines_have(imported: Import) -> None:
    make_event()

    run = imported({**ANA, "external_id": "1"}, {**TOM, "external_id": "1"})

    assert run.said == ["line 3: external_id: line 2 has the same one"]


# Edited lines, and what staff did


@pytest.mark.parametrize("number", [{}, {"external_id": "B-1001"}])
def test_importpatrons_reports_an_edited_line_with_both_versions(imported: Import, number: Said) -> None:
    make_event()
    imported({**ANA, **number})

    run = imported({**ANA, **number, "size": "5", "price": "600", "note": "Birthday"})

    differences = "size 5 here, 4 stored; price 600.00 here, 500.00 stored; note Birthday here, nothing stored"
    assert run.said == [f"line 2: Ana López is stored otherwise: {differences}"]
    assert booked() == (4, 50_000)


def test_importpatrons_knows_a_number_again_under_another_name(imported: Import) -> None:
    make_event()
    imported({**ANA, "external_id": "B-1001"})

    run = imported({**ANA, "name": "Anna Lopes", "external_id": "B-1001"})

    assert run.said == ["line 2: Anna Lopes is stored otherwise: name Anna Lopes here, Ana López stored"]


@pytest.mark.parametrize("edit", [{"name": "Anna Lopes"}, {"name": "Anna Lopes", "size": "5"}])
def test_importpatrons_takes_a_name_that_was_edited_for_no_other_party(imported: Import, edit: Said) -> None:
    make_event()
    imported(ANA)

    run = imported({**ANA, **edit})

    assert run.said[0].startswith("line 2: seems to be Ana López, stored otherwise: name Anna Lopes here")
    assert booked() == (4, 50_000)
    assert imported({**ANA, **edit, "external_id": "B-1002"}).status == 0


def test_importpatrons_leaves_what_staff_changed(imported: Import) -> None:
    event = make_event()
    imported(ANA)
    bookings.change_party(event=event, party=parties_of()[0], changes={"name": "Ana Ruiz", "size": 3}, by=ALICE)

    run = imported(ANA)

    assert (run.status, run.last_line) == (0, "patrons: 1 read, 0 carried, 1 unchanged, 0 reported")
    assert booked() == (3, 50_000)


def test_importpatrons_finds_a_line_unchanged_that_says_what_staff_made_of_it(imported: Import) -> None:
    event = make_event()
    imported(ANA)
    bookings.change_party(event=event, party=parties_of()[0], changes={"size": 3}, by=ALICE)

    assert imported({**ANA, "size": "3"}).last_line == "patrons: 1 read, 0 carried, 1 unchanged, 0 reported"
    assert imported({**ANA, "size": "6"}).said == ["line 2: Ana López is stored otherwise: size 6 here, 3 stored"]


def test_importpatrons_brings_nobody_back_who_was_erased(imported: Import) -> None:
    event = make_event()
    imported(ANA)
    bookings.erase_party(event=event, party=parties_of()[0], by=ALICE)

    run = imported(ANA)

    assert (run.status, [party.name for party in parties_of()]) == (0, ["Erased"])


def test_importpatrons_books_nobody_again_who_was_booked_by_hand(imported: Import) -> None:
    event = make_event()
    make_party(event=event, name="Ana Lopez")

    same = imported({**ANA, "name": "ana lopez "})
    other = imported({**ANA, "size": "6"})

    assert same.said == ["line 2: ana lopez is stored otherwise: name ana lopez here, Ana Lopez stored"]
    assert other.said[0].startswith("line 2: Ana López is stored otherwise")
    assert booked() == (4, 50_000)


@pytest.mark.parametrize("number", [{}, {"external_id": "7"}])
def test_importpatrons_brings_back_nobody_who_was_taken_off(imported: Import, number: Said) -> None:
    event = make_event()
    imported({**ANA, **number})
    bookings.remove_party(event=event, party=parties_of()[0], by=ALICE)

    run = imported({**ANA, **number})

    assert run.last_line.partition(";")[0].endswith("1 read, 0 carried, 1 unchanged, 0 reported")
    assert parties_of() == []


@pytest.mark.parametrize("number", [{}, {"external_id": "7"}])
@pytest.mark.parametrize("renamed", [{}, {"name": "Anna López"}])
@pytest.mark.parametrize("leave", [bookings.remove_party, bookings.erase_party])
def test_importpatrons_brings_nobody_back_whose_line_was_edited(
    imported: Import, leave: Callable[..., None], renamed: dict[str, str], number: Said
) -> None:
    event = make_event()
    imported({**ANA, **number})
    if renamed:
        bookings.change_party(event=event, party=parties_of()[0], changes=renamed, by=ALICE)
    leave(event=event, party=parties_of()[0], by=ALICE)

    runs = [imported({**ANA, **number, **edit}) for edit in ({"size": "5"}, {"size": "5", **renamed}, {"email": ""})]

    assert [run.status for run in runs] == [3, 3, 3]
    words = "was erased" if leave is bookings.erase_party else "was taken off"
    assert {run.said[0].partition(";")[0] for run in runs} == {f"line 2: someone of this line {words}"}
    assert [party.name for party in parties_of() if party.name != "Erased"] == []


def test_importpatrons_brings_nobody_back_who_was_booked_by_hand_and_erased(imported: Import) -> None:
    event = make_event()
    bookings.erase_party(event=event, party=make_party(event=event, name="Ana Lopez"), by=ALICE)

    assert imported(ANA).said == ["line 2: someone of this line was erased; if they do come, put them on by hand"]
    assert imported(TOM).status == 0


def test_importpatrons_takes_another_number_for_someone_else_of_the_name(imported: Import) -> None:
    event = make_event()
    imported({**ANA, "external_id": "7"})
    bookings.remove_party(event=event, party=parties_of()[0], by=ALICE)

    assert imported({**ANA, "external_id": "8"}).status == 0
    assert [party.name for party in parties_of()] == ["Ana López"]


@pytest.mark.parametrize("leave", [bookings.remove_party, bookings.erase_party])
def test_what_stays_of_who_is_gone_tells_nobody_who_it_was(imported: Import, leave: Callable[..., None]) -> None:
    event = make_event()
    imported({**TOM, "external_id": "B-7"})
    leave(event=event, party=parties_of()[0], by=ALICE)

    inside = [item for item in items() if item["pk"]["S"] == "EVENT#2026-05-23" and "expires_at" not in item]
    left = str([item for item in inside if item["sk"]["S"] != "META"])

    # A table of names, telephones and numbers is soon made.
    tried = [digest_of(*guess)[:32] for guess in GUESSES]
    assert [guess for guess in (*tried, "tom", "0131", "b-7") if guess in left.casefold()] == []


def test_importpatrons_knows_nothing_of_a_departure_that_was_there_before(imported: Import) -> None:
    event = make_event()
    imported(ANA)
    bookings.remove_party(event=event, party=parties_of()[0], by=ALICE)
    bookings.delete_event(event=event_of(), by=ALICE)
    make_event()

    assert imported(ANA).last_line == "patrons: 1 read, 1 carried, 0 unchanged, 0 reported"


# While others book


def test_importpatrons_and_who_books_meanwhile_both_have_it(imported: Import) -> None:
    event = make_event()

    with meanwhile("TransactWriteItems", lambda: bookings.add_party(event=event, name="Noor", by=ALICE), after=1):
        run = imported(ANA, TOM)

    assert run.last_line == "patrons: 2 read, 2 carried, 0 unchanged, 0 reported"
    assert sorted(party.name for party in parties_of()) == ["Ana López", "Noor", "Tom Becker"]
    assert booked() == (7, 50_000)
