"""Whatever is done to a ledger by raw writes is found and named; figures are put right from the entries."""

from __future__ import annotations

import json
import re
import signal
import threading
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pynamodb.attributes import UnicodeAttribute

from events.rows import Event, Patron
from payments import books, chain, ledger, recomputing, walking
from payments.closing_rows import DayClose
from payments.recomputing import recompute
from payments.rows import Key, Payment, Reference, Tally
from payments.tallies import Place
from payments.verifying import verify
from scc.dynamo import scans
from scc.dynamo.rows import Row
from scc.dynamo.tables import create_table, delete_table
from scc.mail.rows import Letter
from scc.staff import audit
from scc.staff.rows import AuditEntry
from tests.builders import make_event, neighbour
from tests.dynamo import faults
from tests.payments.scenes import (
    ALICE,
    HERE,
    THERE,
    Scene,
    change,
    entries_of,
    party_of,
    play,
    put,
    take_away,
)

Items = dict[tuple[str, str], dict[str, Any]]
# A place in the departure's ledger where nothing is.
NOWHERE = "PAYMENT#2026-05-23.01KS9V3R4T5W6X7Y8Z9A0B1C2D.01KS9V3R4T5W6X7Y8Z9A0B1C2D"


@pytest.fixture(scope="module")
def played() -> Iterator[Scene]:
    """A table in which everything has happened once."""
    create_table()
    yield play()
    delete_table()


@pytest.fixture
def scene(played: Scene) -> Iterator[Scene]:
    """The same, put back after the test."""
    before = stored()
    yield played
    connection = Row._get_connection()
    after = stored()
    for key in after.keys() - before.keys():
        connection.delete_item(*key)
    for key, item in before.items():
        if after.get(key) != item:
            connection.put_item(*key, attributes={name: item[name] for name in item.keys() - {"pk", "sk"}})


def stored() -> Items:
    items = Row._get_connection().scan()["Items"]
    return {(item["pk"]["S"], item["sk"]["S"]): item for item in items}


def run(command: str, *arguments: str) -> tuple[int, list[str]]:
    """Return how a command ended, and the lines that it said."""
    said = StringIO()
    try:
        call_command(command, *arguments, stdout=said, stderr=said)
    except SystemExit as exc:
        return int(str(exc.code)), said.getvalue().splitlines()
    except CommandError as exc:
        return exc.returncode, [*said.getvalue().splitlines(), str(exc)]
    return 0, said.getvalue().splitlines()


def tally_of(entry: Payment) -> Tally:
    tallies = Tally.listing(known={"event_id": entry.event_id})
    return next(tally for tally in tallies if Place.of(tally) == Place.of(entry))


def beside(kind: type[Row], id: str) -> Row:
    return kind.at(id)


def key_of(entry: Payment) -> Key:
    key = Key.fetch(scope=HERE, digest=entry.key_digest)
    assert key is not None
    return key


def rehashed(entry: Payment, **changes: Any) -> None:
    """Change an entry as someone would who knows how hashes are made."""
    changed = copy_of(entry, **changes)
    changed.hash = chain.hash_of(changed)
    put(changed)


def copy_of(entry: Payment, **changes: Any) -> Payment:
    copy = Payment.from_raw_data(entry.serialize())
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


def added(entry: Payment) -> Payment:
    """Put an entry at the end of its chain, with every figure, and against every rule."""
    event = Event.fetch(slug=entry.event_id)
    assert event is not None
    chain.link(entry, after=event.ledger_head, sequence=event.ledger_count + 1)
    put(entry)
    change(event, Event.ledger_head.set(entry.hash), Event.ledger_count.set(entry.sequence))
    return entry


def again(entry: Payment, **changes: Any) -> Payment:
    """Return an entry such as `entry`, to be added."""
    names = {"letter_id": "", "key_digest": "", "audit_id": "", "external_reference": ""}
    return copy_of(entry, ulid=neighbour(entry.ulid), **(names | changes))


