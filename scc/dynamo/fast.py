"""What makes rows fast.

PynamoDB sets and reads an attribute at a time, each through its descriptor. Of an entry of the ledger that took more
than all else that is done with it; these do the same to the dictionary behind.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from pynamodb.attributes import Attribute, AttributeContainer
from pynamodb.exceptions import AttributeNullError


class FastContainer(AttributeContainer):
    """A base that stands before PynamoDB's `Model`, and takes the place of its slow parts."""

    def _set_defaults(self, _user_instantiated: bool = True) -> None:
        self.attribute_values.update(_defaults(type(self)))

    def _set_attributes(self, **attributes: Any) -> None:
        if "kind" in attributes or not attributes.keys() <= self.get_attributes().keys():
            # It refuses what is none of its attributes, and another kind.
            super()._set_attributes(**attributes)
            return
        self.attribute_values.update(attributes)

    def serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:
        """Return the item as stored. "" is stored as no attribute."""
        values, item = self.attribute_values, {}
        for name, stored_as, attribute in _attributes(type(self)):
            value = values.get(name)
            if value is None and null_check and not attribute.null:
                raise AttributeNullError(name)
            if value is not None and value != "":
                item[stored_as] = {attribute.attr_type: attribute.serialize(value)}
        return item


@cache
def _attributes(kind: type[FastContainer]) -> list[tuple[str, str, Attribute[Any]]]:
    """Return each attribute of a kind: its name with us, its name as stored, and itself."""
    return [(name, attribute.attr_name, attribute) for name, attribute in kind.get_attributes().items()]


@cache
def _defaults(kind: type[FastContainer]) -> dict[str, Any]:
    defaults = {name: attribute.default for name, _, attribute in _attributes(kind) if attribute.default is not None}
    if any(map(callable, defaults.values())):
        raise TypeError(f"{kind.__name__} has a default that is reckoned; give the value where the row is made")
    return defaults
