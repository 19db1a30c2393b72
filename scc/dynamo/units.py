"""The unit of work: writes that happen together or not at all, sent as one TransactWriteItems.

A unit says of each write what it expects: `put` that nothing is there, the others that the row is there, and more on
request; `count` alone expects nothing. What was removed is not there, although its item stays until DynamoDB takes it.

A unit's token makes a retry after a lost answer count once, and its name on every row that it writes tells, long after
DynamoDB has forgotten the token (10 minutes), whether a condition failed because the unit itself had succeeded.

Rule modules make a `Unit` and commit it. Django's `transaction.atomic()` has one of its own, which `joined` gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal, TypeVar

from django.db import connections
from pynamodb.exceptions import CancellationReason, TransactWriteError
from pynamodb.expressions.condition import Condition
from ulid import ULID

from scc.dynamo.answers import NO_TABLE, TRANSIENT, code_of, is_transient, is_without_table, reading
from scc.dynamo.errors import Conflict, Failure, OutcomeUnknown, StoreUnavailable, UnitTooLarge, WritesCollide
from scc.dynamo.rows import Row
from scc.dynamo.shapes import completion
from scc.dynamo.tries import tries
from scc.dynamo.writes import Write

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
MOST_WRITES = 100
TRIES = 8
# Seconds after which no further try starts. The last one may take nine (three tries of the client's own, three
# seconds each). Rules that build a unit anew do so for twelve at most, so that the whole stays under the function's
# thirty.
BUDGET = 6.0
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 0.6

# Reasons after which a cancelled transaction may be sent again as it is.
_RETRYABLE_REASONS = TRANSIENT | {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}

R = TypeVar("R", bound=Row)


class Unit:
    """Writes to send together. Nothing is sent before `commit`."""

    def __init__(self) -> None:
        self.name = str(ULID())
        self._writes: dict[tuple[str, str], Write] = {}

    def __len__(self) -> int:
        return len(self._writes)

    def put(self, row: R) -> R:
        """Add `row`, which must not be there yet. Its keys are stamped. Returns it.

        Raises WritesCollide when the unit writes that row already.
        """
        row.stamp()
        key = (row.pk, row.sk)
        other = self._writes.pop(key, None)
        if other is None:
            self._writes[key] = Write(row, "put")
            return row
        if other.verb != "update" or other.sets or other.expects:
            raise WritesCollide(f"{key} is written already")
        self._writes[key] = Write(row, "put", adds=other.adds)
        return row

    def update(
        self,
        row: Row,
        *,
        set: Mapping[str, Any] | None = None,
        add: Mapping[str, int] | None = None,
        expect: Condition | None = None,
    ) -> None:
        """Change attributes of `row`, which must be there.

        set: attribute name to new value; None or "" removes it. add: attribute name to a whole number to add.
        expect: what must hold of the stored row, e.g. `Row.version == 3`.
        Several updates of one row become one write. Raises WritesCollide when they set one attribute twice, the row is
        being deleted, or it is added by this unit: then only its figures can be added to.

        An item of an older shape becomes one of the last, where this sets what that upgrade sets. A row that is split
        off another, and not stored yet, is stored with this; then what `expect` would say of it does not matter.
        """
        if row.split_from is not None:
            self._split(row, set or {})
            return
        write = self._join(row, "update")
        if write.verb == "put" and (set or expect is not None):
            raise WritesCollide(f"{row.pk}/{row.sk} is added by this unit; only adding to its figures joins that")
        clash = write.sets.keys() & (set or {}).keys()
        if clash:
            raise WritesCollide(f"{sorted(clash)} of {row.pk}/{row.sk} set twice")
        write.sets.update(set or {})
        if completes := completion(row, set or {}):
            self._complete(write, row, completes)
        for name, amount in (add or {}).items():
            write.adds[name] = write.adds.get(name, 0) + amount
        if expect is not None:
            write.expects.append(expect)

    def _split(self, part: Row, sets: Mapping[str, Any]) -> None:
        """Store `part`, with `sets`, and take it off the row that it is split off, as that was read."""
        whole = part.split_from
        if whole is None or whole.older is None:
            raise WritesCollide(f"{part.pk}/{part.sk} is stored already")
        for name, value in sets.items():
            setattr(part, name, value)
        self._complete(self._join(whole, "update"), whole, {name: getattr(whole, name) for name in whole.older.changed})

    def _complete(self, write: Write, row: Row, completes: Mapping[str, Any]) -> None:
        """Make an older item one of the last shape with this write."""
        if row.older is not None and row.older.parts and not write.completes:
            # Whoever splits it first makes the parts.
            write.expects += [Row.version == row.version, Row.shape.does_not_exist() | (Row.shape == row.older.shape)]
            for part in row.older.parts:
                self.put(part)
        write.completes.update(completes)

    def delete(self, row: Row, *, expect: Condition | None = None) -> None:
        """Remove `row`, which must be there. It is not deleted, it expires: see `scc.dynamo.rows`.

        Raises WritesCollide when the unit writes it already, TypeError for a kind that is not removable.
        """
        key = (row.pk, row.sk)
        other = self._writes.get(key)
        if other is not None and other.verb != "check":
            raise WritesCollide(f"{key} is written already")
        expects = (other.expects if other else []) + ([expect] if expect is not None else [])
        # What is set is settled here: a retry under the same token must be the same to the byte.
        self._writes[key] = Write(row, "delete", sets=row.removal(), expects=expects)

    def check(self, row: Row, *, expect: Condition | None = None) -> None:
        """Commit only if `row` is there and `expect` holds of it. Writes nothing to it."""
        write = self._join(row, "check")
        if expect is not None:
            write.expects.append(expect)

    def count(self, row: Row, *, add: Mapping[str, int]) -> None:
        """Add to figures of `row`, which is made with its other attributes where it is not there yet.

        Only for figures that follow from what the same unit puts: that this unit counts once is seen to by its other
        writes. Raises WritesCollide when the unit does anything else to the row.
        """
        row.stamp()
        write = self._writes.setdefault((row.pk, row.sk), Write(row, "count"))
        if write.verb != "count":
            raise WritesCollide(f"{row.pk}/{row.sk} is written already")
        for name, amount in add.items():
            write.adds[name] = write.adds.get(name, 0) + amount

    def _join(self, row: Row, verb: Literal["update", "check"]) -> Write:
        if row.pk is None or row.sk is None:
            row.stamp()
        key = (row.pk, row.sk)
        write = self._writes.setdefault(key, Write(row, verb))
        if write.verb == "delete" and verb == "update":
            raise WritesCollide(f"{key} is being deleted")
        if write.verb == "count":
            raise WritesCollide(f"{key} is counted by this unit")
        if write.verb == "check" and verb == "update":
            write.verb = "update"
        return write

    def commit(self) -> None:
        """Send everything as one TransactWriteItems, again and again while the answer may still come.

        Raises Conflict when the table is not as expected (nothing was written), OutcomeUnknown when no answer came
        (it may be written; a later commit of the same unit settles it), UnitTooLarge over 100 writes.
        """
        if not self._writes:
            return
        if len(self._writes) > MOST_WRITES:
            raise UnitTooLarge(f"{len(self._writes)} writes in one unit; DynamoDB takes {MOST_WRITES}")
        # Only an answer that says so proves that nothing is stored.
        maybe_stored = False
        error = None
        for _ in tries(seconds=BUDGET, first_pause=FIRST_PAUSE, longest_pause=LONGEST_PAUSE, most=TRIES):
            error = self._try()
            if error is None:
                return
            maybe_stored = maybe_stored or code_of(error) != "TransactionCanceledException"
        if maybe_stored:
            raise OutcomeUnknown("the table did not say whether the write is stored") from error
        raise StoreUnavailable("the table is busy; nothing was written") from error

    def _try(self) -> TransactWriteError | None:
        """Send once. Return None when the unit is stored, or the error after which it may be sent again.

        Raises Conflict, and PynamoDB's own error for what no retry mends.
        """
        try:
            self._send()
        except TransactWriteError as error:
            if code_of(error) == "TransactionCanceledException":
                failures = self._failures(error.cancellation_reasons)
                if failures and not self._is_ours(failures):
                    raise Conflict([_as_read(failure) for failure in failures]) from error
                return None if failures else error
            if is_without_table(error):
                raise StoreUnavailable(NO_TABLE) from error
            if not is_transient(error):
                raise
            return error
        return None

    def _send(self) -> None:
        writes = [(write.verb, write.request(self.name)) for write in self._in_order()]
        Row._get_connection().connection.transact_write_items(
            condition_check_items=[request for verb, request in writes if verb == "check"],
            delete_items=[],
            put_items=[request for verb, request in writes if verb == "put"],
            # What is deleted expires: that is an update.
            update_items=[request for verb, request in writes if verb not in {"check", "put"}],
            client_request_token=self.name,
        )

    def _in_order(self) -> list[Write]:
        # As PynamoDB sends them, so that reasons and writes stand side by side.
        order = ("check", "put", "update", "delete", "count")
        return sorted(self._writes.values(), key=lambda write: order.index(write.verb))

    def _failures(self, reasons: list[CancellationReason | None]) -> list[Failure]:
        """Return the writes whose expectation was not met; none means that the whole may be sent again."""
        failed = [
            (write, reason)
            for write, reason in zip(self._in_order(), reasons, strict=False)
            if reason is not None and reason.code not in _RETRYABLE_REASONS
        ]
        failures = []
        for write, reason in failed:
            if reason.code != "ConditionalCheckFailed":
                raise ValueError(f"{write.row.pk}/{write.row.sk}: {reason.code}: {reason.message}")
            failures.append(Failure(row=write.row, stored=self._stored(write.row, reason)))
        return failures

    def _stored(self, row: Row, reason: CancellationReason) -> Row | None:
        if reason.raw_item:
            return Row.from_raw_data(reason.raw_item)
        try:
            with reading():
                data = Row._get_connection().get_item(row.pk, range_key=row.sk, consistent_read=True)
        except StoreUnavailable as exc:
            raise OutcomeUnknown("the table refused the write, and could not be asked why") from exc
        item = (data or {}).get("Item")
        return Row.from_raw_data(item) if item else None

    def _is_ours(self, failures: list[Failure]) -> bool:
        # Units are all or nothing: one row with our name on it, removed or not, shows that the whole unit is stored.
        return any(failure.stored is not None and failure.stored.unit == self.name for failure in failures)


def _as_read(failure: Failure) -> Failure:
    """Return `failure` as a reader sees it, to whom a removed row is none."""
    removed = failure.stored is not None and failure.stored.is_removed
    return replace(failure, stored=None) if removed else failure


@contextmanager
def joined() -> Iterator[Unit]:
    """Give the unit of the surrounding `transaction.atomic()`, or one that commits at the end of the block."""
    unit: Unit | None = getattr(connections["default"], "unit", None)
    if unit is not None:
        yield unit
        return
    unit = Unit()
    yield unit
    unit.commit()
