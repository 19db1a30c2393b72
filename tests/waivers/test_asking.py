from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from events import bookings
from events.rows import CrewAssignment, CrewRole, Event, Patron, Status
from scc.mail.rows import DUE, Letter
from scc.staff import audit
from tests.builders import make_crew, make_event, make_party, make_person
from tests.conftest import RequestsMade
from tests.dynamo.faults import answers_lost, connection_refused, meanwhile
from tests.waivers.manifests import DANA, make_line, read
from waivers import asking, personal_links
from waivers.asking import Asked, CannotAsk
from waivers.rows import Role

# In Los Angeles, the day before `make_event`'s departure.
NOW = datetime(2026, 5, 22, 16, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture(autouse=True)
def eve(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, NOW)


def at(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(timezone, "now", lambda: now)


def ask(event: Event, key: str = "") -> Asked:
    return asking.ask_all(read(event), by=DANA, key=key)


def letters() -> list[Letter]:
    return sorted(Letter.listing(known={"queue": DUE}, index="gsi2"), key=lambda letter: letter.to)


def asked_at(row: Patron | CrewAssignment) -> datetime | None:
    stored = type(row).fetch(event_id=row.event_id, ulid=row.ulid)
    assert stored is not None
    return stored.asked_at


def test_ask_all_writes_to_each_party_and_each_of_the_crew_who_is_missing() -> None:
    event = make_event()
    party = make_party(event=event, name="Ana López", size=4)
    make_line(event, of=party, name="Maria")
    make_line(event, of=make_party(event=event, name="Zoë", size=1, email="zoe@example.com"), name="Zoë")
    make_party(event=event, name="Kim", email="")
    bob = make_crew(event=event, person=make_person())

    said = ask(event)

    assert said == Asked(written=2, unreachable=1)
    assert str(said) == "2 letters written, 1 without an e-mail address."
    ana, crew = letters()
    assert (ana.to, ana.subject) == (
        "ana@example.com",
        "Please sign before you come: Sunset sail, Sat 23 May 2026, 18:15",
    )
    assert "of your party of 4 for Sunset sail, 3 have still to sign" in ana.text
    assert personal_links.address_of(party) in ana.text
    assert personal_links.address_of(party) in ana.html
    assert "you are on the crew of Sunset sail" in crew.text
    assert personal_links.address_of(bob) in crew.text
    assert asked_at(party) == asked_at(bob) == NOW


def test_ask_all_again_on_the_same_day_writes_nothing() -> None:
    event = make_event()
    make_party(event=event)
    make_crew(event=event, person=make_person())
    ask(event)

    assert ask(event) == Asked(today=2)
    assert len(letters()) == 2


def test_ask_all_writes_again_on_the_next_day(monkeypatch: pytest.MonkeyPatch) -> None:
    event = make_event()
    make_party(event=event)
    ask(event)
    at(monkeypatch, NOW + timedelta(hours=16))

    assert ask(event) == Asked(written=1)


def test_two_who_ask_at_once_write_one_letter() -> None:
    event = make_event()
    make_party(event=event)

    with meanwhile("TransactWriteItems", lambda: ask(event)) as done:
        said = ask(event)

    assert done
    assert said == Asked(today=1)
    assert len(letters()) == 1


def test_a_lost_answer_is_one_letter() -> None:
    event = make_event()
    make_party(event=event)

    with answers_lost("TransactWriteItems", times=1):
        said = ask(event)

    assert said == Asked(written=1)
    assert len(letters()) == 1


def test_what_was_cut_short_is_asked_by_the_next_try() -> None:
    event = make_event()
    for name in ("Ana", "Bea"):
        make_party(event=event, name=name, email=f"{name}@example.com")
    with connection_refused("TransactWriteItems", times=1):
        ask(event)

    said = ask(event)

    assert said.written + said.today == 2
    assert len(letters()) == 2


def test_ask_one_party_alone() -> None:
    event = make_event()
    party = make_party(event=event)
    make_party(event=event, name="Zoë", email="zoe@example.com")

    assert ask(event, f"p{party.ulid}") == Asked(written=1)
    assert [letter.to for letter in letters()] == ["ana@example.com"]


def test_nobody_is_asked_who_has_signed() -> None:
    event = make_event()
    bob = make_crew(event=event, person=make_person())
    make_line(event, of=bob, name="Bob Reyes", role=Role.CREW)
    party = make_party(event=event, size=1)
    make_line(event, of=party)

    assert ask(event) == Asked()
    with pytest.raises(CannotAsk, match="Nobody is missing"):
        ask(event, f"p{party.ulid}")


def test_someone_with_two_places_in_the_crew_gets_one_letter() -> None:
    event = make_event()
    bob = make_person()
    make_crew(event=event, person=bob)
    make_crew(event=event, person=bob, role=CrewRole.MATE)

    assert ask(event) == Asked(written=1)


@pytest.mark.parametrize("status", [status for status in Status if status != Status.SCHEDULED])
def test_nobody_is_asked_to_sign_for_what_is_not_open(status: Status) -> None:
    event = make_event(status=status.value)
    make_party(event=event)

    with pytest.raises(CannotAsk):
        ask(event)


def test_nobody_is_asked_once_it_has_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    event = make_event()
    make_party(event=event)
    at(monkeypatch, event.starts_at)

    with pytest.raises(CannotAsk, match="has begun"):
        ask(event)


def test_a_departure_that_is_cancelled_meanwhile_asks_nobody() -> None:
    event = make_event()
    make_party(event=event)
    found = read(event)
    bookings.cancel(event=found.event, by=DANA)

    assert asking.ask_all(found, by=DANA) == Asked(failed=1)
    assert letters() == []


def test_the_trail_says_that_someone_was_asked_and_not_who() -> None:
    event = make_event()
    party = make_party(event=event, name="Zoë Quill", size=2)
    ask(event)

    (entry,) = audit.history_of(party)

    assert entry.summary == "Asked to sign for Sunset sail, Sat 23 May 2026, 18:15: 2 missing"
    assert "Quill" not in entry.subject_name


def test_ask_all_costs_a_transaction_a_letter(requests_made: RequestsMade) -> None:
    event = make_event()
    make_party(event=event)
    make_crew(event=event, person=make_person())
    found = read(event)

    with requests_made() as made:
        asking.ask_all(found, by=DANA)

    assert made == {"BatchGetItem": 1, "TransactWriteItems": 2}
