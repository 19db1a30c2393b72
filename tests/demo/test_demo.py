from __future__ import annotations

from collections import Counter
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.core.management import CommandError, call_command

from events import calendar
from events.rows import CrewAssignment, Event, Patron, Person
from payments.rows import Kind, Payment
from scc.demo.loading import LOGINS, PASSWORD
from scc.dynamo.rows import Row
from scc.mail.rows import Letter
from scc.staff.models import User
from waivers.rows import Role, Waiver

pytestmark = pytest.mark.usefixtures("table")


def load_demo(**options: Any) -> str:
    out = StringIO()
    call_command("demo", stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def figures_of(event: Event) -> tuple[int, ...]:
    """Return the event's running figures as its partition has them, counted anew."""
    inside = Row.collection(event.pk)
    entries = [row for row in inside if isinstance(row, Payment)]
    void = {entry.corrects for entry in entries if entry.entry_kind == Kind.VOID}
    good = [entry for entry in entries if entry.entry_kind == Kind.PAYMENT and entry.reference not in void]
    parties = [row for row in inside if isinstance(row, Patron)]
    return (
        sum(party.size for party in parties),
        sum(party.price_cents for party in parties),
        sum(isinstance(row, CrewAssignment) for row in inside),
        sum(entry.amount_cents for entry in good),
        sum(entry.tip_cents for entry in good),
        sum(isinstance(row, Waiver) and row.role == Role.GUEST for row in inside),
    )


def test_demo_loads_a_season_whose_figures_agree() -> None:
    said = load_demo()

    today = calendar.today()
    events = calendar.between(date(today.year - 1, 1, 1), date(today.year + 1, 12, 31)).rows
    assert f"{len(events)} departures" in said
    for event in events:
        kept = (
            event.booked,
            event.parties_cents,
            event.crew_count,
            event.received_cents,
            event.tips_cents,
            event.signed,
        )
        assert kept == figures_of(event), event.slug
    assert Counter(event.date for event in events)[today] == 3
    assert mail.outbox == []
    assert Letter.listing(known={"queue": "due"}, index="gsi2").rows == []


def test_demo_makes_the_logins_that_it_prints() -> None:
    said = load_demo()

    assert PASSWORD in said
    for actor, role in LOGINS:
        user = authenticate(username=actor.username, password=PASSWORD)
        assert user is not None
        assert user.role == role


def test_demo_ties_the_crews_login_to_who_sails() -> None:
    load_demo()

    person = Person.fetch(ulid=User.objects.get(pk="bob").person_id)
    assert person is not None
    assert person.name == "Bob Halloran"


def test_demo_refuses_a_table_with_departures() -> None:
    load_demo()

    with pytest.raises(CommandError, match="--again"):
        load_demo()


def test_demo_again_adds_only_what_is_missing() -> None:
    load_demo()
    before = calendar.on_day(calendar.today())

    said = load_demo(again=True)

    after = calendar.on_day(calendar.today())
    assert " payments" not in said
    assert [event.attribute_values for event in after] == [event.attribute_values for event in before]


def test_demo_around_another_day() -> None:
    load_demo(day=date(2026, 5, 23))

    assert len(calendar.on_day(date(2026, 5, 23))) == 3
    assert calendar.get_event("2026-05-23-sunset") is not None
