from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scc.dynamo.attributes import IntegerAttribute, instant_text
from scc.dynamo.folding import fold
from scc.dynamo.keys import Template
from tests.dynamo.boats import Harbor, harbor


def test_fill_gives_the_key() -> None:
    values = {"year": "2026", "on": date(2026, 5, 23)}

    assert Template("EVENT#{year}/{on}").fill(values.get) == "EVENT#2026/2026-05-23"


@pytest.mark.parametrize("value", [None, ""])
def test_fill_leaves_a_row_out_that_has_no_value(value: object) -> None:
    assert Template("EVENT#{year}").fill({"year": value}.get) is None


def test_a_field_is_not_taken_for_another_that_begins_alike() -> None:
    assert Template("{name}#{name_folded}").fill({"name": "A", "name_folded": "a"}.get) == "A#a"


def test_prefix_stops_at_the_first_unknown() -> None:
    template = Template("{starts_at}#{slug}")

    assert template.prefix({}) == ("", "starts_at")
    assert template.prefix({"starts_at": "x"}) == ("x#", "slug")
    assert template.prefix({"starts_at": "x", "slug": "y"}) == ("x#y", None)


@given(st.from_regex(r"[a-z0-9.-]{1,20}", fullmatch=True), st.from_regex(r"[0-9A-Z]{26}", fullmatch=True))
def test_parse_undoes_fill(event: str, ulid: str) -> None:
    template = Template("{event_id}.{ulid}")
    values = {"event_id": event, "ulid": ulid}

    assert template.parse(str(template.fill(values.get))) == values


def test_instants_sort_as_text() -> None:
    early, late = datetime(2026, 5, 23, 9, 59, 59, 999_000, UTC), datetime(2026, 5, 23, 10, tzinfo=UTC)

    assert instant_text(early) == "2026-05-23T09:59:59.999Z"
    assert instant_text(early) < instant_text(late)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        instant_text(datetime(2026, 5, 23))  # noqa: DTZ001  # what is refused


@pytest.mark.parametrize("value", [1.0, True, "1", None])
def test_an_integer_attribute_takes_whole_numbers_only(value: object) -> None:
    with pytest.raises(TypeError):
        IntegerAttribute(attr_name="cents").serialize(value)


@given(st.integers())
def test_an_integer_attribute_keeps_every_digit(value: int) -> None:
    attribute = IntegerAttribute(attr_name="cents")

    assert attribute.deserialize(attribute.serialize(value)) == value


def test_empty_text_is_stored_as_nothing() -> None:
    item = harbor().stamp().serialize()

    assert "note" not in item
    assert Harbor.from_raw_data(item).note == ""


@pytest.mark.parametrize(("name", "folded"), [("Élan  10 ", "elan 10"), ("STRASSE", "strasse"), ("Ñandú", "nandu")])
def test_fold_drops_case_accents_and_spaces(name: str, folded: str) -> None:
    assert fold(name) == folded
