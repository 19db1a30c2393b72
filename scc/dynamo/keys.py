"""Key templates: `"EVENT#{slug}"` names the attributes that make a key.

A template is literal text with attribute names in braces. Filled with a row's attributes it gives the key;
filled with a query's conditions it tells whether, and how far, the key is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache, cached_property

from scc.dynamo.attributes import instant_text

# DynamoDB's bounds, in bytes. It meets a question beyond them with an error, and holds nothing there.
LONGEST_PK, LONGEST_SK = 2048, 1024

_FIELD = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class Template:
    """A key template, taken apart once."""

    def __init__(self, text: str) -> None:
        self.text = text
        pieces = _FIELD.split(text)
        self.literals = pieces[::2]
        self.fields = tuple(pieces[1::2])

    def __repr__(self) -> str:
        return f"Template({self.text!r})"

    def fill(self, value_of: Callable[[str], object]) -> str | None:
        """Return the key, or None when an attribute in it has no value.

        A row without a value for an index's template is left out of that index.
        """
        key = self.literals[0]
        for field, literal in zip(self.fields, self.literals[1:], strict=True):
            value = value_of(field)
            if value is None or value == "":
                return None
            key += key_text(value) + literal
        return key

    def prefix(self, known: Mapping[str, object]) -> tuple[str, str | None]:
        """Return how far `known` fills the key, and the first attribute that is open (None: all filled)."""
        key = self.literals[0]
        for field, literal in zip(self.fields, self.literals[1:], strict=True):
            if field not in known:
                return key, field
            key += key_text(known[field]) + literal
        return key, None

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # Greedy up to the last separator, as only an identifier's last part is free of "." and "#".
        parts = [re.escape(self.literals[0])]
        for field, literal in zip(self.fields, self.literals[1:], strict=True):
            parts.append(f"(?P<{field}>.+){re.escape(literal)}")
        return re.compile("".join(parts))

    def parse(self, text: str) -> dict[str, str] | None:
        """Return the attributes that give `text` when filled in, or None when `text` is not of this form."""
        match = self._pattern.fullmatch(text)
        return match.groupdict() if match else None


@cache
def template(text: str) -> Template:
    """Return the template that `text` writes, taken apart once for all."""
    return Template(text)


def key_text(value: object) -> str:
    """Return `value` as it stands in a key, so that keys sort as the values do."""
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def may_be_key(pk: str, sk: str) -> bool:
    """Say whether there can be a row at `pk` and `sk`, or at `pk` and what begins with `sk`."""
    return len(pk.encode()) <= LONGEST_PK and len(sk.encode()) <= LONGEST_SK
