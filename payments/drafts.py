"""What someone says was paid, checked before it becomes an entry. The rules of an entry's values live here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar, cast

from django.conf import settings
from django.utils import timezone

from events.rows import Event
from payments import methods
from payments.reasons import CORRECTED
from payments.rows import Kind, Origin, Payment, Way
from scc.money import BadAmount, parse_amount
from scc.text import BadText, clean_email, clean_line, clean_name, clean_note

# A telephone's clock may be ahead of ours by this much; later than that is the future.
CLOCK_SLACK = timedelta(minutes=2)
# No operator's books go back further; an earlier day is a slip.
FIRST_DAY = date(2000, 1, 1)
LONGEST_REASON = 500
# Where only the day is known.
NOON = time(12)

T = TypeVar("T")


class BadEntry(ValueError):
    """Values that no entry can have. `errors` holds texts for each field, by the names that the API gives them."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{field}: {' '.join(texts)}" for field, texts in errors.items()))


class BadValue(ValueError):
    """One value that no entry can have; says why."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An entry's facts, all of them sound."""

    kind: Kind
    patron_name: str
    amount_cents: int
    currency: str
    method: str
    paid_at: datetime
    tip_cents: int = 0
    patron_id: str = ""
    patron_email: str = ""
    received_by: str = ""
    corrects: str = ""
    reason: str = ""
    note: str = ""
    external_reference: str = ""
    origin: Origin = Origin.STAFF
    way: str = ""
    other_event: str = ""
    other_reference: str = ""
    import_key: str = ""


class Checks:
    """Collects what is wrong, so that all of it is said at once."""

    def __init__(self) -> None:
        self.errors: dict[str, list[str]] = {}

    def take(self, field: str, check: Callable[[], T]) -> T:
        """Return what `check` gives. What it refuses is said by `end`, which must come before the result is used."""
        try:
            return check()
        except (BadText, BadAmount, BadValue) as exc:
            self.errors.setdefault(field, []).append(str(exc))
            return cast(T, None)

    def end(self) -> None:
        """Raise BadEntry if anything was refused."""
        if self.errors:
            raise BadEntry(self.errors)


def payment(
    event: Event,
    *,
    patron_name: str,
    amount_cents: int,
    method: str,
    tip_cents: int,
    patron_id: str,
    patron_email: str,
    received_by: str,
    note: str,
    external_reference: str,
    paid_at: datetime | date | None,
    currency: str,
    origin: Origin,
) -> Draft:
    """Return the draft of a payment on `event`. Raises BadEntry with every field that is wrong."""
    checks = Checks()
    draft = Draft(
        kind=Kind.PAYMENT,
        patron_name=checks.take("patron_name", lambda: clean_name(patron_name)),
        amount_cents=checks.take("amount", lambda: _cents(amount_cents)),
        tip_cents=checks.take("tip", lambda: _cents(tip_cents, zero=True)),
        method=checks.take("method", lambda: _method(method)),
        patron_id=patron_id,
        patron_email=checks.take("patron_email", lambda: clean_email(patron_email)),
        received_by=checks.take("received_by", lambda: clean_line(received_by)),
        note=checks.take("note", lambda: clean_note(note)),
        external_reference=checks.take("reference", lambda: clean_line(external_reference)),
        paid_at=checks.take("paid_at", lambda: moment_of(paid_at, event)),
        currency=checks.take("currency", lambda: _currency(currency, event)),
        origin=origin,
    )
    checks.end()
    return draft


def void(entry: Payment, *, reason: str, note: str) -> Draft:
    """Return the draft that takes `entry` back, as if it had never been. Raises BadEntry."""
    checks = Checks()
    draft = Draft(
        kind=Kind.VOID,
        corrects=entry.reference,
        patron_name=entry.patron_name,
        patron_id=entry.patron_id,
        patron_email=entry.patron_email,
        amount_cents=entry.amount_cents,
        tip_cents=entry.tip_cents,
        currency=entry.currency,
        method=entry.method,
        # The money counts no more on the day on which it was counted.
        paid_at=entry.paid_at,
        reason=checks.take("reason", lambda: clean_name(reason, limit=LONGEST_REASON)),
        note=checks.take("note", lambda: clean_note(note)),
    )
    checks.end()
    return draft


def void_of_corrected(entry: Payment) -> Draft:
    """Return the draft of the void that makes room for the corrected payment."""
    return void(entry, reason=CORRECTED, note="")


