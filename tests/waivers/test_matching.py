from __future__ import annotations

import pytest
from ulid import ULID

from events import bookings
from events.errors import EventFull, PartyHasPayments
from events.rows import Event, Patron
from payments import ledger
from scc.staff import audit
from tests.builders import make_crew, make_event, make_party, make_person
from tests.dynamo.faults import meanwhile
from tests.waivers.builders import sign
from tests.waivers.manifests import BOB, DANA, fresh, line_of, make_line, read
from waivers import boarding, matching, papers, verifying
from waivers.matching import CannotMatch
from waivers.rows import Method, Role, State

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture
def event(table: None) -> Event:
    return make_event(capacity=4)


def trail() -> str:
    return "\n".join(f"{entry.subject_name} {entry.summary} {entry.differences}" for entry in audit.latest_by("dana"))


def test_link_ties_a_line_to_a_party(event: Event) -> None:
    party = make_party(event=event, name="Pedro", size=2)
    line = make_line(event, name="Maria Quill")

    matching.link(read(event), line.ulid, f"p{party.ulid}", by=DANA)

    assert line_of(line).patron_id == party.ulid
    assert line_of(line).matched == "staff"
    assert read(event).parties[0].signed == 1
    assert f"Linked: waiver {line.reference}" in trail()
    assert "Quill" not in trail()


def test_link_again_writes_nothing(event: Event) -> None:
    party = make_party(event=event)
    line = make_line(event, of=party)

    matching.link(read(event), line.ulid, f"p{party.ulid}", by=DANA)

    assert line_of(line).version == line.version


def test_link_to_a_party_that_left_meanwhile_is_refused(event: Event) -> None:
    party = make_party(event=event, size=1)
    line = make_line(event, name="Maria")
    found = read(event)

    def remove() -> None:
        bookings.remove_party(event=fresh(event), party=party, by=BOB)

    with meanwhile("TransactWriteItems", remove), pytest.raises(CannotMatch, match="Someone else changed this"):
        matching.link(found, line.ulid, f"p{party.ulid}", by=DANA)

    assert line_of(line).patron_id == ""


def test_link_of_a_guest_to_the_crew_makes_them_crew(event: Event) -> None:
    bob = make_crew(event=event, person=make_person())
    line = make_line(event, name="Bob Reyes")

    matching.link(read(event), line.ulid, f"c{bob.ulid}", by=DANA)

    assert line_of(line).role == Role.CREW
    assert fresh(event).signed == 0
    assert read(event).crew[0].has_signed


def test_unlink_takes_the_place_away(event: Event) -> None:
    line = make_line(event, name="Maria", of=make_party(event=event, name="Pedro"))

    matching.unlink(read(event), line.ulid, by=DANA)

    assert line_of(line).patron_id == ""
    assert len(read(event).loose) == 1


def test_unlink_of_who_is_aboard_is_refused(event: Event) -> None:
    line = make_line(event, of=make_party(event=event))
    boarding.board(event.slug, line.ulid, by=BOB)

    with pytest.raises(CannotMatch, match="They are aboard"):
        matching.unlink(read(event), line.ulid, by=DANA)


def test_accept_books_a_party_of_one(event: Event) -> None:
    line = make_line(event, name="Maria Quill")

    matching.accept(read(event), line.ulid, by=DANA)

    (party,) = read(event).parties
    assert (party.patron.name, party.patron.size, party.signed) == ("Maria Quill", 1, 1)
    assert line_of(line).walk_on
    assert fresh(event).booked == 1
    assert "Quill" not in trail()
    assert f"Booked a walk-on: waiver {line.reference}" in trail()


def test_accept_is_refused_when_all_is_booked(event: Event) -> None:
    make_party(event=event, name="Pedro", size=4)
    line = make_line(event, name="Maria")

    with pytest.raises(EventFull):
        matching.accept(read(event), line.ulid, by=DANA)

    assert not line_of(line).walk_on


