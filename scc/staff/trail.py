"""The audit trail as the admin reads and writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from scc.dynamo.models import DynamoModel
from scc.dynamo.units import Unit
from scc.staff import audit
from scc.staff.models import AuditEntry

# A hash is a secret still, and what follows from another field says nothing new.
_UNTOLD = ("password", "folded_")


class AdminTrail:
    """What the admin's history is: see `scc.dynamo.admin.Trail`."""

    def record(
        self,
        unit: Unit,
        *,
        user: Any,
        action: str,
        obj: DynamoModel,
        summary: str,
        changes: Mapping[str, tuple[Any, Any]],
    ) -> None:
        told = {name: pair for name, pair in changes.items() if not name.startswith(_UNTOLD)}
        audit.record(unit, by=user, action=action, of=obj.stored_row, summary=summary, changes=told)

    def history(self, obj: DynamoModel) -> list[AuditEntry]:
        return [AuditEntry.from_row(row) for row in audit.history_of(obj.stored_row)]

    def last_change(self, obj: DynamoModel) -> str:
        latest = audit.history_of(obj.stored_row, limit=1)
        return latest[0].recorded_by_name if latest else ""


class RecentActions:
    """What one user did last, asked for only where a page shows it: the admin's templates filter and slice it."""

    def __init__(self, username: str) -> None:
        self.username = username

    def filter(self, **conditions: Any) -> Self:
        # The templates ask for the user's own.
        return self

    def __getitem__(self, part: slice) -> list[AuditEntry]:
        return [AuditEntry.from_row(row) for row in audit.latest_by(self.username, limit=part.stop)]
