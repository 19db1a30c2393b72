"""Many at the same moment, and one of them may: what the transaction's conditions decide.

Threads of one process take turns, so the turns are taken away here: as if each were in a process of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any, TypeVar

import pytest
from ulid import ULID

from events import bookings, turns
from events.rows import Event
from scc.dynamo.errors import Conflict
from scc.dynamo.rows import Row
from scc.staff.actors import SYSTEM
from tests.builders import make_event
from tests.waivers.builders import make_signature, make_signer, make_strokes
from tests.waivers.storm.signers import nobody_waits
from tests.waivers.test_covers import make_trip, publish_for_a_year
from waivers import acts, covers, people, signing
from waivers.acts import Family, Minor
from waivers.parts import chain_hash_of
from waivers.rows import PdfDue, Signer, State, TextCount, Waiver, WaiverRecord

pytestmark = pytest.mark.usefixtures("table")

T = TypeVar("T")
KEY = "01JW0000000000000000000001"
BORN_ON = date(1980, 3, 31)
CHILDREN = (Minor("Mia López", date(2016, 2, 1)), Minor("Leo López", date(2018, 7, 9)), Minor("Zoe López", BORN_ON))


@pytest.fixture(autouse=True)
def _no_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "taken", nobody_waits)


def at_once(number: int, act: Callable[[int], T]) -> list[T]:
    """Return what each of `number` acts came to, which begin together."""
    barrier = Barrier(number)

    def one(place: int) -> T:
        barrier.wait()
        return act(place)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def try_to_sign(event: Event, key: str, **options: Any) -> signing.Signed | Exception:
    """Sign as Ana, and return what came of it."""
    family = options.pop("family", None)
    replace = options.pop("replace", False)
    try:
        return signing.sign(
            event=event,
            signer=make_signer(**options),
            signature=make_signature(key=key, strokes=make_strokes()),
            origin=acts.Origin(),
            family=family,
            replace=replace,
        )
    except (signing.AlreadySigned, signing.NotOpen, signing.KeyTaken) as exc:
        return exc


def stored(slug: str = "2026-05-23") -> list[Waiver]:
    return [row for row in Row.collection(f"EVENT#{slug}") if isinstance(row, Waiver)]


def said(results: list[signing.Signed | Exception]) -> Counter[str]:
    return Counter(type(each).__name__ for each in results)


def faults(*, guests: int, acts: int) -> list[str]:
    """Return what is wrong when `guests` lines count and `acts` acts were stored: chain, figures, places, due PDFs."""
    event = Event.fetch(slug="2026-05-23")
    assert event is not None
    lines = stored()
    keys = [WaiverRecord.keys_for(ulid=line.ulid) for line in lines]
    records = sorted(WaiverRecord.fetch_many(keys).values(), key=lambda record: record.chain_number)
    heads = ["", *(chain_hash_of(record) for record in records)]
    claims = {
        "lines that count": ([line.counts for line in lines].count(True), guests),
        "signed": (event.signed, guests),
        "records": (event.waiver_count, len(lines)),
        "chain": ([record.chain_previous for record in records], heads[:-1]),
        "numbers": ([record.chain_number for record in records], [*range(1, len(lines) + 1)]),
        "head": (event.waiver_head or "", heads[-1]),
        "signatures of the text": (sum(row.signed for row in TextCount.listing(known={}).rows), acts),
        "due": ({row.ulid for row in PdfDue.listing(known={})}, {line.ulid for line in lines}),
    }
    return [f"{name}: {found}, not {wanted}" for name, (found, wanted) in claims.items() if found != wanted]


def place_of(name: str, born_on: date = BORN_ON) -> Signer | None:
    return Signer.fetch(digest=people.digest(name, born_on), event_id="2026-05-23")


def test_one_person_fifty_times_with_keys_of_their_own_signs_once() -> None:
    event = make_event()

    results = at_once(50, lambda place: try_to_sign(event, str(ULID())))

    assert said(results) == {"Signed": 1, "AlreadySigned": 49}
    [line] = stored()
    assert {each.reference for each in results if isinstance(each, signing.Signed | signing.AlreadySigned)} == {
        line.reference
    }
    assert faults(guests=1, acts=1) == []


def test_one_key_fifty_times_signs_once() -> None:
    event = make_event()

    results = at_once(50, lambda place: try_to_sign(event, KEY))

    assert said(results) == {"Signed": 50}
    assert {each.link for each in results if isinstance(each, signing.Signed)} == {signing.link_to(stored()[0])}
    assert faults(guests=1, acts=1) == []


def test_one_key_by_two_people_at_once_is_one_persons() -> None:
    event = make_event()

    results = at_once(20, lambda place: try_to_sign(event, KEY, name=("Ana López", "Bea Lopez")[place % 2]))

    assert said(results) == {"Signed": 10, "KeyTaken": 10}
    assert faults(guests=1, acts=1) == []


def test_two_guardians_at_once_sign_for_their_children_once() -> None:
    event = make_event()
    family = Family(minors=CHILDREN[:2], relationship="guardian", with_signer=False)
    guardians = ("Ana López", "Juan López")

    results = at_once(2, lambda place: try_to_sign(event, str(ULID()), name=guardians[place], family=family))

    assert said(results) == {"Signed": 1, "AlreadySigned": 1}
    assert sorted(line.name for line in stored()) == ["Leo López", "Mia López"]
    assert len({line.guardian for line in stored()}) == 1
    assert faults(guests=2, acts=1) == []


def test_two_guardians_who_sign_for_themselves_too_leave_no_half_family() -> None:
    event = make_event()
    family = Family(minors=CHILDREN[:2], relationship="guardian")
    guardians = ("Ana López", "Juan López")

    results = at_once(2, lambda place: try_to_sign(event, str(ULID()), name=guardians[place], family=family))

    assert said(results) == {"Signed": 1, "AlreadySigned": 1}
    [stands] = [each for each in results if isinstance(each, signing.Signed)]
    assert {line.leader for line in stored()} == {stands.line.ulid}
    assert len(stored()) == 3
    assert faults(guests=3, acts=1) == []


def test_eight_who_replace_at_once_leave_one_that_counts() -> None:
    event = make_event()
    first = try_to_sign(event, KEY)
    assert isinstance(first, signing.Signed)

    results = at_once(8, lambda place: try_to_sign(event, str(ULID()), replace=True))

    assert said(results) == {"Signed": 8}
    lines = stored()
    assert len(lines) == 9
    assert Counter(line.state for line in lines) == {State.COUNTS: 1, State.REPLACED: len(lines) - 1}
    place = place_of("Ana López")
    assert place is not None
    assert [line.ulid for line in lines if line.counts] == [place.waiver_id]
    assert faults(guests=1, acts=len(lines)) == []


def test_signing_while_the_departure_is_cancelled_stands_whole_or_is_refused() -> None:
    event = make_event(capacity=30)

    def act(place: int) -> signing.Signed | Exception | Event:
        if place == 10:
            return _cancelled(event.slug)
        return try_to_sign(event, str(ULID()), name=f"Guest {place}")

    results = [each for each in at_once(21, act) if not isinstance(each, Event)]

    signed = said(results)["Signed"]
    assert said(results) == {name: n for name, n in {"Signed": signed, "NotOpen": 20 - signed}.items() if n}
    assert faults(guests=signed, acts=signed) == []
    assert isinstance(try_to_sign(event, str(ULID()), name="Too late"), signing.NotOpen)


def _cancelled(slug: str) -> Event:
    """Cancel the departure, as staff do who press again when it was changed meanwhile."""
    while True:
        event = Event.fetch(slug=slug)
        assert event is not None
        try:
            return bookings.cancel(event=event, by=SYSTEM)
        except Conflict:
            continue


def test_signing_and_joining_at_once_is_one_line() -> None:
    publish_for_a_year()
    assert isinstance(try_to_sign(make_trip(1), KEY), signing.Signed)
    trip = make_trip(30)

    results = at_once(20, lambda place: try_to_sign(trip, str(ULID())) if place % 2 else try_to_join(trip))

    assert len(stored(trip.slug)) == 1
    assert sum(isinstance(each, signing.Signed | covers.Joined) for each in results) == 1
    after = Event.fetch(slug=trip.slug)
    assert after is not None
    assert after.signed == 1


def try_to_join(trip: Event) -> covers.Joined | Exception:
    """Take Ana's earlier waiver, and return what came of it."""
    try:
        return covers.join(event=trip, key=str(ULID()), name="Ana López", born_on=BORN_ON, origin=acts.Origin())
    except (covers.NotCovered, signing.AlreadySigned) as exc:
        return exc