def called(scene: Scene, name: str) -> str:
    """Return how a fault names the entry of this name, or the last one; a departure's own names none."""
    if not name:
        return ""
    by_place = {"sixth": 5, "last": -1}
    entry = entries_of(HERE)[by_place[name]] if name in by_place else scene[name]
    return f" {entry.reference}"


def a_tally_of_nothing(scene: Scene) -> None:
    tally = Place.of(copy_of(scene["paid"], method="gold")).tally(HERE)
    tally.received_cents = 7
    put(tally)


Tamper = Callable[[Scene], object]

# What is done, to which entry's name the fault belongs ("" for the departure's), and what is said of it.
TAMPERS: dict[str, tuple[Tamper, str, str]] = {
    # Entries
    "an amount is changed": (lambda s: change(s["paid"], Payment.amount_cents.set(1)), "paid", "was changed"),
    "a name is changed": (lambda s: change(s["paid"], Payment.patron_name.set("Eve")), "paid", "was changed"),
    "a hash is changed": (lambda s: change(s["paid"], Payment.hash.set("0" * 64)), "paid", "was changed"),
    "an entry is taken away": (lambda s: take_away(s["keyless"]), "void", "6 before it is missing"),
    "the first entry is taken away": (lambda s: take_away(s["paid"]), "voided", "1 before it is missing"),
    "the last entry is taken away": (
        lambda s: take_away(entries_of(HERE)[-1]),
        "",
        "the departure names another entry as the last",
    ),
    "an entry is slipped in": (lambda s: put(again(s["paid"])), "paid", "is there twice"),
    "an entry is changed and hashed anew": (
        lambda s: rehashed(s["paid"], amount_cents=1),
        "voided",
        "does not follow the one before it",
    ),
    "an entry is called by another's reference": (
        lambda s: rehashed(s["keyless"], reference="K7MXQ4"),
        "sixth",
        "is called by another's reference",
    ),
    "an entry leaves its lists": (
        lambda s: change(s["paid"], Row.gsi1pk.remove(), Row.gsi1sk.remove()),
        "paid",
        "stands elsewhere in its lists",
    ),
    "an entry is marked to expire": (
        lambda s: change(s["paid"], Row.expires_at.set(1_800_000_000)),
        "paid",
        "is marked to expire",
    ),
    "an entry loses its amount": (
        lambda s: change(s["paid"], Payment.amount_cents.remove()),
        "paid",
        "lacks amount_cents",
    ),
    "an amount is a text": (
        lambda s: change(s["paid"], UnicodeAttribute(attr_name="amount_cents").set("much")),
        "",
        "has an item that cannot be read",
    ),
    # Figures
    "the departure's income": (
        lambda s: change(s.here, Event.received_cents.set(1)),
        "",
        r"received says \$0.01, and its entries come to ",
    ),
    "the departure's refunds": (
        lambda s: change(s.here, Event.refunded_cents.set(1)),
        "",
        r"refunded says \$0.01, and its entries come to ",
    ),
    "the departure's tips": (lambda s: change(s.here, Event.tips_cents.remove()), "", r"tips says \$0.00"),
    "the chain's length": (
        lambda s: change(s.here, Event.ledger_count.set(3)),
        "",
        "the departure counts 3 entries",
    ),
    "the chain's end": (
        lambda s: change(s.here, Event.ledger_head.set(s["paid"].hash)),
        "",
        "the departure names another entry as the last",
    ),
    "the departure is gone": (lambda s: take_away(s.here), "", "the departure itself is gone"),
    "the departure is removed": (
        lambda s: change(s.here, Row.expires_at.set(1)),
        "",
        "the departure itself is gone; its ledger has 16 entries",
    ),
    "a party's figures": (
        lambda s: change(party_of(HERE, "Bo"), Patron.received_cents.set(5)),
        "",
        r"received says \$0.05, and its entries come to \$110.00",
    ),
    "a party that paid is gone": (lambda s: take_away(party_of(HERE, "Bo")), "", "is gone, and 3 entries name it"),
    "a tally's figures": (
        lambda s: change(tally_of(s["paid"]), Tally.received_cents.set(5)),
        "",
        r"received says \$0.05, and its entries come to \$125.00",
    ),
    "a tally's number of entries": (
        lambda s: change(tally_of(s["paid"]), Tally.entries.set(5)),
        "",
        "says 5 entries, and they are 1",
    ),
    "a tally is taken away": (lambda s: take_away(tally_of(s["paid"])), "", "is missing, and counts 1 entries"),
    "a tally of nothing": (
        a_tally_of_nothing,
        "",
        r"received says \$0.07, and its entries come to \$0.00",
    ),
    "a tally leaves its lists": (
        lambda s: change(tally_of(s["paid"]), Row.gsi1pk.set("TALLY#1999")),
        "",
        "stands elsewhere in its lists",
    ),
    # What is written with entries
    "a letter": (lambda s: take_away(beside(Letter, s["refunded"].letter_id)), "refunded", "its letter is missing"),
    "an audit entry": (
        lambda s: take_away(beside(AuditEntry, s["voided"].audit_id)),
        "voided",
        "its audit entry is missing",
    ),
    "an audit entry that is to expire": (
        lambda s: change(beside(AuditEntry, s["voided"].audit_id), Row.expires_at.set(1)),
        "voided",
        "its audit entry is marked to expire",
    ),
    "an id that is none": (lambda s: rehashed(s["paid"], audit_id="x"), "paid", "its audit entry is missing"),
    "an id of nothing": (lambda s: rehashed(s["paid"], letter_id=NOWHERE), "paid", "its letter is missing"),
    "a reference of the other side": (
        lambda s: take_away(Reference.of(s["paid"])),
        "paid",
        "its note of the other side's reference is missing",
    ),
    # Keys
    "a key": (lambda s: take_away(key_of(s["paid"])), "paid", "its request's key is missing"),
    "a key that answers with another entry": (
        lambda s: change(key_of(s["paid"]), Key.answer.set(key_of(s["voided"]).answer)),
        "paid",
        "its request's key answers with another entry",
    ),
    "a key without an answer": (
        lambda s: change(key_of(s["paid"]), Key.answer.set("[]")),
        "paid",
        "its request's key answers with another entry",
    ),
    "a key of another entry": (
        lambda s: change(key_of(s["paid"]), Key.entry_id.set(s["voided"].id)),
        "paid",
        "shares its request's key with ",
    ),
    "a key of an entry that is not there": (
        lambda s: change(key_of(s["paid"]), Key.entry_id.set(f"{HERE}.01KS9V3R4T5W6X7Y8Z9A0B1C2D")),
        "paid",
        "which is missing",
    ),
    "two requests under one key": (
        lambda s: rehashed(s["voided"], key_digest=s["paid"].key_digest),
        "voided",
        "shares its request's key with ",
    ),
    # Entries that speak of others
    "a second void": (lambda s: added(again(s["void"])), "last", "which [A-Z0-9]+ voided before"),
    "a void of nothing": (
        lambda s: added(again(s["void"], corrects="K7MXQ4")),
        "last",
        "voids K7MXQ4, which is not before it",
    ),
    "a void of a void": (
        lambda s: added(again(s["void"], corrects=s["void"].reference)),
        "last",
        "which is a void",
    ),
    "a void at another amount": (
        lambda s: added(again(s["void"], corrects=s["paid"].reference, amount_cents=1)),
        "last",
        "at another amount",
    ),
    "a void that takes a refund for a payment": (
        lambda s: added(again(s["refund void"], corrects=s["refund"].reference, undoes="payment")),
        "last",
        "as a payment, which is a refund",
    ),
    "a void of what was given back": (
        lambda s: added(again(s["void"], corrects=s["refunded"].reference)),
        "refunded",
        "is void, and money was given back of it",
    ),
    "a refund of more than is left": (
        lambda s: added(again(s["refund"], corrects=s["refunded"].reference, amount_cents=10_001)),
        "refunded",
        r"\$\S+ left of it, and \$125.00 came in",
    ),
    "a refund of more tip than is left": (
        lambda s: added(again(s["refund"], corrects=s["refunded"].reference, amount_cents=1, tip_cents=601)),
        "refunded",
        r"left of its tip, and \$10.00 came in",
    ),
    "a refund of a refund": (
        lambda s: added(again(s["refund"], corrects=s["refund"].reference, amount_cents=1, tip_cents=0)),
        "last",
        "which is a refund",
    ),
    "a refund of nothing": (lambda s: added(again(s["refund"], corrects="")), "last", "speaks of no entry"),
    "an amount of nothing": (lambda s: added(again(s["paid"], amount_cents=0)), "last", r"moves \$0.00"),
    "a correction of what is not void": (
        lambda s: added(again(s["right"], corrects=s["paid"].reference)),
        "last",
        "replaces [A-Z0-9]+, which is not void",
    ),
    # Transfers
    "the side of a transfer that came": (
        lambda s: take_away(s["in"]),
        "out",
        "its other side, 2026-05-24 .+, is missing",
    ),
    "the side of a transfer that left": (
        lambda s: take_away(s["out"]),
        "in",
        "its other side, 2026-05-23 .+, is missing",
    ),
    "a transfer of two amounts": (
        lambda s: rehashed(s["in"], amount_cents=1),
        "out",
        "its other side, 2026-05-24 .+, moves another amount",
    ),
    "a transfer that left twice": (
        lambda s: rehashed(s["in"], way="out"),
        "out",
        "goes the same way as its other side",
    ),
    "a transfer of two requests": (
        lambda s: rehashed(s["in"], audit_id=s["paid"].audit_id),
        "out",
        "is of another request",
    ),
    "a transfer to nowhere": (
        lambda s: rehashed(s["out"], other_event="2026-05-25"),
        "out",
        "its other side, 2026-05-25 .+, is missing",
    ),
}


