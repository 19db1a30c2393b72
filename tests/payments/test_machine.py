"""Everything that moves money, in any order, against a model in plain Python; the books are compared after each step.

`make test` takes 200 runs of 30 steps, `make soak` 2,000 of 50. The runs share a table: each has departures of its own
and is some weeks later than the last, so that the closes of one are not those of the other.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from ulid import ULID

from events import bookings, calendar
from events.drafts import edited
from events.rows import Event, Patron
from payments import books, chain, closing, ledger
from payments.closing import SentBefore
from payments.closing_lines import Share, lines_of
from payments.closing_rows import DayClose
from payments.keys import KeyReused, Recorded
from payments.refusals import Refused
from payments.rows import Payment
from payments.totals import Moved
from payments.verifying import verify, verify_closes
from scc.dynamo.rows import Row
from scc.dynamo.tables import create_table, delete_table
from scc.dynamo.units import Unit
from scc.staff.actors import Actor
from tests.payments.machine_model import Entry, Model
from tests.soak import IS_SOAK, SEED, say_seed

# `make test` spreads them over its workers by parts.
PARTS = 4
RUNS, STEPS = (2_000, 50) if IS_SOAK else (200, 30)
# Apart by more than closes reach back, and none over the turn of a year.
APART, RUNS_A_YEAR, FIRST_YEAR = timedelta(days=45), 8, 2031
MOST_DAYS = 5

amounts = st.integers(1, 20_000)
tips = st.one_of(st.just(0), st.integers(1, 3_000))
methods = st.sampled_from(["cash", "card", "zelle"])
places = st.integers(0, 1)
choices = st.integers(0, 10_000)
# How much is given back, beside what is left.
shares = st.sampled_from(["all", "half", "one", "too much"])
days_back = st.integers(0, 2)
pools = st.integers(0, 6)

_runs = itertools.count()
_now: list[datetime] = []


@pytest.fixture(autouse=True)
def table_of_all_runs() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: _now[-1])
        create_table()
        yield
        delete_table()


@dataclass
class Sent:
    """A request that was answered: sent again it gets the same answer, and with other values it is refused."""

    act: Callable[..., Any]
    facts: dict[str, Any]
    other: dict[str, Any]
    answer: Any


class Books(RuleBasedStateMachine):
    """The ledger of two departures, and the model of it."""

    @initialize()
    def begin(self) -> None:
        run = next(_runs)
        year, place = FIRST_YEAR + run // RUNS_A_YEAR, run % RUNS_A_YEAR
        day = date(year, 1, 10) + place * APART
        _now[:] = [datetime.combine(day, time(12), calendar.zone()).astimezone(UTC)]
        self.actor = Actor(f"run{run}", "Alice Archer")
        self.model = Model((f"{day}", f"{day}-sunset"))
        self.days = 0
        self.sent: list[Sent] = []
        # The last raw item of each entry, by departure and key: none ever changes.
        self.known: dict[str, dict[str, Any]] = {slug: {} for slug in self.model.slugs}
        self.heads = dict.fromkeys(self.model.slugs, "")
        self.touched: set[str] = set(self.model.slugs)
        unit = Unit()
        for slug in self.model.slugs:
            unit.put(_event(slug, day))
            for name in ("Ana López", "Bo"):
                party = unit.put(_party(slug, name))
                self.model.parties[party.ulid] = slug
        unit.commit()

    # Acts that move money

    @rule(
        place=places, choice=choices, amount=amounts, tip=tips, method=methods, back=days_back, pool=st.integers(0, 6)
    )
    def record(self, place: int, choice: int, amount: int, tip: int, method: str, back: int, pool: int) -> None:
        slug = self.model.slugs[place]
        party = ["", *self.model.parties_of(slug)][choice % (1 + len(self.model.parties_of(slug)))]
        facts: dict[str, Any] = {
            "event": slug,
            "patron_id": party,
            "patron_name": "Ana López",
            "amount_cents": amount,
            "tip_cents": tip,
            "method": method,
            "paid_at": self.today - timedelta(days=back),
            # Keys of a small pool come again: on the other departure, which is another request, or here.
            "key": f"k{pool}" if pool < 3 else str(ULID()),
        }
        before = self._sent_with(slug, facts["key"])
        if before is not None:
            self._come_again(before, ledger.record, facts)
            return
        recorded = self._done(ledger.record, facts, other={"amount_cents": amount + 1})
        self._add(recorded, Entry(slug, "payment", party, amount, tip, method, *self._when(back)))

    @precondition(lambda self: self.model.entries)
    @rule(choice=choices)
    def void(self, choice: int) -> None:
        entry = self._pick(choice)
        facts = {"event": entry.slug, "reference": entry.reference, "reason": "Logged twice"}
        refusal = self.model.why_not_void(entry)
        recorded = self._done(ledger.void, facts, refusal, other={"reason": "Other"})
        if recorded:
            made = self.model.void(entry, by=self.actor.username, day=self.today)
            self._check_answer(recorded, made)

    @precondition(lambda self: self.model.entries)
    @rule(choice=choices, share=shares, tip_share=st.sampled_from(["none", "all", "too much"]), method=methods)
    def refund(self, choice: int, share: str, tip_share: str, method: str) -> None:
        entry = self._pick(choice)
        left, left_tip = self.model.left(entry)
        amount = {"all": max(left, 1), "half": max(left // 2, 1), "one": 1, "too much": left + 1}[share]
        tip = {"none": 0, "all": left_tip, "too much": left_tip + 1}[tip_share]
        facts = {
            "event": entry.slug,
            "reference": entry.reference,
            "amount_cents": amount,
            "tip_cents": tip,
            "method": method,
            "reason": "Weather",
        }
        refusal = self.model.why_not_refund(entry, amount, tip)
        recorded = self._done(ledger.refund, facts, refusal, other={"amount_cents": amount + 1})
        if recorded:
            made = Entry(entry.slug, "refund", entry.party, amount, tip, method, *self._when(0))
            made.corrects, made.takes_from = entry.reference, entry
            self._add(recorded, made)

    @precondition(lambda self: self.model.entries)
    @rule(choice=choices, amount=amounts, tip=tips, method=methods, party=st.integers(-1, 3))
    def correct(self, choice: int, amount: int, tip: int, method: str, party: int) -> None:
        entry = self._pick(choice)
        others = self.model.parties_of(entry.slug)
        facts: dict[str, Any] = {
            "event": entry.slug,
            "reference": entry.reference,
            "patron_name": "Ana L",
            "amount_cents": amount,
            "tip_cents": tip,
            "method": method,
        }
        # Another party, or none; left out, it stays as it was.
        if party >= 0:
            facts["patron_id"] = ["", *others][party % (1 + len(others))]
        refusal = self.model.why_not_correct(entry)
        recorded = self._done(ledger.correct, facts, refusal, other={"amount_cents": amount + 1})
        if recorded:
            by, day = self.actor.username, self.today
            self._name(self.model.void(entry, by=by, day=day))
            whose = facts.get("patron_id", entry.party)
            made = Entry(entry.slug, "payment", whose, amount, tip, method, by, day, entry.paid_on)
            made.corrects = entry.reference
            self._add(recorded, made)

    @rule(choice=choices)
    def transfer(self, choice: int) -> None:
        party = sorted(self.model.parties)[choice % len(self.model.parties)]
        slug = self.model.parties[party]
        to = next(other for other in self.model.slugs if other != slug)
        carried = self.model.carried_from(party)
        facts = {"event": slug, "party_id": party, "to_event": to}
        refusal = "" if carried else "NothingLeft"
        recorded = self._done(ledger.transfer, facts, refusal, other={"note": "Another"})
        if recorded:
            self.touched.add(to)
            self._carried(party, to, carried, first=recorded)

    def _carried(self, party: str, to: str, carried: list[tuple[Entry, tuple[int, int]]], *, first: Recorded) -> None:
        there = self.model.same_there(party, to) or self._booked(to, like=party)
        for entry, (amount, tip) in carried:
            gone = Entry(entry.slug, "transfer", party, amount, tip, "credit", *self._when(0), way="out")
            gone.corrects, gone.takes_from = entry.reference, entry
            come = Entry(to, "transfer", there, amount, tip, "credit", *self._when(0), way="in")
            for side in (gone, come):
                self._name(self.model.add(side))
        self.model.same.append({party, there})
        assert first.payment.reference == self.model.entries[-2 * len(carried)].reference

    # Acts that move none

    @precondition(lambda self: self.sent)
    @rule(choice=choices)
    def send_again(self, choice: int) -> None:
        sent = self.sent[choice % len(self.sent)]
        again = sent.act(**sent.facts, by=self.actor)
        assert again.replayed
        assert (again.payment.id, again.payment.hash) == (sent.answer.payment.id, sent.answer.payment.hash)
        assert again.totals == sent.answer.totals

    @precondition(lambda self: self.sent)
    @rule(choice=choices)
    def send_another_under_the_same_key(self, choice: int) -> None:
        sent = self.sent[choice % len(self.sent)]
        with pytest.raises(KeyReused):
            sent.act(**(sent.facts | sent.other), by=self.actor)

    @rule(choice=choices)
    def erase(self, choice: int) -> None:
        party = sorted(self.model.parties)[choice % len(self.model.parties)]
        book = books.read(self.model.parties[party])
        bookings.erase_party(event=book.event, party=book.parties[party], by=self.actor)
        self.model.acts += party not in self.model.erased
        self.model.erased.add(party)

    @precondition(lambda self: self.days < MOST_DAYS)
    @rule()
    def sleep(self) -> None:
        self.days += 1
        _now[:] = [_now[-1] + timedelta(days=1)]

    @rule(back=days_back, is_short=st.booleans(), is_sent_again=st.booleans())
    def close(self, back: int, is_short: bool, is_sent_again: bool) -> None:
        day = self.today - timedelta(days=back)
        standing = closing.read(day)
        refusal = self.model.why_not_close(day)
        assert (standing.till is None) == bool(refusal)
        if standing.till is None:
            return
        counted = {line.method: line.expected_cents - is_short for line in standing.till.lines() if line.is_cash}
        key = standing.till.seen
        facts: dict[str, Any] = {"day": day, "counted": counted, "note": "", "seen": key, "key": key, "by": self.actor}
        made = closing.close(**facts)
        self.model.acts += 1
        self._check_close(made)
        if not is_sent_again:
            return
        assert closing.close(**facts).hash == made.hash
        with pytest.raises(SentBefore):
            closing.close(**(facts | {"note": "Another"}))

    def _check_close(self, made: DayClose) -> None:
        expected = self.model.close(made.number, made.day)
        lines = {line.method: line for line in lines_of(made)}
        assert len(made.entry_ids.split()) == len(expected.entries)
        assert {code: line.expected_cents for code, line in lines.items() if line.entries} == expected.expected

    # What must hold

    @invariant()
    def the_books_are_the_models(self) -> None:
        for slug in sorted(self.touched):
            self._compare(slug)
        if IS_SOAK:
            self._look_beside(*self.touched)
        self.touched.clear()

    def teardown(self) -> None:
        if not hasattr(self, "model"):
            return
        self._look_beside(*self.model.slugs)
        for slug in self.model.slugs:
            book = books.read(slug)
            for entry in self.model.of(slug):
                left = book.left_of(book.find(entry.reference))
                assert (left.amount_cents, left.tip_cents) == self.model.left(entry)
        for close in self.model.closes:
            self._check_fixed(close.number, close.expected)

    def _look_beside(self, *slugs: str) -> None:
        # What a step did wrong here stays wrong: to look once, at the end, finds as much and costs a third.
        assert self._audited() == self.model.acts
        for slug in slugs:
            assert [str(fault) for fault in verify(slug).faults] == []

    def _check_fixed(self, number: int, expected: dict[str, int]) -> None:
        close = closing.find(number)
        assert close is not None
        assert {line.method: line.expected_cents for line in lines_of(close) if line.entries} == expected

    def _compare(self, slug: str) -> None:
        items = _items(f"EVENT#{slug}")
        event = items.pop("META")
        assert _figures(event) == self.model.figures(slug)
        parties = {sk.removeprefix("PATRON#"): item for sk, item in items.items() if sk.startswith("PATRON#")}
        assert {ulid: _figures(item) for ulid, item in parties.items()} == {
            ulid: self.model.figures_of_party(ulid) for ulid in self.model.parties_of(slug)
        }
        self._compare_entries(slug, {sk: item for sk, item in items.items() if sk.startswith("PAYMENT#")})
        assert _text(event, "ledger_head") == self.heads[slug]
        assert _number(event, "ledger_count") == len(self.model.of(slug))
        tallies = {sk: (_figures(item), _number(item, "entries")) for sk, item in _items(f"TALLY#{slug}").items()}
        assert tallies == {"#".join(place): each for place, each in self.model.tallies(slug).items()}

    def _compare_entries(self, slug: str, items: dict[str, Any]) -> None:
        known = self.known[slug]
        assert {sk: item for sk, item in items.items() if sk in known} == known
        new = [Payment.from_raw_data(dict(item)) for sk, item in items.items() if sk not in known]
        wanted = self.model.of(slug)[len(known) :]
        assert len(new) == len(wanted)
        for stored, entry in zip(sorted(new, key=lambda each: each.sequence), wanted, strict=True):
            assert _facts(stored) == _wanted(entry)
            assert (stored.prev_hash, stored.hash) == (self.heads[slug], chain.hash_of(stored))
            self.heads[slug] = stored.hash
        self.known[slug] = items

    def _audited(self) -> int:
        """How often this run's actor is in the audit trail."""
        answer = Row._get_connection().query(
            f"AUDIT#{self.today:%Y}#{self.actor.username}", index_name="gsi2", select="COUNT"
        )
        return int(answer["Count"])

    # How acts are done

    @property
    def today(self) -> date:
        return calendar.today()

    def _when(self, back: int) -> tuple[str, date, date]:
        return self.actor.username, self.today, self.today - timedelta(days=back)

    def _pick(self, choice: int) -> Entry:
        return self.model.entries[choice % len(self.model.entries)]

    def _done(
        self, act: Callable[..., Recorded], facts: dict[str, Any], refusal: str = "", *, other: dict[str, Any]
    ) -> Recorded | None:
        """Do it, unless the model says that it is refused, and then see that it is."""
        facts = {"key": str(ULID()), **facts}
        self.touched.add(facts["event"])
        if refusal:
            with pytest.raises(Refused) as refused:
                act(**facts, by=self.actor)
            assert type(refused.value).__name__ == refusal
            return None
        recorded = act(**facts, by=self.actor)
        assert not recorded.replayed
        self.model.acts += 1
        self.sent.append(Sent(act, facts, other, recorded))
        return recorded

    def _sent_with(self, slug: str, key: str) -> Sent | None:
        return next((s for s in self.sent if (s.facts["event"], s.facts["key"]) == (slug, key)), None)

    def _come_again(self, before: Sent, act: Callable[..., Recorded], facts: dict[str, Any]) -> None:
        if before.facts == facts:
            assert act(**facts, by=self.actor).replayed
        else:
            with pytest.raises(KeyReused):
                act(**facts, by=self.actor)

    def _add(self, recorded: Recorded | None, entry: Entry) -> None:
        assert recorded is not None
        self._check_answer(recorded, self.model.add(entry))

    def _check_answer(self, recorded: Recorded, entry: Entry) -> None:
        entry.reference = recorded.payment.reference
        assert _facts(recorded.payment) == _wanted(entry)
        totals = recorded.totals
        assert (totals.received_cents, totals.refunded_cents, totals.tips_cents) == self.model.figures(entry.slug)

    def _name(self, entry: Entry) -> Entry:
        """Call an entry that is in no answer what its place in the chain makes it."""
        entry.reference = chain.reference_of(entry.slug, len(self.model.of(entry.slug)))
        return entry

    def _booked(self, slug: str, *, like: str) -> str:
        """Return the party that was booked on `slug` just now, called as the party `like` is."""
        items = _items(f"EVENT#{slug}")
        known = set(self.model.parties_of(slug))
        (ulid,) = {sk.removeprefix("PATRON#") for sk in items if sk.startswith("PATRON#")} - known
        self.model.parties[ulid] = slug
        self.model.erased |= {ulid} if like in self.model.erased else set()
        return ulid


