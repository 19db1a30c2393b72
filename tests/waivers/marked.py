"""Personal data of every kind that is stored, marked so that it is found again wherever it comes out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command

from events import calendar
from events.rows import Event, Patron
from payments import closing, ledger
from payments.rows import Payment, PaymentMethod
from scc import links
from scc.dynamo.migration_rows import MigrationPlace
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.imports import uploads
from scc.imports.lines import Line
from scc.imports.runs import Run
from scc.mail.rows import Letter
from scc.staff.actors import Actor
from scc.staff.models import User
from tests.api.calls import caller, post
from tests.builders import make_crew, make_event, make_party, make_person
from tests.payments.cards.stripe_account import paid, switched_on, tell
from tests.people import client_of, make_user
from tests.waivers.builders import make_signature, make_signer
from waivers import acts, kiosk, lives, personal_links, signing
from waivers.acts import Care, Family, Minor
from waivers.importing.kind import Waivers

MARK = "zqxj"
PHONE = "+1 619 555 0739"
BORN_ON = date(1957, 11, 29)
CHILD_BORN_ON = date(2017, 12, 3)
# The marks as they may come out: the phone's digits with what stands between them, a date of birth by its year.
_FOUND = re.compile(rf"{MARK}|555[^\w]{{0,3}}0739|(?<![0-9a-z])(1957|2017)(?![0-9a-z])", re.IGNORECASE)

FIRST = date(2026, 1, 1)
DATES = [FIRST + timedelta(days=number) for number in range(730)]
# One of each month is a departure with people on it.
SAILED = DATES[::30]
ALL = SAILED[5]


@dataclass(frozen=True)
class Day:
    """A departure with a party on it, who paid and signed."""

    event: Event
    party: Patron
    payment: Payment
    signed: signing.Signed


@dataclass
class Sown:
    """What was stored. `family` and `entries` are on the day `ALL`."""

    days: dict[date, Day]
    family: signing.Signed
    entries: list[Payment]

    @property
    def secrets(self) -> set[str]:
        """Halves of addresses that only who was given them knows."""
        signed = [self.family, *(day.signed for day in self.days.values())]
        entries = [*self.entries, *(day.payment for day in self.days.values())]
        links = [personal_links.link_for(day.party).rpartition(".")[2] for day in self.days.values()]
        secrets = {*links, *(entry.receipt_secret for entry in entries)}
        return secrets | {line.secret for each in signed for line in each.lines}


def found_in(text: str) -> list[str]:
    """Return the marks in `text`."""
    return [match[0] for match in _FOUND.finditer(text)]


def sow() -> Sown:
    """Store departures on `SAILED`, each with people, and on one of them everything else that is personal."""
    user = make_user(username=f"{MARK}-alice", name=f"Alice {MARK}", email=f"alice@{MARK}.example")
    by = Actor(user.username, user.name)
    days = {ALL: _sow_day(ALL, by)}
    family = _sow_family(days[ALL].event, by)
    _sow_imported(by)
    _fail_an_import(by)
    _stop_a_migration(by)
    entries = _sow_money(days[ALL].event, user, by)
    # The only ones that are printed, as that takes a while.
    call_command("makepdfs", stdout=StringIO(), stderr=StringIO())
    days |= {day: _sow_day(day, by) for day in SAILED if day != ALL}
    client_of(user)
    kiosk.set_pin("4271", by=by)
    _fail_a_letter()
    return Sown(days, family, entries)


def _sow_day(day: date, by: Actor) -> Day:
    event = make_event(date=day)
    name = f"Ana {MARK} {day:%d}"
    party = make_party(event=event, name=name, email=f"ana@{MARK}.example", phone=PHONE, note=f"Party {MARK}")
    person = make_person(name=f"Bob {MARK}", email=f"bob@{MARK}.example", phone=PHONE, note=f"Person {MARK}")
    make_crew(event=event, person=person)
    facts: dict[str, Any] = {"patron_name": name, "patron_id": party.ulid, "patron_email": party.email}
    entry = ledger.record(event=event.slug, amount_cents=100, method="cash", by=by, **facts).payment
    return Day(event, party, entry, sign(event, name=name))


def sign(event: Event, *, name: str, **options: Any) -> signing.Signed:
    """Store a marked signature of someone who gave everything that can be given."""
    return signing.sign(
        event=event,
        signer=make_signer(name=name, born_on=BORN_ON, email=f"ana@{MARK}.example", phone=PHONE),
        signature=make_signature(typed=name),
        origin=acts.Origin(address="2001:db8::7a7a", user_agent=f"Phone {MARK}", languages=MARK),
        care=Care(f"Emma {MARK}", PHONE, f"Medical {MARK}"),
        **options,
    )


def _sow_family(event: Event, by: Actor) -> signing.Signed:
    """A mother with a child, whom staff know."""
    family = Family((Minor(f"Mia {MARK}", CHILD_BORN_ON),), relationship="mother")
    signed = sign(event, name=f"Mother {MARK}", family=family)
    lives.change(signed.line, what="verified", by=by, changes={"verified": "knows"})
    return signed


def _sow_imported(by: Actor) -> None:
    """Someone who signed elsewhere."""
    cells = {
        "event": ALL.isoformat(),
        "name": f"Ina {MARK}",
        "birth_date": BORN_ON.isoformat(),
        "email": f"ina@{MARK}.example",
        "phone": PHONE,
        "signature": f"Ina {MARK}",
        "note": f"Note {MARK}",
    }
    imported, outcome = Waivers(), Waivers().outcome()
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    run = Run("01JW0000000000000000000002", "waivers.csv", moment, by, links.new_secret())
    imported.carry(ALL.isoformat(), [Line(2, f"Ina {MARK}", cells)], run, outcome, dry_run=False)


def _sow_money(event: Event, user: User, by: Actor) -> list[Payment]:
    """An entry with all that it may say, its void, one by the API, one that no ledger took, a close, a method."""
    facts: dict[str, Any] = {
        "patron_name": f"Payer {MARK}",
        "patron_email": f"payer@{MARK}.example",
        "note": f"Note {MARK}",
    }
    more: dict[str, Any] = {"external_reference": f"Reference {MARK}", "received_by": user.username, "by": by}
    entry = ledger.record(event=event.slug, amount_cents=500, method="venmo", **facts, **more).payment
    void = ledger.void(event=event.slug, reference=entry.reference, reason=f"Reason {MARK}", by=by).payment
    asked = {"amount": "5.00", "method": "cash", **facts}
    assert post(caller(user), f"/api/g/{event.slug}/payment", asked, key="1").status_code == 201
    with switched_on():
        nowhere = {"event": "2031-01-01", "party": "", "name": f"Held {MARK}"}
        assert tell(paid(metadata=nowhere, customer_details=None)).status_code < 300
    till = closing.read(calendar.today()).till
    assert till is not None
    closing.close(day=calendar.today(), note=f"Close {MARK}", by=by, key="2", counted={"cash": 0}, seen=till.seen)
    _put(PaymentMethod(code="zelle", label="Zelle", asks="no", account=f"account@{MARK}.example"))
    return [entry, void]


def _fail_a_letter() -> None:
    letter = next(row for row in Row.scan() if isinstance(row, Letter))
    unit = Unit()
    unit.update(letter, set={"error": f"<ana@{MARK}.example> is unknown", "subject": f"Subject {MARK}"})
    unit.commit()


def _fail_an_import(by: Actor) -> None:
    run = uploads.begin(what="events", source=f"{MARK}.csv", size=1, by=by)
    unit = Unit()
    unit.update(run, set={"failure": f"{MARK}.csv is a PDF.", "state": "failed"})
    unit.commit()


def _stop_a_migration(by: Actor) -> None:
    """It got as far as an item of a user, whose keys may name them, as those of users and of tallies do."""
    at: dict[str, Any] = {"after_pk": f"USER#{by.username}", "after_sk": f"{ALL}#{ALL}#cash#{by.username}"}
    _put(MigrationPlace(name="PATRON-2", segment="00", run="01JW0000000000000000000003", **at))


def _put(row: Row) -> None:
    unit = Unit()
    unit.put(row)
    unit.commit()