def test_a_ledger_in_which_everything_has_happened_is_whole(scene: Scene) -> None:
    kinds = {(entry.entry_kind, entry.way, entry.undoes) for entry in [*entries_of(HERE), *entries_of(THERE)]}

    code, lines = run("verifyledger")

    assert kinds >= {("payment", "", ""), ("refund", "", ""), ("void", "", "payment"), ("void", "", "refund")}
    assert kinds >= {("transfer", "out", ""), ("transfer", "in", "")}
    assert lines == [
        "events: 2 read, 2 whole, 0 torn; payments: 18 read; keys: 13 read; closes: 1 read; faults: 0 found"
    ]
    assert code == 0


@pytest.mark.parametrize("what", TAMPERS)
def test_verifyledger_names_what_is_torn(scene: Scene, what: str) -> None:
    tamper, name, text = TAMPERS[what]
    slug = THERE if name == "in" else HERE

    tamper(scene)
    code, lines = run("verifyledger")

    pattern = rf"{slug}{called(scene, name)}: .*{text}"
    assert code == 1
    assert [line for line in lines if re.match(pattern, line)], (pattern, lines)


def test_verifyledger_names_a_close_that_was_changed(scene: Scene) -> None:
    (close,) = DayClose.listing(known={})
    change(close, DayClose.note.set("Never written"))

    code, lines = run("verifyledger")

    assert code == 1
    assert "close 1: was changed" in lines