def _facts(stored: Payment) -> tuple[object, ...]:
    names = ("event_id", "entry_kind", "patron_id", "amount_cents", "tip_cents", "method", "recorded_by")
    zone = calendar.zone()
    days = [moment.astimezone(zone).date() for moment in (stored.recorded_at, stored.paid_at)]
    return (*(getattr(stored, name) for name in names), *days, stored.reference, stored.corrects, stored.way)


def _wanted(entry: Entry) -> tuple[object, ...]:
    return (
        *(entry.slug, entry.kind, entry.party, entry.amount, entry.tip, entry.method, entry.by),
        *(entry.logged_on, entry.paid_on, entry.reference, entry.corrects, entry.way),
    )


def _items(partition: str) -> dict[str, Any]:
    """Return what a partition holds, as stored: rows would cost more than the acts."""
    data = Row._get_connection().query(partition, consistent_read=True)
    assert "LastEvaluatedKey" not in data
    return {item["sk"]["S"]: item for item in data["Items"]}


def _figures(item: dict[str, Any]) -> tuple[int, int, int]:
    return _number(item, "received_cents"), _number(item, "refunded_cents"), _number(item, "tips_cents")


def _number(item: dict[str, Any], name: str) -> int:
    return int(item.get(name, {"N": "0"})["N"])


