"""Someone asks to be forgotten."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from events import bookings
from events.balances import balance_of
from events.rows import Event, Patron
from payments import ledger
from payments.rows import Payment
from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.actors import Actor
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade

ALICE = Actor("alice", "Alice Archer")

pytestmark = pytest.mark.usefixtures("table")


def paid_party(event: Event) -> Patron:
    return make_party(
        event=event,
        size=4,
        price_cents=50_000,
        deposit_cents=10_000,
        phone="619 555 0100",
        note="Vegan",
        received_cents=12_500,
        tips_cents=2_000,
    )


def stored(party: Patron) -> Patron:
    found = Patron.fetch(event_id=party.event_id, ulid=party.ulid)
    assert found is not None
    return found


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("erasepatron", *arguments, stdout=out)
    return out.getvalue()


def test_erase_party_forgets_who_and_keeps_what(requests_made: RequestsMade) -> None:
    event = make_event()
    party = paid_party(event)

    with requests_made() as made:
        bookings.erase_party(event=event, party=party, by=ALICE)

    kept = stored(party)
    assert (kept.name, kept.folded_name, kept.email, kept.phone, kept.note) == ("Erased", "erased", "", "", "")
    assert (kept.size, kept.price_cents, kept.deposit_cents) == (4, 50_000, 10_000)
    assert (kept.received_cents, kept.tips_cents, kept.ulid) == (12_500, 2_000, party.ulid)
    assert made == {"TransactWriteItems": 1}


def test_erase_party_leaves_every_personal_attribute_without_the_person() -> None:
    event = make_event()
    party = paid_party(event)

    bookings.erase_party(event=event, party=party, by=ALICE)

    left = {name: getattr(stored(party), name) for name in Patron.PERSONAL}
    assert {name: value for name, value in left.items() if value} == {"name": "Erased", "folded_name": "erased"}


def test_erase_party_leaves_the_departure_and_the_other_parties_as_they_were() -> None:
    event = make_event()
    party = paid_party(event)
    make_party(event=event, name="Zoë")
    before = [row.serialize() for row in Row.collection(f"EVENT#{event.slug}") if row.id != party.id]

    bookings.erase_party(event=event, party=party, by=ALICE)

    assert [row.serialize() for row in Row.collection(f"EVENT#{event.slug}") if row.id != party.id] == before


def test_erasure_leaves_every_money_entry_and_total_as_it_was() -> None:
    """Rule 15 of the ledger."""
    event = make_event()
    party = make_party(event=event, price_cents=50_000)
    paid = [
        ledger.record(
            event=event.slug, patron_name="Ana López", patron_id=party.ulid, amount_cents=cents, tip_cents=500,
            method="cash", by=ALICE,
        ).payment
        for cents in (10_000, 20_000)
    ]  # fmt: skip
    ledger.void(event=event.slug, reference=paid[0].reference, reason="Logged twice", by=ALICE)
    inside = Row.collection(f"EVENT#{event.slug}")
    money = [row.serialize() for row in inside if isinstance(row, Payment | Event)]
    before = stored(party)

    bookings.erase_party(event=event, party=before, by=ALICE)

    inside = Row.collection(f"EVENT#{event.slug}")
    after = stored(party)
    assert [row.serialize() for row in inside if isinstance(row, Payment | Event)] == money
    assert len(money) == 4
    assert (after.received_cents, after.refunded_cents, after.tips_cents) == (20_000, 0, 500)
    assert balance_of(after, event) == balance_of(before, event) == 30_000


def test_an_erased_partys_entries_are_still_voided() -> None:
    event = make_event()
    party = make_party(event=event)
    paid = ledger.record(
        event=event.slug, patron_name="Ana", patron_id=party.ulid, amount_cents=100, method="cash", by=ALICE
    ).payment
    bookings.erase_party(event=event, party=stored(party), by=ALICE)

    ledger.void(event=event.slug, reference=paid.reference, reason="Logged twice", by=ALICE)

    assert (stored(party).received_cents, stored(party).name) == (0, "Erased")


def test_erase_party_writes_one_audit_entry_that_names_nobody() -> None:
    event = make_event()

    bookings.erase_party(event=event, party=paid_party(event), by=ALICE)

    (entry,) = audit.history_of(event)
    assert (entry.action, entry.summary, entry.recorded_by) == ("erased", "Erased who a party of 4 was", "alice")
    assert [word for word in ("Ana", "López", "ana@", "619", "Vegan") if word in str(entry.serialize())] == []


def test_erase_party_is_found_by_name_no_more() -> None:
    event = make_event()

    bookings.erase_party(event=event, party=paid_party(event), by=ALICE)

    found = Patron.listing(index="gsi2", known={"year": "2026"}, prefix="ana")
    assert found.rows == []


def test_erase_party_again_writes_nothing(requests_made: RequestsMade) -> None:
    event = make_event()
    party = paid_party(event)
    bookings.erase_party(event=event, party=party, by=ALICE)
    erased = stored(party)

    with requests_made() as made:
        bookings.erase_party(event=event, party=erased, by=ALICE)

    assert made == {}


def test_erase_party_keeps_money_that_comes_meanwhile() -> None:
    event = make_event()
    party = paid_party(event)
    payment = Unit()
    payment.update(party, add={"received_cents": 10_000})
    payment.commit()

    bookings.erase_party(event=event, party=party, by=ALICE)

    assert (stored(party).received_cents, stored(party).name) == (22_500, "Erased")


def test_erase_party_meets_a_change_of_its_name() -> None:
    event = make_event()
    party = paid_party(event)
    bookings.change_party(event=event, party=party, changes={"name": "Ana Ruiz"}, by=ALICE)

    with pytest.raises(Conflict):
        bookings.erase_party(event=event, party=party, by=ALICE)


def test_erasepatron_says_what_it_would_do_and_writes_nothing(requests_made: RequestsMade) -> None:
    party = paid_party(make_event())

    with requests_made() as made:
        said = run(party.event_id, party.ulid)

    assert "Would erase Ana López, party of 4 of 2026-05-23" in said
    assert made == {"Query": 1}


@pytest.mark.parametrize("form", ["{ulid}", "{event_id}.{ulid}"])
def test_erasepatron_with_yes_does_it(form: str) -> None:
    party = paid_party(make_event())
    wanted = form.format(ulid=party.ulid, event_id=party.event_id)

    said = run(party.event_id, wanted, "--yes")
    again = run(party.event_id, wanted, "--yes")

    assert stored(party).name == "Erased"
    assert said == "Erased a party of 4 of 2026-05-23.\n"
    assert "erased already" in again


@pytest.mark.parametrize(
    ("event", "said"), [("2026-05-24", "no departure 2026-05-24"), ("tomorrow", "tomorrow"), ("2026-05-23", "López")]
)
def test_erasepatron_says_what_there_is_instead(event: str, said: str) -> None:
    paid_party(make_event())

    with pytest.raises(CommandError, match=said):
        run(event, "01KR0A1B2C3D4E5F6G7H8J9KMN", "--yes")