def test_verifyledger_names_a_close_whose_audit_entry_is_missing(scene: Scene) -> None:
    (close,) = DayClose.listing(known={})
    take_away(beside(AuditEntry, close.audit_id))

    code, lines = run("verifyledger")

    assert code == 1
    assert "close 1: its audit entry is missing" in lines


def test_verifyledger_sees_a_key_whose_entry_was_lost_with_every_figure(scene: Scene) -> None:
    # As a restore may leave it: the last transaction of a departure is there in part.
    entry = ledger.record(event=THERE, patron_name="Di", amount_cents=100, method="cash", by=ALICE, key="k").payment
    for row in (entry, tally_of(entry)):
        take_away(row)
    put(scene.there)
    event = scene.there
    change(event, Event.ledger_count.set(1), Event.ledger_head.set(scene["in"].hash))

    _, lines = run("verifyledger")

    assert f"{THERE}: a request's key answers with {entry.id}, which is missing" in lines


def test_verifyledger_looks_at_entries_without_a_departure(scene: Scene) -> None:
    take_away(scene.here)
    for tally in Tally.listing(known={"event_id": HERE}):
        take_away(tally)

    code, lines = run("verifyledger")

    assert code == 1
    assert f"{HERE}: the departure itself is gone; its ledger has 16 entries" in lines


