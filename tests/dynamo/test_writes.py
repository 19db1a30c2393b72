from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pynamodb.transactions import TransactWrite

from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from tests.dynamo.boats import Harbor, Mooring, Tide, harbor

pytestmark = pytest.mark.usefixtures("table")

SINCE = datetime(2026, 5, 23, 10, tzinfo=UTC)
# What a harbor that is counted is not made with by name.
BESIDE = {"pk", "sk", "unit", "berths", "boats"}


@contextmanager
def asked() -> Iterator[list[dict[str, Any]]]:
    """Give what each transaction asks of DynamoDB."""
    requests: list[dict[str, Any]] = []

    def keep(params: dict[str, Any], **_: Any) -> None:
        requests.append(params)

    events, event = Row._get_connection().connection.client.meta.events, "provide-client-params.dynamodb.*"
    events.register(event, keep)
    try:
        yield requests
    finally:
        events.unregister(event, keep)


def pynamodb(unit: Unit) -> TransactWrite:
    """Begin the same transaction with PynamoDB's own."""
    return TransactWrite(connection=Row._get_connection().connection, client_request_token=unit.name)


def test_commit_asks_for_puts_as_pynamodb_does() -> None:
    unit = Unit()
    removable = unit.put(Mooring(harbor_id="avalon", number="7", since=SINCE, kind_of_line=""))
    staying = unit.put(Tide(harbor_id="avalon", day="2026-05-23"))
    figured = unit.put(harbor())
    unit.update(figured, add={"boats": 3})

    with asked() as requests:
        unit.commit()
        with pynamodb(unit) as transaction:
            for row in (removable, staying, figured):
                transaction.save(row, condition=row.is_free(), return_values="ALL_OLD")

    assert requests[0] == requests[1]
    assert figured.boats == 3


@pytest.mark.parametrize(("berths", "boats"), [(2, 3), (2, 0), (0, 0)])
def test_commit_asks_for_counts_as_pynamodb_does(berths: int, boats: int) -> None:
    counted = harbor()
    unit = Unit()
    unit.count(counted, add={"berths": berths})
    unit.count(counted, add={"boats": boats})
    named = {name: counted.attribute_values[name] for name in counted.attribute_values if name not in BESIDE}
    sets = [Harbor.get_attributes()[name].set(value) for name, value in named.items() if value is not None]
    adds = [attribute.add(n) for attribute, n in ((Harbor.berths, berths), (Harbor.boats, boats)) if n]

    with asked() as requests:
        unit.commit()
        with pynamodb(unit) as transaction:
            transaction.update(counted, [Row.unit.set(unit.name), *sets, *adds], return_values="ALL_OLD")

    assert requests[0] == requests[1]


def test_commit_asks_in_the_order_of_the_answers() -> None:
    stored = Unit()
    changed, gone, seen = (stored.put(harbor(slug)) for slug in ("avalon", "catalina", "emerald"))
    stored.commit()
    unit = Unit()
    unit.count(harbor("descanso"), add={"boats": 1})
    unit.delete(gone)
    unit.update(changed, set={"note": "deep"})
    unit.put(harbor("twin"))
    unit.check(seen)

    with asked() as requests:
        unit.commit()

    places = [(next(iter(item)), _place(*item.values())) for item in requests[0]["TransactItems"]]
    assert places == [
        ("ConditionCheck", "emerald"),
        ("Put", "twin"),
        ("Update", "avalon"),
        ("Update", "catalina"),
        ("Update", "descanso"),
    ]


def _place(request: dict[str, Any]) -> str:
    key = request.get("Key") or request["Item"]
    return str(key["pk"]["S"]).removeprefix("HARBOR#")
