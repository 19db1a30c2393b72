"""What becomes of lines: by what is stored, by what staff did since, and by who else is at it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from events.rows import Event
from payments import books, closing, ledger, receipts, tills
from payments.closing_rows import DayClose
from payments.importing.writing import FRESH
from payments.recomputing import recompute
from payments.rows import Kind, Origin, Payment
from payments.verifying import verify
from scc.dynamo.rows import Row
from scc.imports import runs
from scc.imports.lines import Line
from scc.imports.outcomes import Outcome
from scc.imports.runs import Run
from scc.mail.rows import Letter
from tests.builders import make_event, make_party
from tests.conftest import RequestsMade
from tests.dynamo import faults
from tests.payments.carrying import SLUG, carried, line, new_run
from tests.payments.scenes import ALICE

pytestmark = pytest.mark.usefixtures("table")

CONFLICT = {
    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message": "Cancelled",
    "CancellationReasons": [{"Code": "TransactionConflict", "Message": "Transaction is ongoing"}],
}


@pytest.fixture
def event(table: None) -> None:
    make_event(capacity=200)


@pytest.fixture
def run() -> Run:
    return new_run()


def many(count: int) -> list[Line]:
    """Return lines that take several transactions."""
    return [line(2 + n, amount=f"{50 + n}.00", method=("cash", "check")[n % 2], reference=str(n)) for n in range(count)]


def counts(outcome: Outcome) -> tuple[int, int, int, int]:
    found = outcome.counts["payments"]
    return found["read"], found["carried"], found["unchanged"], found["reported"]


def reasons(outcome: Outcome) -> list[str]:
    return [told.text for told in outcome.reports]


def guesses(outcome: Outcome) -> list[str]:
    return [told.text for told in outcome.guesses]


def entries() -> list[Payment]:
    return books.read(SLUG).entries


def stored() -> dict[tuple[str, str], dict[str, Any]]:
    """Return all items, without what says which unit of work wrote last."""
    items = Row._get_connection().scan()["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]): {name: item[name] for name in item if name != "unit"} for item in items}


# What is stored


@pytest.mark.usefixtures("event")
def test_carry_adds_a_payment_as_its_line_says(run: Run, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        outcome = carried(
            line(tip="20", reference="1023", method="check", note="Thanks", patron_email="ana@example.com"), run=run
        )

    (entry,) = entries()
    assert made == {"Query": 2, "TransactWriteItems": 1}
    assert counts(outcome) == (1, 1, 0, 0)
    assert (entry.amount_cents, entry.tip_cents, entry.method, entry.external_reference) == (
        12_500,
        2_000,
        "check",
        "1023",
    )
    assert (entry.origin, entry.recorded_at, entry.paid_at) == (
        Origin.IMPORT,
        run.moment,
        datetime(2026, 5, 23, 19, tzinfo=UTC),
    )
    assert verify(SLUG).faults == []
    assert [row for row in Row.scan() if isinstance(row, Letter)] == []


@pytest.mark.usefixtures("event")
def test_carry_writes_many_lines_in_few_transactions(run: Run, requests_made: RequestsMade) -> None:
    with requests_made() as made:
        outcome = carried(*many(120), run=run)

    book = books.read(SLUG)
    assert counts(outcome) == (120, 120, 0, 0)
    assert made["TransactWriteItems"] <= 3
    assert book.event.received_cents == outcome.counts["payments"]["cents_carried"]
    assert verify(SLUG).faults == []
    assert recompute(SLUG, by=ALICE, dry_run=True).changes == []


@pytest.mark.usefixtures("event")
def test_carry_opens_no_receipt_to_who_knows_the_line(run: Run) -> None:
    carried(line(external_id="P-1"), run=run)
    carried(line(external_id="P-2"), run=run)

    one, other = entries()
    assert len(one.receipt_secret) == 26
    assert one.receipt_secret != other.receipt_secret
    assert receipts.find(SLUG, receipts.link_of(one).rpartition("/")[2]) is not None


def test_carry_takes_money_of_a_departure_that_is_off(run: Run) -> None:
    make_event(status="cancelled")

    assert counts(carried(line(), run=run)) == (1, 1, 0, 0)


def test_carry_gives_the_party_of_that_name_its_payment(run: Run) -> None:
    event = make_event()
    make_party(event=event, name="ana lopez")
    make_party(event=event, name="Bo")
    make_party(event=event, name="Bo")

    outcome = carried(line(), line(3, patron_name="Bo"), run=run)

    one, other = entries()
    assert (bool(one.patron_id), other.patron_id) == (True, "")
    assert guesses(outcome) == ["is for the party of ana lopez, by its name", "is for no party: 2 are called Bo"]
    assert verify(SLUG).faults == []


# What cannot be carried


@pytest.mark.usefixtures("event")
@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"amount": "soon"}, "amount: 'soon' is no amount such as 1250.00"),
        ({"amount": "0"}, "amount: Must be above zero."),
        ({"amount": "-5"}, "gives money back, and has no external_id that says of which payment"),
        ({"tip": "-5"}, "tip: Must not be below zero."),
        ({"currency": "EUR"}, "currency: 'EUR' is not USD"),
        ({"method": "barter"}, "method: 'barter' is none of Cash, Card, Check, Venmo, Zelle, Other"),
        ({"paid_at": "2999-01-01"}, "paid_at: Must not be in the future."),
        ({"patron_name": ""}, "patron_name: Must not be blank."),
        ({"patron_email": "ana"}, "patron_email: Must be an e-mail address such as ana@example.com."),
        (
            {"event": "2026-05-24"},
            "event: there is no departure 2026-05-24; import the departures first, or correct the line",
        ),
        ({"event": ""}, "event: is missing; where every line is of one departure, set it for all"),
    ],
)
def test_carry_reports_a_bad_line_and_carries_the_rest(cells: dict[str, str], reason: str, run: Run) -> None:
    outcome = carried(line(2, **cells), line(3, amount="60", currency="usd"), run=run)

    found = outcome.counts["payments"]
    assert (counts(outcome), reasons(outcome)) == ((2, 1, 0, 1), [reason])
    assert found["cents_read"] == found["cents_carried"] + found["cents_reported"]
    assert [entry.amount_cents for entry in entries()] == [6_000]


@pytest.mark.usefixtures("event")
def test_carry_reports_the_same_line_twice(run: Run) -> None:
    outcome = carried(line(), line(3), line(4, external_id="P-1"), line(5, external_id="P-1", amount="9"), run=run)

    assert reasons(outcome) == ["says the same as line 2", "external_id: line 4 has it, too"]
    assert counts(outcome) == (4, 2, 0, 2)


# Again, and edited


@pytest.mark.usefixtures("event")
def test_carry_adds_nothing_twice(run: Run) -> None:
    lines = [*many(60), line(70, external_id="P-1"), line(71, external_id="P-1", amount="-25.00")]
    carried(*lines, run=run)
    before = stored()

    outcome = carried(*lines, run=replace(run, id="another", moment=runs.now()))

    assert counts(outcome) == (62, 0, 62, 0)
    assert stored() == before


@pytest.mark.usefixtures("event")
def test_carry_reports_an_edited_line_with_both_versions(run: Run) -> None:
    carried(line(external_id="P-1"), line(3, note="At the dock"), run=run)
    first, second = entries()

    outcome = carried(
        line(external_id="P-1", amount="50", note="New"), line(3, note="At the dock", amount="60"), run=run
    )

    assert counts(outcome) == (2, 0, 0, 2)
    assert reasons(outcome) == [
        f"{first.reference}: amount 50.00 here, 125.00 stored; note New here, none stored",
        f"{second.reference}: amount 60.00 here, 125.00 stored. Are they two, tell them apart by external_id",
    ]
    assert len(entries()) == 2


@pytest.mark.usefixtures("event")
def test_carry_knows_lines_again_that_got_an_external_id(run: Run) -> None:
    carried(line(), run=run)

    outcome = carried(line(external_id="P-1"), line(3, external_id="P-2"), run=run)

    assert counts(outcome) == (2, 1, 1, 0)


@pytest.mark.usefixtures("event")
def test_carry_knows_lines_again_that_lost_their_external_id(run: Run) -> None:
    carried(line(external_id="P-1"), line(4, external_id="P-3", amount="60", paid_at="2026-05-20"), run=run)
    before = stored()

    outcome = carried(line(), line(3, amount="60", paid_at=""), run=run)

    told = "paid_at 2026-05-23 19:00:00 UTC here, 2026-05-20 19:00:00 UTC stored"
    assert counts(outcome) == (2, 0, 1, 1)
    assert reasons(outcome) == [f"{entries()[1].reference}: {told}. Are they two, tell them apart by external_id"]
    assert stored() == before


@pytest.mark.usefixtures("event")
def test_carry_leaves_what_staff_changed_as_it_is(run: Run) -> None:
    lines = [line(2 + n, external_id=f"P-{n}") for n in range(3)]
    carried(*lines, run=run)
    void, corrected, refunded = entries()
    act: dict[str, Any] = {"event": SLUG, "by": ALICE}
    ledger.void(reference=void.reference, reason="Twice", **act)
    new: dict[str, Any] = {"patron_name": "Ana López", "amount_cents": 6_000, "method": "cash"}
    ledger.correct(reference=corrected.reference, **new, **act)
    ledger.refund(reference=refunded.reference, amount_cents=500, method="cash", reason="Weather", **act)
    before = stored()

    outcome = carried(*lines, run=run)
    as_corrected = carried(line(external_id="P-1", amount="60"), run=run)

    assert counts(outcome) == (3, 0, 3, 0)
    assert counts(as_corrected) == (1, 0, 1, 0)
    assert stored() == before
    assert verify(SLUG).faults == []


@pytest.mark.usefixtures("event")
def test_carry_knows_what_was_logged_by_hand_under_its_name(run: Run) -> None:
    ledger.record(
        event=SLUG, patron_name="Ana L.", amount_cents=12_500, method="card", external_reference="pi_1", by=ALICE
    )

    same = carried(line(external_id="pi_1", reference="pi_1", method="card"), run=run)
    other = carried(line(external_id="pi_1", reference="pi_1", method="card", amount="90"), run=run)

    (entry,) = entries()
    assert counts(same) == (1, 0, 1, 0)
    assert reasons(other) == [f"{entry.reference}: amount 90.00 here, 125.00 stored"]


@pytest.mark.usefixtures("event")
def test_carry_points_out_a_reference_that_came_before(run: Run) -> None:
    ledger.record(event=SLUG, patron_name="Bo", amount_cents=1, method="check", external_reference="# 12", by=ALICE)

    outcome = carried(line(method="check", reference="#12"), run=run)

    assert counts(outcome) == (1, 1, 0, 0)
    assert guesses(outcome) == [f"is another payment than {entries()[0].reference}, which has the reference #12, too"]


@pytest.mark.usefixtures("event")
def test_carry_points_out_a_payment_by_hand_that_looks_the_same(run: Run) -> None:
    hand: dict[str, Any] = {"event": SLUG, "amount_cents": 12_500, "method": "cash", "by": ALICE}
    first = ledger.record(patron_name="ana lopez", **hand)
    void = ledger.record(patron_name="Bo", **hand)
    ledger.void(event=SLUG, reference=void.payment.reference, reason="Twice", by=ALICE)

    outcome = carried(line(external_id="P-1"), line(3, external_id="P-2"), line(4, patron_name="Bo"), run=run)

    said = f"is another payment than {first.payment.reference}, which looks the same and was logged by hand"
    assert counts(outcome) == (3, 3, 0, 0)
    assert guesses(outcome) == [said]


def test_carry_points_out_an_external_id_on_two_departures(run: Run) -> None:
    make_event()
    make_event(slug="2026-05-24")

    outcome = carried(line(external_id="P-1"), line(3, external_id="P-1", event="2026-05-24"), run=run)

    assert counts(outcome) == (2, 2, 0, 0)
    assert guesses(outcome) == ["is another payment than line 2, of another departure, which has the same external_id"]


@pytest.mark.usefixtures("event")
@pytest.mark.parametrize("moment", ["2026-05-23", "2026-05-23 10:00"])
@pytest.mark.parametrize("edit", [{"note": "Logged by Bob"}, {"patron_email": "ana@example.com"}, {"reference": "7"}])
def test_carry_reports_a_line_whose_words_were_edited(run: Run, edit: dict[str, str], moment: str) -> None:
    cells = {"paid_at": moment}
    carried(line(2, **cells), run=run)

    edited, back = carried(line(2, **{**cells, **edit}), run=run), carried(line(2, **cells), run=run)

    ((name, here),) = edit.items()
    told = f"{entries()[0].reference}: {name} {here} here, none stored. Are they two, tell them apart by external_id"
    assert reasons(edited) == [told]
    assert counts(back) == (1, 0, 1, 0)
    assert len(entries()) == 1


@pytest.mark.usefixtures("event")
def test_carry_tells_edited_lines_from_checks_of_their_own(run: Run) -> None:
    carried(line(method="check", reference="1023"), run=run)

    outcome = carried(line(method="check", reference="1024"), run=run)

    assert counts(outcome) == (1, 1, 0, 0)


@pytest.mark.usefixtures("event")
def test_carry_reports_a_payment_that_is_said_twice_in_other_words(run: Run) -> None:
    first = line(2, patron_name="Ana López", amount="$125.00", paid_at="2026-05-23 10:00", note="Logged by Bob")
    same = [
        line(3, patron_name="ANA LOPEZ", paid_at="2026-05-23 10:00", method="Cash"),
        line(4, paid_at="2026-05-23T17:00:00Z", note="Logged by Cy"),
        line(5, paid_at="2026-05-23 10:00", external_id="P-1"),
    ]
    spelled = [line(6), line(7, patron_name="ana lópez")]

    outcome = carried(first, *same, *spelled, run=run)
    again = carried(first, *same, *spelled, run=run)

    places = [2, 2, 2, 6]
    told = "in other words. Are they two, tell them apart by external_id"
    assert reasons(outcome) == [f"says the same as line {place} {told}" for place in places]
    assert (counts(outcome), counts(again)) == ((6, 2, 0, 4), (6, 0, 2, 4))


@pytest.mark.usefixtures("event")
def test_carry_points_out_who_pays_the_same_twice_on_a_day(run: Run) -> None:
    checks = [line(4, method="check", reference="1"), line(5, method="check", reference="2")]
    named = [line(6, amount="9", external_id="P-1"), line(7, amount="9", external_id="P-2")]

    outcome = carried(line(2, note="Deposit"), line(3, note="Balance"), *checks, *named, run=run)

    assert counts(outcome) == (6, 6, 0, 0)
    assert guesses(outcome) == ["is another payment than line 2, which looks the same"]


# Money given back


@pytest.mark.usefixtures("event")
def test_carry_gives_back_of_the_payment_with_the_same_external_id(run: Run) -> None:
    back = line(2, external_id="P-1", amount="-100.00", tip="-5", paid_at="2026-05-25")

    outcome = carried(back, line(3, external_id="P-1", tip="10"), run=run)

    paid, refund = entries()
    assert (refund.entry_kind, refund.corrects, refund.origin) == (Kind.REFUND, paid.reference, Origin.IMPORT)
    assert (refund.amount_cents, refund.tip_cents) == (10_000, 500)
    assert outcome.counts["payments"]["cents_carried"] == 2_500
    assert verify(SLUG).faults == []


@pytest.mark.usefixtures("event")
def test_carry_reports_what_is_to_be_given_back_one_day(run: Run) -> None:
    later = line(3, external_id="P-1", amount="-50", paid_at="2131-05-25")
    since = line(4, external_id="P-2", refunded="50", refunded_at="2131-05-25")

    outcome = carried(line(external_id="P-1"), later, since, run=run)

    assert counts(outcome) == (3, 1, 0, 2)
    assert reasons(outcome) == ["paid_at: Must not be in the future.", "refunded_at: Must not be in the future."]


@pytest.mark.usefixtures("event")
def test_carry_gives_back_no_more_than_is_left(run: Run) -> None:
    lines = [
        line(external_id="P-1"),
        line(3, external_id="P-1", amount="-100"),
        line(4, external_id="P-1", amount="-50"),
    ]

    outcome = carried(*lines, run=run)

    assert counts(outcome) == (3, 2, 0, 1)
    assert reasons(outcome) == ["gives back more than is left of the payment, 25.00"]


@pytest.mark.usefixtures("event")
def test_carry_gives_back_nothing_of_what_is_not_there(run: Run) -> None:
    outcome = carried(line(external_id="P-9", amount="-10"), run=run)

    assert reasons(outcome) == ["gives back a payment that is not on 2026-05-23: P-9"]
    assert entries() == []


@pytest.mark.usefixtures("event")
def test_carry_reports_an_edited_refund_and_carries_another(run: Run) -> None:
    def back(amount: str, paid_at: str, **more: str) -> Line:
        return line(3, external_id="P-1", amount=amount, paid_at=paid_at, **more)

    carried(line(external_id="P-1"), back("-30", "2026-05-25"), run=run)
    reference = entries()[1].reference

    amount, day = carried(back("-40", "2026-05-25"), run=run), carried(back("-30", "2026-05-26"), run=run)
    both, named = (
        carried(back("-20", "2026-05-27"), run=run),
        carried(back("-30", "2026-05-25", reference="2"), run=run),
    )

    again = "Are they two, tell them apart by reference"
    assert reasons(amount) == [f"{reference}: amount 40.00 here, 30.00 stored. {again}"]
    assert reasons(day) == [
        f"{reference}: paid_at 2026-05-26 19:00:00 UTC here, 2026-05-25 19:00:00 UTC stored. {again}"
    ]
    assert counts(both) == counts(named) == (1, 1, 0, 0)
    assert verify(SLUG).faults == []


@pytest.mark.usefixtures("event")
def test_carry_takes_a_refund_by_hand_for_the_line(run: Run) -> None:
    carried(line(external_id="P-1"), run=run)
    paid = entries()[0].reference
    ledger.refund(event=SLUG, reference=paid, amount_cents=1_000, method="cash", reason="Ill", by=ALICE)

    outcome = carried(line(external_id="P-1"), line(3, external_id="P-1", amount="-10"), run=run)

    assert counts(outcome) == (2, 0, 2, 0)
    assert len(entries()) == 2


@pytest.mark.usefixtures("event")
def test_carry_adds_what_was_given_back_since_the_export_before(run: Run) -> None:
    carried(line(external_id="ch_1"), run=run)

    more = carried(line(external_id="ch_1", refunded="25.00"), run=run)
    again = carried(line(external_id="ch_1", refunded="25.00"), run=run)
    other = carried(line(external_id="ch_1", refunded="30.00"), run=run)

    paid, refund = entries()
    assert (counts(more), counts(again)) == ((1, 1, 0, 0), (1, 0, 1, 0))
    assert (refund.corrects, refund.amount_cents) == (paid.reference, 2_500)
    assert reasons(other) == [f"{paid.reference}: given back 30.00 here, 25.00 stored"]


@pytest.mark.usefixtures("event")
def test_carry_gives_back_twice_of_a_payment_that_is_stored(run: Run) -> None:
    carried(line(external_id="P-1"), run=run)
    lines = [line(3, external_id="P-1", amount="-10"), line(4, external_id="P-1", amount="-20")]

    outcome = carried(line(external_id="P-1"), *lines, line(5, external_id="P-1", amount="-96"), run=run)

    paid, *refunds = entries()
    assert counts(outcome) == (4, 2, 1, 1)
    assert [(each.corrects, each.amount_cents) for each in refunds] == [
        (paid.reference, 1_000),
        (paid.reference, 2_000),
    ]
    assert reasons(outcome) == [f"gives back more than is left of {paid.reference}, 95.00"]
    assert verify(SLUG).faults == []


@pytest.mark.usefixtures("event")
def test_carry_gives_back_of_a_payment_that_was_named_since(run: Run) -> None:
    carried(line(), run=run)

    outcome = carried(line(external_id="P-1"), line(3, external_id="P-1", amount="-10"), run=run)

    assert counts(outcome) == (2, 1, 1, 0)
    assert entries()[1].corrects == entries()[0].reference


@pytest.mark.usefixtures("event")
@pytest.mark.parametrize("sort", ["of its own", "of the payment's"])
def test_carry_brings_no_refund_back_that_staff_voided(run: Run, sort: str) -> None:
    own = [line(external_id="ch_1"), line(3, external_id="ch_1", amount="-25")]
    lines = own if sort == "of its own" else [line(external_id="ch_1", refunded="25.00")]
    carried(*lines, run=run)
    ledger.void(event=SLUG, reference=entries()[1].reference, reason="Not paid out", by=ALICE)

    outcome = carried(*lines, run=run)

    assert counts(outcome) == (len(lines), 0, len(lines), 0)
    assert len(entries()) == 3


@pytest.mark.usefixtures("event")
def test_carry_reports_what_was_given_back_otherwise_meanwhile(run: Run) -> None:
    event = Event.fetch(slug=SLUG)
    assert event
    party = make_party(event=event, name="Bo")
    bo = line(4, external_id="ch_3", patron_name="Bo")
    carried(line(external_id="ch_1"), line(3, external_id="ch_2"), bo, run=run)
    refunded, corrected, carried_over = entries()
    make_event(date=date(2026, 5, 30))
    act: dict[str, Any] = {"event": SLUG, "by": ALICE}
    ledger.refund(reference=refunded.reference, amount_cents=2_000, method="cash", reason="Ill", **act)
    ledger.correct(reference=corrected.reference, patron_name="Ana López", amount_cents=5_000, method="cash", **act)
    ledger.transfer(party_id=party.id, to_event="2026-05-30", **act)

    given_back = {"ch_1": "Ana López", "ch_2": "Ana López", "ch_3": "Bo"}
    lines = (line(external_id=each, refunded="80", patron_name=name) for each, name in given_back.items())
    outcome = carried(*lines, run=run)

    last = next(each for each in entries() if each.corrects == corrected.reference and each.entry_kind == Kind.PAYMENT)
    assert reasons(outcome) == [
        f"{refunded.reference}: given back 80.00 here, 20.00 stored",
        f"gives back more than is left of {last.reference}, 50.00",
        f"gives back more than is left of {carried_over.reference}, 0.00",
    ]
    assert verify(SLUG).faults == []


# Days that are closed


@pytest.mark.usefixtures("event")
def test_a_run_that_is_gone_on_with_tells_the_next_close(run: Run) -> None:
    """A day is closed while the run is interrupted: what comes after is recorded after, or no close would see it."""
    first, second = line(paid_at=f"{runs.now():%Y-%m-%d}"), line(3, amount="60", paid_at=f"{runs.now():%Y-%m-%d}")
    old = replace(run, moment=runs.now() - FRESH - timedelta(minutes=1))
    carried(first, run=replace(run, moment=runs.now()))
    closed = close()

    carried(first, second, run=old)

    late = closing.read(closed.day).till
    assert late is not None
    assert [entry.amount_cents for entry in late.entries] == [6_000]


@pytest.mark.usefixtures("event")
def test_a_run_keeps_its_moment_no_longer_than_closes_look_back(run: Run) -> None:
    young = replace(run, moment=runs.now() - FRESH + timedelta(minutes=1))

    carried(line(), run=young)

    assert entries()[0].recorded_at == young.moment
    assert timedelta(minutes=30) <= tills.SLACK - FRESH


def close() -> DayClose:
    from events import calendar

    day = calendar.today()
    till = closing.read(day).till
    assert till is not None
    counted = {each.method: each.expected_cents for each in till.lines() if each.is_cash}
    return closing.close(day=day, counted=counted, note="", seen=till.seen, by=ALICE, key=till.seen)


# Others at it, and faults


@pytest.mark.usefixtures("event")
def test_two_imports_at_once_carry_each_line_once(run: Run) -> None:
    lines = many(90)
    other = replace(run, id="01KS9V3R4T5W6X7Y8Z9A0B1C2E", moment=run.moment + timedelta(seconds=1), secret="t" * 26)

    with faults.meanwhile("TransactWriteItems", lambda: in_thread(lambda: post(lines, other))):
        outcome = carried(*lines, run=run)

    assert counts(outcome)[0] == 90
    assert len(entries()) == 90
    assert verify(SLUG).faults == []


def post(lines: list[Line], run: Run) -> None:
    """Write the first transaction of an import, as another process does, which waits for nobody's turn."""
    from payments.importing.lines import read
    from payments.importing.plans import plan
    from payments.importing.writing import Writer, cuts

    book = books.read(SLUG)
    fates = plan(book, [read(each, book.event, run.moment) for each in lines])
    Writer(book, run).write(next(iter(cuts(fates, book))))


def in_thread(act: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(act).result()


@pytest.mark.usefixtures("event")
def test_a_payment_logged_meanwhile_is_kept(run: Run) -> None:
    def log() -> None:
        post([line(99, patron_name="By hand", amount="7")], replace(run, by=ALICE))

    with faults.meanwhile("TransactWriteItems", lambda: in_thread(log)):
        outcome = carried(*many(60), run=run)

    assert counts(outcome) == (60, 60, 0, 0)
    assert [entry.patron_name for entry in entries()].count("By hand") == 1
    assert verify(SLUG).faults == []


@pytest.mark.usefixtures("event")
def test_carry_survives_lost_answers_and_conflicts(run: Run) -> None:
    with (
        faults.answers_lost("TransactWriteItems", times=2),
        faults.answered("TransactWriteItems", json.dumps(CONFLICT).encode(), times=2),
    ):
        outcome = carried(*many(60), run=run)

    assert counts(outcome) == (60, 60, 0, 0)
    assert len(entries()) == 60
    assert verify(SLUG).faults == []
