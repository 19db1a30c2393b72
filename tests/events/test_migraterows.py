"""Parties are migrated, so that they are found by their address, while people work."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from itertools import count
from pathlib import Path
from threading import Event as Flag
from threading import Semaphore
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from events import bookings
from events.rows import Event, Patron
from scc.dynamo import migrating
from scc.dynamo.rows import Row
from scc.management.commands import migraterows
from scc.staff.actors import SYSTEM
from scc.staff.models import User
from scc.staff.rows import AuditEntry
from tests.builders import make_event, make_party
from tests.dynamo.faults import bodies_of
from tests.dynamo.older import client, item_at

Item = dict[str, Any]

TODAY = timezone.localdate()
PARTIES = "/admin/events/patron/"

pytestmark = pytest.mark.usefixtures("table")


def make_older(party: Patron) -> Patron:
    """Store `party` as the release of before did, and return it."""
    client().update_item(
        TableName=settings.SCC_TABLE,
        Key={"pk": {"S": party.pk}, "sk": {"S": party.sk}},
        UpdateExpression="REMOVE shape, folded_email, gsi1pk, gsi1sk",
    )
    return party


def older_parties(event: Event, number: int) -> list[Patron]:
    return [
        make_older(make_party(event=event, name=f"Guest {n:03}", size=1, email=f"Guest{n}@example.com"))
        for n in range(number)
    ]


def run(*arguments: str) -> tuple[int, list[str]]:
    """Return the exit status of `migraterows PATRON`, and what it said."""
    out, code = StringIO(), 0
    try:
        call_command("migraterows", "PATRON", *arguments, stdout=out, stderr=out)
    except SystemExit as exc:
        code = int(str(exc.code))
    except CommandError as exc:
        code = exc.returncode
        out.write(f"{exc}\n")
    return code, out.getvalue().splitlines()


def shown(client: Client, **asked: str) -> list[str]:
    page = client.get(PARTIES, asked)
    return [obj.name for obj in page.context["cl"].result_list]


def test_migraterows_makes_parties_found_by_their_address(dana: User) -> None:
    event = make_event(date=TODAY)
    older_parties(event, 3)
    staff = Client()
    staff.force_login(dana)
    before = shown(staff, q="guest1@example.com")

    code, said = run()

    assert code == 0
    assert said[-1] == ("rows: 3 read, 3 migrated, 0 unchanged, 0 reported; verified: 3 read, 3 unchanged, 0 reported")
    assert before == []
    assert shown(staff, q="guest1@example.com") == ["Guest 001"]


def test_parties_of_both_shapes_are_listed_searched_and_shown(dana: User) -> None:
    event = make_event(date=TODAY)
    make_older(make_party(event=event, name="Ana", size=1, email="ana@example.com"))
    make_party(event=event, name="Anne", size=1, email="anne@example.com")
    staff = Client()
    staff.force_login(dana)

    sheet = staff.get(f"/dispatch/{event.slug}/").content.decode()
    form = staff.get(f"/admin/events/event/{event.slug}/change/").content.decode()

    assert shown(staff) == shown(staff, q="an") == ["Ana", "Anne"]
    for text in ("Ana", "Anne"):
        assert text in sheet
        assert f"{text.lower()}@example.com" in form


def test_who_changes_an_older_party_leaves_it_whole() -> None:
    event = make_event(date=TODAY)
    party = make_older(make_party(event=event, email="old@example.com"))
    read = Patron.fetch(event_id=party.event_id, ulid=party.ulid)
    assert read is not None

    bookings.change_party(event=event, party=read, changes={"email": "New@example.com"}, by=SYSTEM)

    assert faults_of(item_at(str(party.pk), str(party.sk)), older=False) == []


def test_an_open_form_saves_after_its_party_was_migrated() -> None:
    event = make_event(date=TODAY)
    party = make_older(make_party(event=event))
    read = Patron.fetch(event_id=party.event_id, ulid=party.ulid)
    assert read is not None
    run()

    bookings.change_party(event=event, party=read, changes={"email": "new@example.com"}, by=SYSTEM)

    assert faults_of(item_at(str(party.pk), str(party.sk)), older=False) == []


def test_a_reader_and_a_writer_at_work_see_no_error_and_no_stale_key(dana: User) -> None:
    event = make_event(date=TODAY, capacity=200)
    parties = older_parties(event, 40)
    wrote, over = Semaphore(0), Flag()

    def write() -> None:
        for number in count():
            party = parties[number * 7 % len(parties)]
            read = Patron.fetch(event_id=event.slug, ulid=party.ulid)
            assert read is not None
            changes = {"email": f"{'GUEST' if number % 2 else 'guest'}{number}@example.com"}
            bookings.change_party(event=event, party=read, changes=changes, by=SYSTEM)
            wrote.release()
            if over.is_set():
                return

    def read() -> None:
        staff = Client()
        staff.force_login(dana)
        while True:
            assert faults(event, older=True) == []
            assert len(shown(staff)) == len(parties)
            if over.is_set():
                return

    with ThreadPoolExecutor(2) as pool:
        at_work = [pool.submit(write), pool.submit(read)]
        # Each write of the migration waits until the writer has written once more since the item was read.
        with at_call("UpdateItem", None, lambda: once_more(wrote)):
            code, said = run()
        over.set()
        for each in at_work:
            each.result()

    assert (code, faults(event, older=False)) == (0, []), said
    for party in (row for row in Row.collection(str(parties[0].pk)) if isinstance(row, Patron)):
        found = Patron.listing(index="gsi1", known={"folded_email": party.email.casefold()})
        assert [each.ulid for each in found] == [party.ulid]


def once_more(wrote: Semaphore) -> None:
    while wrote.acquire(blocking=False):
        pass
    assert wrote.acquire(timeout=10)


def faults(event: Event, *, older: bool) -> list[str]:
    """Return what of the parties, as they are stored, does not follow from their addresses."""
    return [fault for item in items_of(event) for fault in faults_of(item, older=older)]


def items_of(event: Event) -> list[Item]:
    """Return the parties as they are stored."""
    asked = {
        "TableName": settings.SCC_TABLE,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)",
        "ExpressionAttributeValues": {":pk": {"S": f"EVENT#{event.slug}"}, ":sk": {"S": "PATRON#"}},
        "ConsistentRead": True,
    }
    items: list[Item] = client().query(**asked)["Items"]
    return items


def faults_of(item: Item, *, older: bool) -> list[str]:
    """Return what of a stored party does not follow from its address. older: whether it may be of the shape before."""
    address = item["email"]["S"].casefold()
    follows = {
        "shape": {"N": "2"},
        "folded_email": {"S": address},
        "gsi1pk": {"S": f"PATRON#{address}"},
        "gsi1sk": {"S": f"{item['event_id']['S']}#{item['ulid']['S']}"},
    }
    if older and not item.keys() & follows.keys():
        return []
    return [name for name, value in follows.items() if item.get(name) != value]


def test_migraterows_counts_and_writes_nothing_as_a_dry_run() -> None:
    older_parties(make_event(), 2)

    with bodies_of("UpdateItem") as updates, bodies_of("PutItem") as puts, bodies_of("TransactWriteItems") as units:
        code, said = run("--dry-run")

    assert (code, said) == (
        0,
        ["rows: 2 read, 2 migrated, 0 unchanged, 0 reported (dry run: nothing was written)"],
    )
    assert updates + puts + units == []


def test_migraterows_verifies_and_names_no_address(tmp_path: Path) -> None:
    [party] = older_parties(make_event(), 1)

    code, said = run("--verify", "--summary", str(tmp_path / "summary.json"))

    assert code == 3
    assert said == [f"{party.pk}/{party.sk} is of shape 1", "verified: 1 read, 0 unchanged, 1 reported"]
    counts = json.loads((tmp_path / "summary.json").read_text())
    assert counts == {"verified": {"read": 1, "migrated": 0, "unchanged": 0, "reported": 1}}


def test_migraterows_says_how_many_it_does_not_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migraterows, "MOST_NAMED", 1)
    older_parties(make_event(), 3)

    assert run("--verify")[1][1:] == ["... and 2 more", "verified: 3 read, 0 unchanged, 3 reported"]


def test_migraterows_stops_when_asked_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "PAGE", 5)
    older_parties(make_event(capacity=60), 60)

    with at_call("UpdateItem", 12, lambda: os.kill(os.getpid(), signal.SIGINT)):
        stopped = run()
    done = run()

    assert stopped[0] == 1
    assert stopped[1][-1] == "Stopped. Type the same again to go on: each segment keeps its place."
    assert done[0] == 0
    assert done[1][0].startswith("Going on with the run of ")
    assert "verified: 60 read, 60 unchanged, 0 reported" in done[1][-1]


def test_migraterows_leaves_an_audit_entry_of_each_run() -> None:
    older_parties(make_event(), 1)

    run()
    run()
    run("--dry-run")

    entries = AuditEntry.listing(known={"subject": "MIGRATION#PATRON-2"}).rows
    assert [(entry.action, entry.recorded_by, entry.summary) for entry in entries] == [
        ("migrated", "system", "Done. 1 read, 1 migrated, 0 unchanged, 0 reported"),
        ("migrated", "system", "Done. 1 read, 0 migrated, 1 unchanged, 0 reported"),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("NOBODY",), "There is no migration of NOBODY. There is one of "),
        (("--rate", "fast"), "takes write units a second (200) or a share (10%), not 'fast'"),
        (("--rate", "0"), "takes a number above 0"),
        (("--rate", "nan%"), "takes a number above 0"),
        (("--segments", "65"), "takes a whole number from 1 to 64"),
    ],
)
def test_migraterows_refuses_what_it_cannot_do(arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("migraterows", *arguments)

    assert said in str(refused.value)


class at_call:  # noqa: N801  # reads as one of the faults
    """Do `act` right before one call of `operation`, or before each."""

    def __init__(self, operation: str, number: int | None, act: Callable[[], object]) -> None:
        self.event, self.number, self.act = f"before-send.dynamodb.{operation}", number, act
        self.calls = count(1)

    def __enter__(self) -> None:
        client().meta.events.register_first(self.event, self.look)

    def __exit__(self, *_: object) -> None:
        client().meta.events.unregister(self.event, self.look)

    def look(self, **_: Any) -> None:
        if self.number in (None, next(self.calls)):
            self.act()
