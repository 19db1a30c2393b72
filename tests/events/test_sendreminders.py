from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from events import bookings, drafts, reminders, revising, rows
from events.revisions import Revision
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.mail.rows import DUE, Letter
from scc.staff import audit
from scc.staff.actors import SYSTEM, Actor
from tests.builders import make_crew, make_event, make_party, make_person
from tests.conftest import RequestsMade
from tests.dynamo.faults import answers_lost, connection_refused
from waivers.personal_links import address_of

ALICE = Actor("alice", "Alice Archer")
# In Los Angeles, the day before `make_event`'s departure.
NOW = datetime(2026, 5, 22, 16, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("table")


@pytest.fixture(autouse=True)
def eve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def send(*arguments: str) -> str:
    out = StringIO()
    call_command("sendreminders", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def letters() -> list[Letter]:
    """Return the letters that wait to be sent, by address."""
    return sorted(Letter.listing(known={"queue": DUE}, index="gsi2"), key=lambda letter: letter.to)


def addresses() -> list[str]:
    return [letter.to for letter in letters()]


def stored(event: rows.Event) -> rows.Event:
    found = rows.Event.fetch(slug=event.slug)
    assert found is not None
    return found


# Who gets one


def test_sendreminders_writes_to_each_party_and_each_of_the_crew() -> None:
    event = make_event()
    make_party(event=event)
    make_party(event=event, name="Zoë", email="")
    make_crew(event=event, person=make_person())

    said = send()

    assert said == "Reminders: 2 written, 0 written before, 1 without an address, 0 reported.\n"
    assert addresses() == ["ana@example.com", "bob@example.com"]


def test_sendreminders_again_writes_nothing() -> None:
    event = make_event()
    make_party(event=event)
    make_crew(event=event, person=make_person())
    send()

    said = send()

    assert said == "Reminders: 0 written, 2 written before, 0 without an address, 0 reported.\n"
    assert len(letters()) == 2


def test_sendreminders_writes_later_to_who_came_later() -> None:
    event = make_event()
    make_party(event=event)
    send()
    make_party(event=event, name="Zoë", email="zoe@example.com")

    send()

    assert addresses() == ["ana@example.com", "zoe@example.com"]


@pytest.mark.parametrize("status", [status for status in rows.Status if status != rows.Status.SCHEDULED])
def test_sendreminders_writes_of_open_departures_alone(status: rows.Status) -> None:
    make_party(event=make_event(status=status.value))

    assert send().startswith("Reminders: 0 written")
    assert letters() == []


def test_sendreminders_leaves_out_what_was_removed() -> None:
    event = make_event()
    bookings.remove_party(event=event, party=make_party(event=event), by=ALICE)
    bob = make_person()
    bookings.unassign(event=stored(event), assignment=make_crew(event=event, person=bob), by=ALICE)
    gone = make_event(slug="2026-05-23-late")
    make_crew(event=gone, person=bob)
    bookings.delete_event(event=gone, by=ALICE)

    said = send()

    assert said == "Reminders: 0 written, 0 written before, 0 without an address, 0 reported.\n"


@pytest.mark.parametrize(
    ("zone", "day", "starts", "reminded"),
    [
        ("America/Los_Angeles", date(2026, 5, 22), time(23, 59), False),
        ("America/Los_Angeles", date(2026, 5, 23), time(0, 1), True),
        ("America/Los_Angeles", date(2026, 5, 23), time(23, 59), True),
        ("America/Los_Angeles", date(2026, 5, 24), time(0, 1), False),
        # There it is the 23rd already, and the 24th tomorrow.
        ("Pacific/Kiritimati", date(2026, 5, 23), time(23, 59), False),
        ("Pacific/Kiritimati", date(2026, 5, 24), time(0, 1), True),
    ],
)
def test_tomorrow_is_of_the_departures_own_clock(zone: str, day: date, starts: time, reminded: bool) -> None:
    make_party(event=make_event(date=day, starts=starts, time_zone=ZoneInfo(zone)))

    send()

    assert len(letters()) == reminded


def test_sendreminders_for_a_day_takes_that_one() -> None:
    make_party(event=make_event(date=date(2026, 5, 25)))
    make_party(event=make_event())

    said = send("--date", "2026-05-25")

    assert "1 written" in said
    assert "Mon 25 May 2026" in letters()[0].subject


def test_sendreminders_for_a_day_leaves_out_what_has_begun() -> None:
    make_party(event=make_event(slug="2026-05-22-early", date=date(2026, 5, 22), starts=time(8, 0)))
    make_party(event=make_event(date=date(2026, 5, 22), starts=time(18, 0)))

    assert "1 written" in send("--date", "2026-05-22")


def test_sendreminders_refuses_what_is_no_day() -> None:
    with pytest.raises(CommandError, match="write it as 2026-05-23"):
        send("--date", "tomorrow")


# What it says


def test_a_party_reads_when_where_what_it_owes_and_the_waivers_link(settings: Any) -> None:
    settings.SCC_SITE_URL = "https://crew.example.com"
    event = make_event()
    party = make_party(event=event, size=4, price_cents=50_000, received_cents=12_500)

    send()

    [letter] = letters()
    assert letter.subject == "Reminder: Sunset sail, Sat 23 May 2026, 18:15"
    for text in (letter.text, letter.html):
        assert "Saturday, 23 May 2026, 18:15 (America/Los_Angeles)" in text
        assert "Where: Shelter Island" in text
        assert "Vessel: Queen of San Diego" in text
        assert "Your party: 4" in text
        assert "Still to be paid: $375.00" in text
        assert "https://crew.example.com/g/2026-05-23/waiver#p" in text
        assert address_of(party) in text
    assert (letter.purpose, letter.language) == ("reminder", "en")


@pytest.mark.parametrize("received_cents", [50_000, 60_000])
def test_a_party_that_paid_reads_of_no_balance(received_cents: int) -> None:
    make_party(event=make_event(), price_cents=50_000, received_cents=received_cents)

    send()

    assert "paid" not in letters()[0].text


def test_the_text_is_tidy() -> None:
    party = make_party(event=make_event(departure_port=""), size=1, price_cents=0)

    send()

    assert letters()[0].text == (
        "Ana López,\n\n"
        "we look forward to having you aboard for Sunset sail.\n\n"
        "When: Saturday, 23 May 2026, 18:15 (America/Los_Angeles)\n"
        "Vessel: Queen of San Diego\n\n"
        "The waiver, which each of you signs on their own, best before you come:\n"
        f"{address_of(party)}\n\n"
        "Ship Captain Crew\n"
    )


def test_a_name_is_no_markup() -> None:
    make_party(event=make_event(), name="<b>Ana</b> & Co")

    send()

    [letter] = letters()
    assert "&lt;b&gt;Ana&lt;/b&gt; &amp; Co" in letter.html
    assert letter.text.startswith("<b>Ana</b> & Co,")


def test_who_has_two_roles_on_a_boat_gets_one_letter() -> None:
    event = make_event()
    bob = make_person()
    make_crew(event=event, person=bob, role=rows.CrewRole.CAPTAIN)
    make_crew(event=event, person=bob, role=rows.CrewRole.GUIDE)

    send()
    send()

    [letter] = letters()
    assert "as captain and guide" in letter.text
    assert "Still to be paid" not in letter.text


def test_another_person_in_a_role_gets_a_letter_too() -> None:
    event = make_event()
    assignment = make_crew(event=event, person=make_person())
    send()
    [assignment] = [row for row in Row.collection(event.pk) if isinstance(row, rows.CrewAssignment)]
    carla = make_person(name="Carla", email="carla@example.com")
    changed = drafts.changed_assignment(assignment, person=carla, role="mate")
    revising.revise(event=stored(event), revision=Revision(change_crew=[(assignment, changed)]), by=ALICE)

    send()

    assert addresses() == ["bob@example.com", "carla@example.com"]


# How it is written


def test_a_reminder_is_one_transaction_with_its_mark_and_audit_entry(requests_made: RequestsMade) -> None:
    event = make_event()
    party = make_party(event=event)
    [reminder] = reminders.of(event)

    with requests_made() as made:
        letter = reminders.write(reminder, link_of=address_of, by=SYSTEM)

    assert made == {"TransactWriteItems": 1}
    marked = rows.Patron.fetch(event_id=event.slug, ulid=party.ulid)
    assert marked is not None
    # An open form of the party stays good.
    assert (marked.reminded_at, marked.version) == (NOW, party.version)
    assert letter.about == audit.subject_of(party)
    [entry] = audit.history_of(party)
    assert (entry.action, entry.recorded_by) == ("reminded", "system")
    # The departure's own history, by which an open form says who changed it last, is not touched.
    assert audit.history_of(event) == []


def test_reading_is_five_requests_whatever_there_is(requests_made: RequestsMade) -> None:
    event = make_event()
    for number in range(3):
        make_party(event=event, email=f"ana{number}@example.com")
        make_crew(event=event, person=make_person(email=f"bob{number}@example.com"))

    with requests_made() as made:
        send("--dry-run")

    assert made == {"Query": 4, "BatchGetItem": 1}


def test_dry_run_names_and_writes_nothing() -> None:
    event = make_event()
    make_party(event=event)
    before = sorted((row.pk, row.sk) for row in Row.scan())

    said = send("--dry-run")

    assert said == (
        "Ana López <ana@example.com>: Sunset sail, Sat 23 May 2026, 18:15\n"
        "Reminders: 1 written, 0 written before, 0 without an address, 0 reported (dry run: nothing was written).\n"
    )
    assert sorted((row.pk, row.sk) for row in Row.scan()) == before
    assert not reminders.of(event)[0].is_written


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_wrong_address_is_reported_and_the_rest_goes_on(dry_run: bool) -> None:
    event = make_event()
    make_party(event=event, name="Zoë", email="zoe@")
    make_party(event=event)
    out, err = StringIO(), StringIO()

    with pytest.raises(SystemExit) as exit_:
        call_command("sendreminders", dry_run=dry_run, stdout=out, stderr=err)

    assert exit_.value.code == 3
    assert "Zoë <zoe@>: Sunset sail, Sat 23 May 2026, 18:15: 'zoe@' is not an e-mail address" in err.getvalue()
    assert "1 written, 0 written before, 0 without an address, 1 reported" in out.getvalue()
    assert addresses() == ([] if dry_run else ["ana@example.com"])


def test_a_wrong_address_that_was_put_right_gets_its_letter() -> None:
    event = make_event()
    party = make_party(event=event, email="ana@")
    with pytest.raises(SystemExit):
        send()
    bookings.change_party(event=event, party=party, changes={"email": "ana@example.com"}, by=ALICE)

    send()

    assert addresses() == ["ana@example.com"]


# Faults


def test_a_lost_answer_writes_one_letter() -> None:
    make_party(event=make_event())

    with answers_lost("TransactWriteItems", times=4) as lost:
        said = send()

    assert len(lost) == 4
    assert "1 written" in said
    assert len(letters()) == 1


def test_a_run_that_failed_in_the_middle_is_finished_by_the_next() -> None:
    event = make_event()
    for number in range(3):
        make_party(event=event, email=f"ana{number}@example.com")
    everyone = reminders.of(event)
    reminders.write(everyone[0], link_of=address_of, by=SYSTEM)

    with answers_lost("TransactWriteItems", times=1000), pytest.raises(CommandError, match="Run this again"):
        send()
    said = send()

    # The one whose answer was lost is written, and is not written again.
    assert said == "Reminders: 1 written, 2 written before, 0 without an address, 0 reported.\n"
    assert addresses() == ["ana0@example.com", "ana1@example.com", "ana2@example.com"]


def test_a_table_that_does_not_answer_is_named() -> None:
    with connection_refused("Query", times=1000), pytest.raises(CommandError, match="did not answer"):
        send()


def test_ctrl_c_says_that_it_may_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    make_party(event=make_event())

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Unit, "commit", stop)

    with pytest.raises(CommandError, match=r"Stopped\. Run this again"):
        send()

    assert letters() == []


def test_two_runs_at_once_write_one_letter() -> None:
    event = make_event()
    make_party(event=event)
    [mine], [theirs] = reminders.of(event), reminders.of(event)
    reminders.write(theirs, link_of=address_of, by=SYSTEM)

    with pytest.raises(reminders.AlreadyReminded):
        reminders.write(mine, link_of=address_of, by=SYSTEM)

    assert len(letters()) == 1


def test_two_runs_at_once_would_write_two_without_the_condition(monkeypatch: pytest.MonkeyPatch) -> None:
    event = make_event()
    make_party(event=event)
    [mine], [theirs] = reminders.of(event), reminders.of(event)
    guarded = Unit.update
    monkeypatch.setattr(Unit, "update", lambda unit, row, **said: guarded(unit, row, **{**said, "expect": None}))
    reminders.write(theirs, link_of=address_of, by=SYSTEM)

    reminders.write(mine, link_of=address_of, by=SYSTEM)

    assert len(letters()) == 2


def cancel(event: rows.Event, party: rows.Patron) -> None:
    bookings.cancel(event=event, by=ALICE)


def move(event: rows.Event, party: rows.Patron) -> None:
    bookings.change_event(event=event, changes={"starts_at": event.starts_at.replace(minute=30)}, by=ALICE)


def take_off(event: rows.Event, party: rows.Patron) -> None:
    bookings.remove_party(event=event, party=party, by=ALICE)


def readdress(event: rows.Event, party: rows.Patron) -> None:
    bookings.change_party(event=event, party=party, changes={"email": "zoe@example.com"}, by=ALICE)


@pytest.mark.parametrize("change", [cancel, move, take_off, readdress])
def test_what_changes_after_it_was_read_is_reported(
    change: Callable[[rows.Event, rows.Patron], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    event = make_event()
    party = make_party(event=event)
    read = reminders.of(event)
    monkeypatch.setattr(reminders, "departures", lambda _: [event])
    monkeypatch.setattr(reminders, "of", lambda _: read)
    change(event, party)
    err = StringIO()

    with pytest.raises(SystemExit) as exit_:
        call_command("sendreminders", stdout=StringIO(), stderr=err)

    assert exit_.value.code == 3
    assert "changed just now. Run this again" in err.getvalue()
    assert letters() == []
