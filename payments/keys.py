"""A request's key: the same request again gets the first answer, and another request with that key is refused.

The key is stored with the entry, in its transaction, so one of many at once wins and the others find it. It never
expires; DynamoDB's own token is forgotten after ten minutes. Each departure has keys of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from django.utils import timezone

from payments.drafts import Draft
from payments.rows import Key, Payment
from payments.totals import Totals
from scc.dynamo.errors import Conflict
from scc.dynamo.keys import key_text
from scc.dynamo.units import Unit


class KeyReused(Exception):
    """The key belongs to another request, which asked for something else; says what came of that one."""


@dataclass(frozen=True)
class Recorded:
    """What became of a request: its entry, the departure's totals right after it, and whether that is an old answer."""

    payment: Payment
    totals: Totals
    replayed: bool = False


@dataclass(frozen=True)
class Request:
    """What was asked, and under which key."""

    scope: str
    digest: str
    fingerprint: str

    @classmethod
    def to(
        cls,
        scope: str,
        key: str | None,
        draft: Draft,
        *,
        given_paid_at: datetime | date | None = None,
        given_received_by: str = "",
    ) -> Request:
        """Return the request for `draft`. What was left out counts as left out, whatever the ledger filled in.

        As keys never expire, a fact that drafts get later must not change what is reckoned for those without it.
        """
        asked = asdict(draft) | {
            "paid_at": "" if given_paid_at is None else key_text(given_paid_at),
            "received_by": given_received_by,
        }
        return cls.of(scope, key, asked)

    @classmethod
    def of(cls, scope: str, key: str | None, asked: Mapping[str, object]) -> Request:
        """Return the request for what was asked, by whatever names; what is empty counts as left out."""
        facts = {name: value for name, value in asked.items() if value}
        text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = "" if key is None else hashlib.sha256(key.encode()).hexdigest()
        return cls(scope, digest, hashlib.sha256(text.encode()).hexdigest())

    def use(self, unit: Unit, answer: Recorded) -> None:
        """Add the key and its answer to `unit`. A request without a key is not known again."""
        if not self.digest:
            return
        unit.put(
            Key(
                scope=self.scope,
                digest=self.digest,
                fingerprint=self.fingerprint,
                entry_id=answer.payment.id,
                used_at=timezone.now(),
                answer=_written(answer),
            )
        )

    def answered(self) -> Recorded | None:
        """Return the answer that this request got before, or None. One GetItem. Raises KeyReused."""
        if not self.digest:
            return None
        return self._answer_of(Key.fetch(scope=self.scope, digest=self.digest))

    def answered_in(self, conflict: Conflict) -> Recorded | None:
        """Return the answer that this request got before, if that is why the table refused. Raises KeyReused."""
        used = (failure.stored for failure in conflict.failures if isinstance(failure.row, Key))
        return self._answer_of(next(used, None))

    def _answer_of(self, key: object) -> Recorded | None:
        if not isinstance(key, Key):
            return None
        first = _read(key.answer)
        if key.fingerprint != self.fingerprint:
            raise KeyReused(f"Sent before with other values, and logged as {first.payment.reference}.")
        return replace(first, replayed=True)


def _written(answer: Recorded) -> str:
    return json.dumps({"entry": answer.payment.serialize(), "totals": asdict(answer.totals)}, ensure_ascii=False)


def _read(text: str) -> Recorded:
    parts = json.loads(text)
    return Recorded(Payment.from_raw_data(parts["entry"]), Totals(**parts["totals"]))
