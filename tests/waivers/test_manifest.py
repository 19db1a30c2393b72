from __future__ import annotations

from datetime import date

import pytest

from events.rows import CrewRole
from tests.builders import make_crew, make_event, make_party, make_person
from tests.conftest import RequestsMade
from tests.waivers.builders import make_signature
from tests.waivers.manifests import make_line, read
from waivers import acts, manifest, signing
from waivers.rows import Role, State

pytestmark = pytest.mark.usefixtures("table")


def test_read_is_one_query(requests_made: RequestsMade) -> None:
    event = make_event()
    make_line(event, of=make_party(event=event))
    # Which texts count is asked once a minute.
    read(event)

    with requests_made() as made:
        found = read(event)

    assert made == {"Query": 1}
    assert found.signed == 1


@pytest.mark.parametrize("slug", ["2026-05-24", "nonsense", "META"])
def test_read_of_no_departure_is_none(slug: str) -> None:
    assert manifest.read(slug) is None


def test_missing_is_the_size_without_those_who_signed() -> None:
    event = make_event()
    party = make_party(event=event, size=4)
    make_line(event, of=party, name="Maria López")
    make_line(event, of=party, name="Pedro López")

    found = read(event)

    assert (found.signed, found.missing, found.expected) == (2, 2, 4)
    assert [head.name for head in found.parties[0].heads] == ["Maria López", "Pedro López"]


def test_a_line_of_the_party_s_name_is_shown_there_by_name() -> None:
    event = make_event()
    make_party(event=event, name="Ana López", size=2)
    make_line(event, name="ANA LOPEZ")

    (party,) = read(event).parties

    assert [head.by_name for head in party.heads] == [True]
    assert party.missing == 1


def test_a_line_of_a_name_that_two_parties_have_waits() -> None:
    event = make_event()
    for _ in range(2):
        make_party(event=event, name="Ana López", size=1)
    make_line(event, name="Ana López")

    found = read(event)

    assert found.signed == 0
    (loose,) = found.loose
    assert [suggestion.why for suggestion in loose.suggestions] == ["a similar name"] * 2


def test_a_second_line_of_the_same_name_waits_and_may_be_the_same_person_s() -> None:
    event = make_event()
    party = make_party(event=event, name="Ana López", size=2)
    make_line(event, of=party, name="Ana López")
    make_line(event, name="Ana Lopez", born_on=date(1980, 4, 1))

    (loose,) = read(event).loose

    assert [twin.name for twin in loose.twins] == ["Ana López"]


def test_people_of_another_age_are_no_twins() -> None:
    event = make_event()
    make_line(event, name="Ana López")
    make_line(event, name="Ana López", born_on=date(2001, 4, 1))

    assert [loose.twins for loose in read(event).loose] == [[], []]


def test_suggestions_are_a_similar_name_before_a_shared_one() -> None:
    event = make_event()
    make_party(event=event, name="Pedro López", size=2)
    make_party(event=event, name="Anna Maria Lopez", size=2)
    make_party(event=event, name="Tom Reed", size=2)
    make_line(event, name="López Ana Maria")

    (loose,) = read(event).loose

    assert [suggestion.name for suggestion in loose.suggestions] == [
        "Anna Maria Lopez, party of 2",
        "Pedro López, party of 2",
    ]
    assert [suggestion.why for suggestion in loose.suggestions] == ["a similar name", "shares “lopez”"]


def test_children_are_suggested_to_the_party_of_their_guardian() -> None:
    event = make_event()
    make_party(event=event, name="Ana López", size=2)
    signing.sign(
        event=event,
        signer=acts.Signer("Ana López", date(1980, 3, 31)),
        signature=make_signature(),
        origin=acts.Origin(),
        family=acts.Family([acts.Minor("Kim Park", date(2016, 1, 2))], relationship="mother"),
    )

    found = read(event)

    (loose,) = found.loose
    assert loose.head.is_minor
    assert loose.head.line.guardian == "Ana López"
    assert [suggestion.why for suggestion in loose.suggestions] == ["signed together with Ana López"]


