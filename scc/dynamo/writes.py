"""Writes: all that a unit of work does to one row, and how it is put to DynamoDB."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from scc.dynamo.rows import Row


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

    def apply(self, name: str) -> None:
        """Make the row of a put what is stored of it. name: of the unit."""
        for attribute, amount in self.adds.items():
            setattr(self.row, attribute, (getattr(self.row, attribute) or 0) + amount)
        self.adds = {}
        self.row.unit = name

    def actions(self, name: str) -> list[Action]:
        """Return what an update of the stored row does. name: of the unit."""
        attributes = self.row.get_attributes()
        actions: list[Action] = [Row.unit.set(name)]
        if self.verb == "count":
            actions += [attributes[each].set(value) for each, value in self._named() if value is not None]
        for each, value in {**self.completes, **self.sets}.items():
            attribute = attributes[each]
            actions.append(attribute.remove() if value is None or value == "" else attribute.set(value))
        actions += [attributes[each].add(amount) for each, amount in self.adds.items() if amount]
        return actions

    def _named(self) -> list[tuple[str, Any]]:
        """Return what a row that is counted is made with, beside its figures."""
        passed_by = {"pk", "sk", "unit", *self.adds}
        return [(each, value) for each, value in self.row.attribute_values.items() if each not in passed_by]
