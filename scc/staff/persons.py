"""Which person a user is. A user keeps that person's id; who there is says the app that keeps the people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# Ids with names.
Choices = list[tuple[str, str]]


@dataclass
class _Source:
    """Where the people are read: nobody, until an app says."""

    read: Callable[[], Choices] = list


_source = _Source()


def come_from(read: Callable[[], Choices]) -> None:
    """Take the people from `read` from now on."""
    _source.read = read


def offered() -> Choices:
    """Return the people whom a user may be, by their ids. One Query."""
    return _source.read()