def test_a_full_party_is_suggested_to_nobody() -> None:
    event = make_event()
    make_line(event, of=make_party(event=event, name="Ana López", size=1))
    make_line(event, name="Ana Maria López")

    assert read(event).loose[0].suggestions == []


def test_a_line_whose_party_was_removed_waits() -> None:
    event = make_event()
    make_line(event, patron_id="01KR0A1B2C3D4E5F6G7H8J9KMN")

    assert len(read(event).loose) == 1


def test_crew_sign_by_link_or_by_name() -> None:
    event = make_event()
    bob = make_crew(event=event, person=make_person(name="Bob Reyes"))
    make_crew(event=event, person=make_person(name="Eve Stone"), role=CrewRole.MATE)
    make_crew(event=event, person=make_person(name="Jo Hall"), role=CrewRole.DECKHAND)
    make_line(event, of=bob, name="Robert Reyes", role=Role.CREW)
    make_line(event, name="eve stone", role=Role.CREW)

    found = read(event)

    assert [hand.has_signed for hand in found.crew] == [True, True, False]
    assert [hand.name for hand in found.crew_missing] == ["Jo Hall"]
    assert [head.by_name for hand in found.crew for head in hand.heads] == [False, True]


def test_someone_with_two_places_in_the_crew_signs_once() -> None:
    event = make_event()
    bob = make_person()
    make_crew(event=event, person=bob)
    mate = make_crew(event=event, person=bob, role=CrewRole.MATE)
    make_line(event, of=mate, role=Role.CREW)

    (hand,) = read(event).crew

    assert hand.roles == "captain and mate"
    assert hand.has_signed


def test_a_guest_of_a_crew_member_s_name_is_not_taken_for_one() -> None:
    event = make_event()
    make_crew(event=event, person=make_person(name="Bob Reyes"))
    make_line(event, name="Bob Reyes")

    found = read(event)

    assert not found.crew[0].has_signed
    assert [suggestion.name for suggestion in found.loose[0].suggestions] == ["Bob Reyes, captain"]


def test_lines_that_do_not_count_are_apart() -> None:
    event = make_event()
    party = make_party(event=event)
    make_line(event, of=party, state=State.REPLACED.value)

    found = read(event)

    assert found.signed == 0
    assert len(found.dropped) == 1


def test_a_line_that_ends_before_the_trip_has_to_be_signed_again() -> None:
    event = make_event()
    party = make_party(event=event, size=2)
    make_line(event, of=party, valid_until=date(2026, 5, 22))
    make_line(event, of=party, name="Kim", valid_until=date(2026, 5, 22), guardian="Ana López")

    found = read(event)

    assert [head.against for head in found.parties[0].heads] == [
        "Valid to 22 May 2026 only: must sign again.",
        "Turns 18 by then, and signs alone: must sign again.",
    ]
    assert found.missing == 2


def test_a_text_that_no_longer_counts_has_to_be_signed_again() -> None:
    event = make_event()
    line = make_line(event, of=make_party(event=event, size=1), text_version="waiver-en-0")

    assert manifest.against(line, event) == "The text has changed since: must sign again."


def test_restricted_lines_show_no_name_and_no_flag() -> None:
    event = make_event()
    line = make_line(event, of=make_party(event=event, size=1), restricted=True, has_medical=True)

    (head,) = read(event).heads

    assert head.name == f"Restricted, {line.reference}"
    assert not head.has_medical


@pytest.mark.parametrize(
    ("left", "came_back", "elsewhere"),
    [("Shelter Island", "shelter island ", False), ("San Diego", "Avalon", True), ("San Diego", "", False)],
)
def test_a_trip_between_two_ports_returns_elsewhere(left: str, came_back: str, elsewhere: bool) -> None:
    event = make_event(departure_port=left, return_port=came_back)

    assert event.returns_elsewhere is elsewhere