def test_verifyledger_looks_at_one_departure_when_told_which(scene: Scene) -> None:
    change(scene.here, Event.tips_cents.set(1))

    assert run("verifyledger", "--event", THERE)[0] == 0
    assert run("verifyledger", "--event", HERE)[0] == 1


@pytest.mark.parametrize("slug", ["2026-05-29", "no slug"])
@pytest.mark.parametrize(("command", "code"), [("verifyledger", 2), ("recomputetotals", 1)])
def test_commands_refuse_a_departure_that_is_not_there(scene: Scene, command: str, code: int, slug: str) -> None:
    assert run(command, "--event", slug)[0] == code


def test_verifyledger_writes_a_summary(scene: Scene, tmp_path: Path) -> None:
    change(scene.here, Event.tips_cents.set(1))

    run("verifyledger", "--summary", str(tmp_path / "summary.json"))

    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["events"] == {"read": 2, "whole": 1, "torn": 1}
    assert summary["payments"] == {"read": 18}
    assert summary["keys"] == {"read": 13}
    assert summary["faults"] == {"found": 1}
    (fault,) = summary["named"]
    assert (fault["departure"], fault["reference"]) == (HERE, "")
    assert fault["text"].startswith("tips says $0.01")


def test_verifyledger_changes_nothing(scene: Scene) -> None:
    change(scene.here, Event.tips_cents.set(1))
    before = stored()

    run("verifyledger")

    assert stored() == before


def test_verifyledger_says_when_it_could_not_read_all(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scans, "PATIENCE", 0.0)

    with faults.connection_refused("Query", times=1000):
        code, lines = run("verifyledger")

    assert code == 2
    assert lines[-1] == "the table did not answer. Run it again."


def test_verifyledger_asks_a_busy_table_again(scene: Scene) -> None:
    with faults.connection_refused("Query", times=4), faults.connection_refused("Scan", times=4):
        assert run("verifyledger")[0] == 0


def test_entries_from_before_they_named_what_is_written_with_them_are_whole(scene: Scene) -> None:
    # As the release before wrote them: no ids, and a key that no entry names.
    entry = ledger.record(event=THERE, patron_name="Di", amount_cents=100, method="cash", by=ALICE).payment
    take_away(beside(AuditEntry, entry.audit_id))
    for name in ("audit_id", "key_digest", "letter_id", "receipt_secret"):
        setattr(entry, name, "")
    entry.hash = chain.hash_of(entry)
    put(entry)
    change(scene.there, Event.ledger_head.set(entry.hash))

    assert verify(THERE).faults == []


