"""One item of an older shape is brought to the last, whoever else is at work."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pynamodb.expressions.condition import Condition

from scc.dynamo.migrations import CannotMigrate, Change, change_of, migrate
from scc.dynamo.rows import Row
from tests.dynamo.faults import answers_lost, bodies_of, connection_refused, meanwhile
from tests.dynamo.older import (
    Item,
    Locker,
    Logbook,
    LogPages,
    Skipper,
    item_at,
    note,
    old_locker,
    old_logbook,
    old_skipper,
    rename,
    stored,
    write_pages,
)

pytestmark = pytest.mark.usefixtures("table")

SKIPPER = Skipper(number="7", name="Ana López")
LOCKER = Locker(number="7", harbor="avalon")
LOGBOOK = Logbook(number="7", title="Of 2026")


@pytest.mark.parametrize(
    ("old", "wanted"),
    [(old_skipper, SKIPPER), (old_locker, LOCKER), (old_logbook, LOGBOOK)],
    ids=["an attribute is added", "keys are stamped anew", "an item is split"],
)
def test_migrate_makes_of_an_item_what_is_stored_today(old: Callable[[], Item], wanted: Row) -> None:
    written, units = migrate(old())

    assert written
    assert units >= 1
    assert item_at(str(wanted.stamp().pk)) == wanted.serialize()


def test_migrate_splits_the_part_off() -> None:
    migrate(old_logbook(pages="Calm"))

    assert item_at("LOGBOOK#7", "PAGES") == LogPages(number="7", pages="Calm").stamp().serialize()


@pytest.mark.parametrize("old", [old_skipper, old_locker, old_logbook])
def test_migrate_does_nothing_twice(old: Callable[[], Item]) -> None:
    item = old()
    migrate(item)

    with bodies_of("UpdateItem") as updates, bodies_of("TransactWriteItems") as transactions:
        again = migrate(item_at(item["pk"]["S"]))

    assert again == (False, 0.0)
    assert updates + transactions == []


def test_migrate_leaves_version_and_unit_as_they_are() -> None:
    old_skipper()
    note("Left-handed")
    before = item_at("SKIPPER#7")

    migrate(before)

    after = item_at("SKIPPER#7")
    assert (after["version"], after["unit"]) == (before["version"], before["unit"])


def test_migrate_reads_again_what_someone_changed_meanwhile() -> None:
    item = old_skipper(name="Ana")

    with meanwhile("UpdateItem", lambda: rename("Bea")):
        migrate(item)

    assert item_at("SKIPPER#7")["name"] == {"S": "Bea"}
    assert item_at("SKIPPER#7")["gsi2sk"] == {"S": "bea#7"}


def test_without_what_it_expects_a_migration_leaves_a_stale_key(monkeypatch: pytest.MonkeyPatch) -> None:
    item = old_skipper(name="Ana")
    monkeypatch.setattr(Change, "condition", lambda _: Row.pk.exists())

    with meanwhile("UpdateItem", lambda: rename("Bea")):
        migrate(item)

    assert item_at("SKIPPER#7")["name"] == {"S": "Bea"}
    assert item_at("SKIPPER#7")["gsi2sk"] == {"S": "ana#7"}


def test_migrate_lets_pass_what_it_does_not_follow_from() -> None:
    item = old_skipper()

    with meanwhile("UpdateItem", lambda: note("Left-handed")), bodies_of("UpdateItem") as sent:
        migrate(item)

    assert len(sent) == 1
    assert item_at("SKIPPER#7")["note"] == {"S": "Left-handed"}


def test_migrate_leaves_what_was_removed_meanwhile() -> None:
    item = old_skipper()
    removed = Skipper(number="7", name="Ana López", expires_at=1, version=2)

    with meanwhile("UpdateItem", lambda: stored(removed, pk="SKIPPER#7", sk="META")):
        written, _ = migrate(item)

    assert not written
    assert "gsi2pk" not in item_at("SKIPPER#7")


def test_migrate_makes_no_item_of_one_that_is_gone() -> None:
    item = Skipper(number="7", name="Ana").stamp().serialize()
    del item["shape"]

    assert migrate(item) == (False, 0.0)
    assert item_at("SKIPPER#7") == {}


@pytest.mark.parametrize(("old", "operation"), [(old_skipper, "UpdateItem"), (old_logbook, "TransactWriteItems")])
def test_migrate_counts_a_lost_answer_once(old: Callable[[], Item], operation: str) -> None:
    item = old()

    with answers_lost(operation, times=1) as lost:
        migrate(item)

    assert lost == [operation]
    assert change_of(item_at(item["pk"]["S"])) is None


def test_migrate_waits_for_a_table_that_does_not_answer() -> None:
    item = old_skipper()

    with connection_refused("UpdateItem", times=6) as refused, connection_refused("GetItem", times=6):
        migrate(item)

    assert len(refused) == 6
    assert item_at("SKIPPER#7")["shape"] == {"N": "2"}


def test_migrate_leaves_a_part_to_who_wrote_it_meanwhile() -> None:
    item = old_logbook(pages="Calm")

    with meanwhile("TransactWriteItems", lambda: write_pages("A gale")):
        written, _ = migrate(item)

    assert not written
    assert item_at("LOGBOOK#7", "PAGES")["pages"] == {"S": "A gale"}


def test_migrate_reports_what_was_split_and_taken_back() -> None:
    migrate(old_logbook(pages="Calm"))

    with pytest.raises(CannotMigrate, match="split off it already"):
        migrate(old_logbook(pages="Fog"))

    assert item_at("LOGBOOK#7", "PAGES")["pages"] == {"S": "Calm"}
    assert item_at("LOGBOOK#7")["pages"] == {"S": "Fog"}


def test_migrate_puts_right_what_a_release_of_before_wrote() -> None:
    skipper = Skipper(number="7", name="Ana").stamp()
    # It knows the name, and nothing that follows from it.
    skipper.name = "Bea"

    written, _ = migrate(stored(skipper))

    assert written
    assert item_at("SKIPPER#7") == Skipper(number="7", name="Bea").stamp().serialize()


def test_migrate_leaves_a_shape_that_is_to_come() -> None:
    skipper = Skipper(number="7", name="Ana").stamp()
    skipper.shape = 3

    with pytest.raises(CannotMigrate, match="shape 3"):
        migrate(stored(skipper))


def test_migrate_reports_what_is_no_row() -> None:
    item = {**old_skipper(), "version": {"S": "one"}}

    with pytest.raises(CannotMigrate):
        migrate(item)


def test_a_change_expects_every_attribute_that_it_follows_from() -> None:
    change = change_of(old_skipper())

    assert change is not None
    assert isinstance(change.condition(), Condition)
    expected = str(change.condition())
    assert [name for name in ("version", "shape", "name", "number", "folded_name") if name not in expected] == []
    assert "trips" not in expected