def test_accept_for_the_last_place_meets_another(event: Event) -> None:
    make_party(event=event, name="Pedro", size=3)
    one, other = make_line(event, name="Maria"), make_line(event, name="Zoë")
    found = read(event)

    first = meanwhile("TransactWriteItems", lambda: matching.accept(read(event), one.ulid, by=BOB))
    with first, pytest.raises(EventFull):
        matching.accept(found, other.ulid, by=DANA)

    assert fresh(event).booked == 4
    assert len(read(event).parties) == 2


def test_unlink_of_a_walk_on_takes_its_party_off(event: Event) -> None:
    line = make_line(event, name="Maria")
    matching.accept(read(event), line.ulid, by=DANA)

    matching.unlink(read(event), line.ulid, by=DANA)

    assert fresh(event).booked == 0
    assert read(event).parties == []
    assert not line_of(line).walk_on


def test_unlink_of_a_walk_on_who_paid_is_refused(event: Event) -> None:
    line = make_line(event, name="Maria")
    matching.accept(read(event), line.ulid, by=DANA)
    (party,) = read(event).parties
    ledger.record(
        event=event.slug, patron_name="Maria", patron_id=party.patron.ulid, amount_cents=100, method="cash", by=DANA
    )

    with pytest.raises(PartyHasPayments):
        matching.unlink(read(event), line.ulid, by=DANA)


def test_a_walk_on_whose_party_was_removed_is_accepted_anew(event: Event) -> None:
    line = make_line(event, name="Maria")
    matching.accept(read(event), line.ulid, by=DANA)
    (party,) = read(event).parties
    bookings.remove_party(event=fresh(event), party=party.patron, by=BOB)

    matching.accept(read(event), line.ulid, by=DANA)

    assert fresh(event).booked == 1
    assert read(event).loose == []


def test_link_of_who_was_a_walk_on_leaves_the_party_to_itself(event: Event) -> None:
    line = make_line(event, name="Maria")
    matching.accept(read(event), line.ulid, by=DANA)
    (walk_on,) = read(event).parties
    bookings.remove_party(event=fresh(event), party=walk_on.patron, by=BOB)
    smiths = make_party(event=fresh(event), name="Smith", size=2)

    matching.link(read(event), line.ulid, f"p{smiths.ulid}", by=DANA)
    assert not line_of(line).walk_on
    matching.unlink(read(event), line.ulid, by=DANA)

    assert [party.patron.name for party in read(event).parties] == ["Smith"]
    assert fresh(event).booked == 2


def test_link_of_a_walk_on_takes_its_own_party_off(event: Event) -> None:
    line = make_line(event, name="Maria")
    matching.accept(read(event), line.ulid, by=DANA)
    smiths = make_party(event=fresh(event), name="Smith", size=2)

    matching.link(read(event), line.ulid, f"p{smiths.ulid}", by=DANA)

    assert [party.patron.name for party in read(event).parties] == ["Smith"]
    assert fresh(event).booked == 2
    assert not line_of(line).walk_on


def test_who_was_marked_a_double_may_sign_anew(event: Event) -> None:
    first, second = make_line(event, name="Ana López"), make_line(event, name="Ana M López")
    matching.mark_double(read(event), second.ulid, first.ulid, by=DANA)

    anew = sign(event=fresh(event), name="Ana M López")

    assert anew.line.counts
    assert verifying.verify(event.slug).faults == []


def test_mark_double_leaves_one_that_counts(event: Event) -> None:
    first = make_line(event, of=make_party(event=event), name="Ana López")
    second = make_line(event, name="Ana M López")

    matching.mark_double(read(event), second.ulid, first.ulid, by=DANA)

    assert line_of(second).state == State.REPLACED
    assert fresh(event).signed == 1
    assert read(event).loose == []


def test_mark_double_of_itself_is_refused(event: Event) -> None:
    line = make_line(event)

    with pytest.raises(CannotMatch):
        matching.mark_double(read(event), line.ulid, line.ulid, by=DANA)