def refund(
    entry: Payment,
    event: Event,
    *,
    amount_cents: int,
    tip_cents: int,
    method: str,
    reason: str,
    note: str,
    external_reference: str,
    paid_at: datetime | date | None,
) -> Draft:
    """Return the draft that gives money of `entry` back. Raises BadEntry with every field that is wrong."""
    checks = Checks()
    draft = Draft(
        kind=Kind.REFUND,
        corrects=entry.reference,
        patron_name=entry.patron_name,
        patron_id=entry.patron_id,
        patron_email=entry.patron_email,
        amount_cents=checks.take("amount", lambda: _cents(amount_cents)),
        tip_cents=checks.take("tip", lambda: _cents(tip_cents, zero=True)),
        currency=entry.currency,
        method=checks.take("method", lambda: _method(method)),
        paid_at=checks.take("paid_at", lambda: moment_of(paid_at, event)),
        reason=checks.take("reason", lambda: clean_name(reason, limit=LONGEST_REASON)),
        note=checks.take("note", lambda: clean_note(note)),
        external_reference=checks.take("reference", lambda: clean_line(external_reference)),
    )
    checks.end()
    return draft


def transfer(
    entry: Payment,
    *,
    amount_cents: int,
    tip_cents: int,
    way: Way,
    other_event: str,
    other_reference: str,
    patron_id: str,
    note: str,
) -> Draft:
    """Return the draft that carries money of `entry` to `other_event`, or that takes it from there."""
    return Draft(
        kind=Kind.TRANSFER,
        corrects=entry.reference if way == Way.OUT else "",
        patron_name=entry.patron_name,
        patron_id=patron_id,
        patron_email=entry.patron_email,
        amount_cents=amount_cents,
        tip_cents=tip_cents,
        currency=entry.currency,
        method=methods.CREDIT,
        paid_at=timezone.now(),
        note=note,
        way=way.value,
        other_event=other_event,
        other_reference=other_reference,
    )


def _cents(cents: int, *, zero: bool = False) -> int:
    # The bounds are those of an amount that is read from text.
    return parse_amount(f"{cents // 100}.{cents % 100:02d}" if cents >= 0 else "-1", zero=zero)


def lacking(draft: Draft) -> BadEntry | None:
    """Return what `draft` lacks by the rules of today, None where nothing.

    Asked when its request is known not to have been answered before: rules of an owner's may have changed since.
    """
    method = methods.get(draft.method)
    if draft.external_reference or method.asks != methods.Asks.NEEDED:
        return None
    return BadEntry({"reference": [f"{method.label} needs one. {method.hint}".strip()]})


def _method(code: str) -> str:
    # One that is no longer offered is taken: the same request may be sent again, and money in hand is recorded.
    if not methods.is_known(code):
        raise BadValue(f"Must be one of {', '.join(method.code for method in methods.offered())}.")
    return code


def _currency(currency: str, event: Event) -> str:
    for other in (currency, event.currency):
        if other != settings.SCC_CURRENCY:
            raise BadValue(f"Must be {settings.SCC_CURRENCY}; {other} is another currency.")
    return currency


def moment_of(paid_at: datetime | date | None, event: Event) -> datetime:
    """Return when money changed hands: now when it is left out; of a day, its noon at the dock. Raises BadValue."""
    now = timezone.now()
    if paid_at is None:
        return now
    if isinstance(paid_at, datetime):
        return _not_after(paid_at, now)
    return _moment_of_day(paid_at, event, now)


def _not_after(paid_at: datetime, now: datetime) -> datetime:
    # Compared by the year first: the first and the last day of all cannot be moved to another zone.
    if paid_at.year < FIRST_DAY.year:
        raise BadValue(f"Must not be before {FIRST_DAY.year}.")
    if paid_at.year > now.year + 1 or paid_at > now + CLOCK_SLACK:
        raise BadValue("Must not be in the future.")
    return min(paid_at, now).astimezone(UTC)


def _moment_of_day(day: date, event: Event, now: datetime) -> datetime:
    if day < FIRST_DAY:
        raise BadValue(f"Must not be before {FIRST_DAY.year}.")
    if day > now.astimezone(event.zone).date():
        raise BadValue("Must not be in the future.")
    return min(datetime.combine(day, NOON, event.zone).astimezone(UTC), now)
