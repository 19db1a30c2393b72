"""Writes: all that a unit of work does to one row, and how it is put to DynamoDB.

An import puts and counts by the thousand. What is asked of DynamoDB for those differs in its values alone, so that
PynamoDB writes the expressions once for all rows alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Literal

from pynamodb.constants import STRING
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action, Update

from scc.dynamo.rows import Row

# What a condition that fails gives back: the item as it is.
IMAGE = "ALL_OLD"

# An expression, and the name of an attribute for each "#0" in it.
Expression = tuple[str, dict[str, str]]


@dataclass
class Write:
    """All that one unit does to one row."""

    row: Row
    verb: Literal["put", "update", "delete", "check", "count"]
    sets: dict[str, Any] = field(default_factory=dict)
    # What makes an older item one of the last shape; what is set by name comes before it.
    completes: dict[str, Any] = field(default_factory=dict)
    adds: dict[str, int] = field(default_factory=dict)
    expects: list[Condition] = field(default_factory=list)

    def condition(self) -> Condition | None:
        """Everything expected, in one condition. A put expects nothing there, the others a row, a count neither."""
        if self.verb == "count":
            return None
        condition = self.row.is_free() if self.verb == "put" else self.row.is_there()
        for expected in self.expects:
            condition = condition & expected
        return condition

    def request(self, name: str) -> dict[str, Any]:
        """Return what of a TransactWriteItems this is. name: of the unit."""
        if self.verb == "check":
            # The model's own call asks for no image of the row; the failure is read back instead.
            row = self.row
            return Row.get_operation_kwargs_from_class(row.pk, range_key=row.sk, condition=self.condition())
        if self.verb == "put":
            self._apply(name)
            return self._put()
        if self.verb == "count":
            return self._count(name)
        return self.row.get_update_kwargs_from_instance(
            actions=self._actions(name), condition=self.condition(), return_values_on_condition_failure=IMAGE
        )

    def _apply(self, name: str) -> None:
        """Make the row of a put what is stored of it. name: of the unit."""
        for attribute, amount in self.adds.items():
            setattr(self.row, attribute, (getattr(self.row, attribute) or 0) + amount)
        self.adds = {}
        self.row.unit = name

    def _actions(self, name: str) -> list[Action]:
        """Return what an update of the stored row does. name: of the unit."""
        attributes = self.row.get_attributes()
        actions: list[Action] = [Row.unit.set(name)]
        for each, value in {**self.completes, **self.sets}.items():
            attribute = attributes[each]
            actions.append(attribute.remove() if value is None or value == "" else attribute.set(value))
        actions += [attributes[each].add(amount) for each, amount in self.adds.items() if amount]
        return actions

    def _put(self) -> dict[str, Any]:
        if self.expects:
            return self.row.get_save_kwargs_from_instance(self.condition(), IMAGE)
        condition, names = _written(type(self.row).is_free)
        return {
            "TableName": _table(),
            "Item": self.row.serialize(),
            "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": IMAGE,
            "ExpressionAttributeNames": names,
        }

    def _count(self, name: str) -> dict[str, Any]:
        sets = {"unit": name, **dict(self._named())}
        adds = {each: amount for each, amount in self.adds.items() if amount}
        update, names = _counting(type(self.row), tuple(sets), tuple(adds))
        values = self._stored({**sets, **adds}).values()
        return {
            "TableName": _table(),
            "Key": self._stored({"pk": self.row.pk, "sk": self.row.sk}),
            "ReturnValuesOnConditionCheckFailure": IMAGE,
            "UpdateExpression": update,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {f":{at}": value for at, value in enumerate(values)},
        }

    def _named(self) -> list[tuple[str, Any]]:
        """Return what a row that is counted is made with, beside its figures."""
        passed_by = {"pk", "sk", "unit", *self.adds}
        values = self.row.attribute_values
        return [(each, value) for each, value in values.items() if value is not None and each not in passed_by]

    def _stored(self, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """Return the values of attributes as DynamoDB takes them."""
        attributes = self.row.get_attributes()
        return {each: {attributes[each].attr_type: attributes[each].serialize(values[each])} for each in values}


def _table() -> str:
    return Row._get_connection().table_name


@cache
def _written(expected: Callable[[], Condition]) -> Expression:
    """Return what a put expects, by the kind's own method that says it."""
    names: dict[str, str] = {}
    return expected().serialize(names, {}), _by_placeholder(names)


@lru_cache(maxsize=256)
def _counting(kind: type[Row], sets: tuple[str, ...], adds: tuple[str, ...]) -> Expression:
    """Return how a row is counted: the values of `sets` are ":0" and on, those of `adds` follow."""
    attributes = kind.get_attributes()
    names: dict[str, str] = {}
    actions = [attributes[each].set({STRING: ""}) for each in sets] + [attributes[each].add(0) for each in adds]
    return Update(*actions).serialize(names, {}) or "", _by_placeholder(names)


def _by_placeholder(names: Mapping[str, str]) -> dict[str, str]:
    return {placeholder: name for name, placeholder in names.items()}