def test_verify_reads_again_what_was_written_to_meanwhile(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Tally.listing.__func__  # type: ignore[attr-defined]  # a class method's own
    late = [True]

    def listing(cls: type[Tally], /, **known: Any) -> Any:
        if late:
            late.clear()
            ledger.record(event=HERE, patron_name="Di", amount_cents=100, method="cash", by=ALICE)
        return read(cls, **known)

    monkeypatch.setattr(Tally, "listing", classmethod(listing))

    verdict = verify(HERE)

    assert (verdict.faults, verdict.entries) == ([], 17)


# Putting right


def test_recomputetotals_finds_nothing_to_do_where_all_is_right(scene: Scene) -> None:
    before = stored()

    assert run("recomputetotals") == (0, ["events: 2 read, 2 right, 0 mended, 0 reported"])
    assert stored() == before


def spoil(scene: Scene) -> None:
    change(scene.here, Event.received_cents.set(1), Event.tips_cents.remove(), Event.ledger_count.set(99))
    change(party_of(HERE, "Bo"), Patron.received_cents.set(5), Patron.tips_cents.set(-5))
    change(tally_of(scene["right"]), Tally.received_cents.set(5), Tally.entries.set(0))
    take_away(tally_of(scene["paid"]))
    a_tally_of_nothing(scene)


def test_recomputetotals_mends_every_figure(scene: Scene) -> None:
    spoil(scene)

    code, lines = run("recomputetotals")

    assert code == 0
    assert lines[-1] == "events: 2 read, 1 right, 1 mended, 0 reported"
    assert f"{HERE}: departure: received $0.01 is $735.00, tips $0.00 is $20.00, entries 99 is 16" in lines
    assert run("verifyledger")[0] == 0
    assert run("recomputetotals")[1] == ["events: 2 read, 2 right, 0 mended, 0 reported"]


def test_recomputetotals_writes_one_audit_entry_for_each_departure(scene: Scene) -> None:
    spoil(scene)
    before = stored()

    run("recomputetotals")

    new = [key for key in stored().keys() - before.keys() if key[0].startswith("AUDIT#")]
    assert [pk for pk, _ in new] == [f"AUDIT#EVENT#{HERE}"]
    told = audit.history_of(scene.here)[0]
    assert (told.action, told.recorded_by) == ("recomputed", "system")
    assert told.summary.startswith("Recomputed from the entries: departure: received $0.01 is $735.00")


def test_recomputetotals_touches_no_entry(scene: Scene) -> None:
    spoil(scene)
    before = [entry.serialize() for entry in entries_of(HERE)]

    run("recomputetotals")

    assert [entry.serialize() for entry in entries_of(HERE)] == before


def test_recomputetotals_says_what_it_would_do(scene: Scene) -> None:
    spoil(scene)
    before = stored()

    code, lines = run("recomputetotals", "--dry-run")

    assert code == 0
    assert lines[-1] == "events: 2 read, 1 right, 1 mended, 0 reported (dry run: nothing was written)"
    assert stored() == before


def test_recomputetotals_mends_one_departure_when_told_which(scene: Scene) -> None:
    spoil(scene)
    change(scene.there, Event.tips_cents.set(1))

    run("recomputetotals", "--event", THERE)

    assert verify(THERE).faults == []
    assert verify(HERE).faults


def test_recomputetotals_counts_an_entry_that_a_restore_left_without_its_figures(scene: Scene) -> None:
    before = Event.fetch(slug=THERE)
    assert before is not None
    entry = ledger.record(event=THERE, patron_name="Di", amount_cents=100, method="cash", by=ALICE).payment
    put(before)
    take_away(tally_of(entry))

    assert run("verifyledger")[0] == 1
    assert run("recomputetotals")[0] == 0

    assert books.read(THERE).event.received_cents == before.received_cents + 100
    assert run("verifyledger")[0] == 0
    ledger.void(event=THERE, reference=entry.reference, reason="Twice", by=ALICE)
    assert run("verifyledger")[0] == 0


@pytest.mark.parametrize("lost", ["an entry", "the last entry", "what an entry says"])
def test_recomputetotals_leaves_a_torn_chain_alone(scene: Scene, lost: str) -> None:
    acts: dict[str, Callable[[], object]] = {
        "an entry": lambda: take_away(scene["keyless"]),
        "the last entry": lambda: take_away(entries_of(HERE)[-1]),
        "what an entry says": lambda: change(scene["paid"], Payment.amount_cents.set(1)),
    }
    acts[lost]()
    before = stored()

    code, lines = run("recomputetotals")

    assert code == 3
    assert lines[-1] == "events: 2 read, 1 right, 0 mended, 1 reported"
    assert stored() == before


def test_recomputetotals_takes_what_is_left_when_told_so(scene: Scene) -> None:
    take_away(entries_of(HERE)[-1])

    assert run("recomputetotals", "--even-torn")[0] == 0

    ledger.record(event=HERE, patron_name="Di", amount_cents=100, method="cash", by=ALICE)
    said = [str(fault) for fault in verify(HERE).faults]
    assert all("which is missing" in line or "missing" in line for line in said), said


def test_recompute_mends_nothing_that_was_counted_meanwhile(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    change(scene.here, Event.received_cents.set(1))
    plan = recomputing.plan

    def late(slug: str, *, even_torn: bool = False) -> recomputing.Outcome:
        outcome = plan(slug, even_torn=even_torn)
        if len(entries_of(HERE)) == 16:
            ledger.record(event=HERE, patron_name="Di", amount_cents=100, method="cash", by=ALICE)
        return outcome

    monkeypatch.setattr(recomputing, "plan", late)

    recompute(HERE, by=ALICE)

    assert verify(HERE).faults == []
    assert books.read(HERE).event.received_cents == 73_500 + 100


def test_recompute_writes_more_than_one_transaction_holds(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recomputing, "MOST_CHANGES", 2)
    spoil(scene)
    change(scene.here, Event.ledger_head.remove())

    outcome = recompute(HERE, by=ALICE)

    assert len(outcome.changes) == 5
    assert verify(HERE).faults == []


def test_recomputetotals_stops_when_asked_and_can_be_run_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        change(make_event(slug=f"2026-06-01-{number}"), Event.received_cents.set(7))
    act, begun = recomputing.recompute, []

    def interrupting(slug: str, **options: Any) -> recomputing.Outcome:
        begun.append(slug)
        if len(begun) == 5:
            signal.raise_signal(signal.SIGINT) if threading.current_thread() is threading.main_thread() else (
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            )
        return act(slug, **options)

    monkeypatch.setattr("payments.management.commands.recomputetotals.recompute", interrupting)
    code, lines = run("recomputetotals")
    monkeypatch.undo()

    assert code == 1
    assert lines[-1] == "Stopped. Run it again: what is right already stays as it is."
    assert re.match(r"events: \d+ read", lines[-2])
    assert sum("received $0.07 is $0.00" in line for line in lines) < 40
    assert run("recomputetotals")[0] == 0
    assert run("verifyledger")[0] == 0


# Finding


def test_find_gives_every_ledger_once_with_its_size(scene: Scene) -> None:
    found = walking.find(with_keys=True)

    assert found.entries == {HERE: 16, THERE: 2}
    assert (found.keys, found.orphans) == (13, [])


def test_segments_of_a_scan_are_the_whole_and_overlap_nowhere(scene: Scene) -> None:
    parts = [[item["pk"] for item in scans.each(("EVENT#", "KEY#"), segment=n, segments=5)] for n in range(5)]

    listed = sorted(pk for part in parts for pk in part)
    assert listed == sorted(pk for pk, _ in stored() if pk.startswith(("EVENT#", "KEY#")))
    assert sum(len(set(part)) for part in parts) == len(set(listed))


def test_a_large_departure_is_read_page_by_page(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payments.reckoning.PAGE_ITEMS", 3)
    monkeypatch.setattr("payments.companions.BATCH", 2)
    monkeypatch.setattr("payments.companions.KEYS_AT_ONCE", 2)
    monkeypatch.setattr("payments.walking.LARGE", 3)

    assert run("verifyledger")[0] == 0
