"""Items of an older shape, read and written by those who know the last one alone."""

from __future__ import annotations

import pytest

from scc.dynamo.errors import Conflict
from scc.dynamo.extracts import extracts
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from tests.dynamo.faults import meanwhile
from tests.dynamo.older import (
    Item,
    Locker,
    LogPages,
    Skipper,
    item_at,
    note,
    old_logbook,
    old_skipper,
    pages_of,
    rename,
    stored,
    write_pages,
)

pytestmark = pytest.mark.usefixtures("table")


def new_skipper() -> Item:
    return Skipper(number="7", name="Ana López").stamp().serialize()


def test_an_older_item_is_read_as_one_of_the_last_shape() -> None:
    old_skipper()

    [read] = [Skipper.fetch(number="7")]

    assert read is not None
    assert read.serialize() == new_skipper()
    assert [row.serialize() for row in Row.collection("SKIPPER#7")] == [new_skipper()]


def test_an_older_item_is_read_whole_where_only_some_attributes_are_asked_for() -> None:
    old_skipper()

    found = Skipper.fetch_many([("SKIPPER#7", "META")], only=("folded_name", "note"))

    assert [row.folded_name for row in found.values()] == ["ana lopez"]


def test_an_item_that_was_removed_is_not_brought_back() -> None:
    stored(Skipper(number="7", name="Ana", expires_at=1), pk="SKIPPER#7", sk="META")

    assert Skipper.fetch(number="7") is None
    assert "gsi2pk" not in Skipper.from_raw_data(item_at("SKIPPER#7")).serialize()


def test_extracts_refuses_a_kind_of_several_shapes() -> None:
    with pytest.raises(TypeError, match="several shapes"):
        next(extracts(Locker, ["number"], index="gsi1", known={"harbor": "avalon"}, low="", high="9"))


def test_what_is_added_is_of_the_last_shape() -> None:
    unit = Unit()
    unit.put(Skipper(number="7", name="Ana López"))
    unit.commit()

    assert item_at("SKIPPER#7")["shape"] == {"N": "2"}
    assert item_at("SKIPPER#7")["gsi2sk"] == {"S": "ana lopez#7"}


def test_who_sets_what_an_upgrade_sets_writes_all_of_it() -> None:
    old_skipper()

    # Her key begins otherwise then, and `gsi2pk`, which the item lacks, is the same as it was in memory.
    rename("Bea")

    item = item_at("SKIPPER#7")
    assert item["shape"] == {"N": "2"}
    assert (item["folded_name"], item["gsi2pk"], item["gsi2sk"]) == ({"S": "bea"}, {"S": "SKIPPERS"}, {"S": "bea#7"})


def test_who_sets_something_else_leaves_the_item_as_old_as_it_was() -> None:
    before = old_skipper()

    note("Left-handed")

    after = item_at("SKIPPER#7")
    assert {**after, "unit": None} == {**before, "note": {"S": "Left-handed"}, "unit": None}


def test_a_row_of_a_shape_to_come_is_taken_back_by_who_writes_it() -> None:
    skipper = Skipper(number="7", name="Ana").stamp()
    skipper.shape = 3
    stored(skipper)

    rename("Bea")

    assert item_at("SKIPPER#7")["shape"] == {"N": "2"}


def test_a_part_is_read_with_the_whole_until_it_is_split_off() -> None:
    old_logbook(pages="Calm")

    assert pages_of().pages == "Calm"
    assert item_at("LOGBOOK#7", "PAGES") == {}


def test_who_writes_a_part_splits_it_off() -> None:
    old_logbook(pages="Calm")

    write_pages("A gale")

    assert pages_of().pages == "A gale"
    assert item_at("LOGBOOK#7", "PAGES")["pages"] == {"S": "A gale"}
    assert "pages" not in item_at("LOGBOOK#7")
    assert item_at("LOGBOOK#7")["shape"] == {"N": "2"}


def test_of_two_who_write_a_part_the_second_reads_again() -> None:
    old_logbook(pages="Calm")

    with meanwhile("TransactWriteItems", lambda: write_pages("A gale")), pytest.raises(Conflict):
        write_pages("Fog")
    write_pages("Fog")

    assert pages_of().pages == "Fog"
    assert LogPages.fetch(number="7") is not None