def _text(item: dict[str, Any], name: str) -> str:
    return str(item.get(name, {"S": ""})["S"])


def _event(slug: str, day: date) -> Event:
    begins = datetime.combine(day, time(18), UTC)
    return Event(
        slug=slug,
        date=day,
        year=f"{day:%Y}",
        starts_at=begins,
        time_zone="America/Los_Angeles",
        title="Sail",
        folded_title="sail",
        vessel_id="queen",
        vessel_name="Queen",
        capacity=10_000,
        currency="USD",
    )


def _party(slug: str, name: str) -> Patron:
    return Patron(event_id=slug, ulid=str(ULID()), year=slug[:4], name=name, folded_name=name.casefold())


def _settings(runs: int) -> settings:
    return settings(
        max_examples=runs,
        stateful_step_count=STEPS,
        # A run is short enough to be read, and to make it shorter takes minutes.
        phases=[Phase.generate],
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_is_done_the_books_are_right(part: int) -> None:
    say_seed()

    run_state_machine_as_test(seed(SEED + part)(Books), settings=_settings(RUNS // PARTS))

    assert verify_closes().faults == []


def _named(each: object) -> str:
    return each if isinstance(each, str) else ""


BROKEN: list[tuple[str, Callable[..., object]]] = [
    ("payments.tallies.count", lambda *_, **__: None),
    ("payments.posting.moved_by", lambda entry: Moved(received_cents=entry.amount_cents)),
    ("payments.books.Book.why_not_void", lambda *_: None),
    ("payments.books.Book.why_not_refund", lambda *_, **__: None),
    ("payments.keys.Request.use", lambda *_: None),
    ("payments.tills.Window.share_of", lambda *_: Share.DAY),
    ("events.bookings.edited", lambda party, changes: edited(party, changes | {"received_cents": 0})),
]


@pytest.mark.parametrize(("ours", "broken"), BROKEN if IS_SOAK else BROKEN[:3], ids=_named)
def test_a_rule_that_is_broken_is_found(
    ours: str, broken: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    say_seed()
    monkeypatch.setattr(ours, broken)

    with pytest.raises((AssertionError, pytest.fail.Exception)):
        run_state_machine_as_test(seed(SEED)(Books), settings=_settings(40))
