"""What attributes are called: by the tool's own names, or so much like them that nothing else is meant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from scc.legacy import typed, values
from scc.legacy.values import is_empty

# Of a name that is told.
_TOLD = 40


def by_known(
    said: Mapping[str, Any],
    known: Collection[str],
    *,
    lists: Mapping[str, str] | None = None,
    instead: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], list[str]]:
    """Return what is said by the `known` names, whatever the capitals and signs of those that it has, and the guesses.

    lists: other names of lists. What both say is Twice, which of a list is what is in both.
    instead: names that stand for a known one where that says nothing, the likeliest first.
    """
    ours = {name: ours_of(name, value, known, lists or {}) for name, value in said.items()}
    found = _merged([(ours[name], value) for name, value in said.items()])
    guesses = [_taken(name, ours[name]) for name, value in said.items() if name != ours[name] and not is_empty(value)]
    for other, meant in (instead or {}).items():
        name = next((name for name, value in found.items() if _key(name) == other and not is_empty(value)), None)
        if name is not None and is_empty(found.get(meant)):
            found[meant] = found.pop(name)
            guesses.append(_taken(name, meant))
    return found, guesses


def ours_of(name: str, value: object, known: Collection[str], lists: Mapping[str, str]) -> str:
    """Return the known name that an attribute is taken for, or its own."""
    if name in known:
        return name
    key = _key(name)
    # "payment": "all of it" is no list.
    if key in lists and values.is_list(value):
        return lists[key]
    return next((each for each in known if key and _key(each) == key), name)


def _key(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _merged(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return values by their names. What says nothing gives way to what says something."""
    said = {name for name, value in pairs if not is_empty(value)}
    return typed.each_once((name, value) for name, value in pairs if name not in said or not is_empty(value))


def _taken(name: str, ours: str) -> str:
    return f"{' '.join(name.split())[:_TOLD]} is taken for {ours}"