@pytest.mark.parametrize("key", ["", "p", "p01KR0A1B2C3D4E5F6G7H8J9KMN", "x1"])
def test_link_to_no_place_is_refused(event: Event, key: str) -> None:
    line = make_line(event)

    with pytest.raises(CannotMatch):
        matching.link(read(event), line.ulid, key, by=DANA)


# On paper


def paper(event: Event, party: Patron, *, key: str = "", name: str = "Maria Quill") -> object:
    return papers.record(event, party, papers.Sheet(name), key=key or str(ULID()), by=DANA)


def test_a_signature_on_paper_counts_and_boards(event: Event) -> None:
    party = make_party(event=event, size=2)

    line = papers.record(event, party, papers.Sheet("Maria Quill", age=41), key=str(ULID()), by=DANA)
    boarding.board(event.slug, line.ulid, by=BOB)

    (head,) = read(event).heads
    assert (head.on_paper, head.is_aboard, head.line.method) == (True, True, Method.PAPER)
    assert fresh(event).signed == 1
    assert fresh(event).waiver_count == 0
    assert "Quill" not in trail()


def test_the_same_form_twice_is_one_signature_on_paper(event: Event) -> None:
    party, key = make_party(event=event, size=2), str(ULID())
    paper(event, party, key=key)

    paper(event, party, key=key)

    assert fresh(event).signed == 1


@pytest.mark.parametrize("sheet", [papers.Sheet("Zoë Quill"), papers.Sheet("Maria Quill", 9, "Zoë Quill")])
def test_the_same_form_with_another_sheet_is_refused(event: Event, sheet: papers.Sheet) -> None:
    party, key = make_party(event=event, size=2), str(ULID())
    paper(event, party, key=key)

    with pytest.raises(CannotMatch, match="Open it anew"):
        papers.record(event, party, sheet, key=key, by=DANA)

    assert fresh(event).signed == 1


def test_the_same_form_for_another_party_is_refused(event: Event) -> None:
    key = str(ULID())
    paper(event, make_party(event=event, size=2), key=key)

    with pytest.raises(CannotMatch, match="Open it anew"):
        paper(event, make_party(event=event, size=2), key=key)


def test_a_minor_s_paper_is_kept_until_the_eighteenth_birthday_and_four_years() -> None:
    event = make_event()
    sheet = papers.Sheet("Kim", age=9, guardian="Ana López")

    line = papers.record(event, make_party(event=event), sheet, key=str(ULID()), by=DANA)

    assert line.retain_until.isoformat() == "2039-05-23"
    assert line.is_minor


def test_verifywaivers_finds_all_that_staff_did_whole() -> None:
    event = make_event(capacity=8)
    party = make_party(event=event, name="Pedro", size=3)
    bob = make_crew(event=event, person=make_person())
    lines = {name: sign(event=fresh(event), name=name).line for name in ("Maria", "Zoë", "Ana", "Anna", "Bob Reyes")}
    matching.link(read(event), lines["Maria"].ulid, f"p{party.ulid}", by=DANA)
    matching.accept(read(event), lines["Zoë"].ulid, by=DANA)
    matching.link(read(event), lines["Ana"].ulid, f"p{party.ulid}", by=DANA)
    matching.unlink(read(event), lines["Ana"].ulid, by=DANA)
    matching.mark_double(read(event), lines["Anna"].ulid, lines["Ana"].ulid, by=DANA)
    matching.link(read(event), lines["Bob Reyes"].ulid, f"c{bob.ulid}", by=DANA)
    on_paper = papers.record(fresh(event), party, papers.Sheet("Kim", 9, "Maria"), key=str(ULID()), by=DANA)
    for ulid in (lines["Maria"].ulid, lines["Zoë"].ulid, lines["Bob Reyes"].ulid, on_paper.ulid):
        boarding.board(event.slug, ulid, by=BOB)
    boarding.leave(event.slug, on_paper.ulid, by=BOB)

    assert verifying.verify(event.slug).faults == []
    assert (fresh(event).aboard, fresh(event).signed) == (2, 4)
