"""What can go wrong between us and the table, in our own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import DatabaseError

if TYPE_CHECKING:
    from scc.dynamo.rows import Row


class StoreError(DatabaseError):
    """Base of every error that `scc.dynamo` raises on purpose.

    A DatabaseError, so that a failed `atomic()` drops its `on_commit` callbacks.
    """


class StoreUnavailable(StoreError):
    """The table could not be reached, and nothing was written."""


class OutcomeUnknown(StoreError):
    """The table did not answer, so the write may or may not be stored.

    The same request may be sent again: whoever raises this keeps its key or token.
    """


class UnitTooLarge(StoreError):
    """A unit of work has more writes than one TransactWriteItems takes. Nothing was sent."""


class WritesCollide(StoreError):
    """Two writes of one unit contradict each other. Nothing was sent."""


@dataclass(frozen=True)
class Failure:
    """One write of a unit whose expectation was not met.

    `row` is what the unit wanted to write; `stored` is what the table holds now, None when nothing.
    """

    row: Row
    stored: Row | None


class Conflict(StoreError):
    """The table is not as the unit expected. Nothing of the unit was written."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        self.failures = list(failures)
        places = ", ".join(f"{failure.row.pk}/{failure.row.sk}" for failure in failures)
        super().__init__(f"not as expected: {places}")

    def failure_of(self, row: Row) -> Failure | None:
        """Return the failure that names `row`, by its keys."""
        key = (row.pk, row.sk)
        return next((f for f in self.failures if (f.row.pk, f.row.sk) == key), None)
