"""A line of a file of payments: what it says, checked by the ledger's own rules, and by what it is known again.

A line's key is made of its `external_id`; of a line without one, of all that it says. What a line does not say is
guessed and told: without `method` it is Other, without `paid_at` the departure's own day, at noon, or the moment of the
import where that day has not come. A time without a zone is at the departure's dock. An amount below zero gives money
back: of the payment with the same `external_id`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.conf import settings

from events.rows import Event
from payments import drafts
from payments.drafts import BadEntry, BadValue, Draft
from payments.importing.words import Meant, method_of
from payments.rows import Origin
from scc.dynamo.keys import key_text
from scc.imports import amounts, times
from scc.imports.ids import digest_of
from scc.imports.lines import BadLine, Line
from scc.text import BadText, clean_line, clean_name

COLUMNS = (
    *("event", "patron_name", "amount", "method", "paid_at", "tip", "reference", "note", "patron_email"),
    *("external_id", "currency"),
)
NEEDED = frozenset({"event", "patron_name", "amount"})
# What presets give beside: what was given back of the payment since, when, and why; what else it is called there, and
# what is to be told of it.
REFUNDED, REFUNDED_AT, REASON = "refunded", "refunded_at", "reason"
ALSO_CALLED, REMARK = "also_called", "remark"
GIVEN_BACK = "Given back before it was imported"

# The rule for payments, and no guess.
_AT_THE_DOCK = "no zone is given"


@dataclass(frozen=True)
class Back:
    """Money that was given back. paid_at: None where it is not said. method: None for the payment's own."""

    amount_cents: int
    tip_cents: int
    method: str | None
    paid_at: datetime | date | None
    reference: str
    reason: str


@dataclass(frozen=True)
class Said:
    """What a line says: a payment, and what was given back of it, or that alone."""

    line: Line
    # What moved, tips apart; below zero where it went out.
    cents: int
    external_id: str
    # What the other system calls it, too; "" where it has one name for it.
    also_called: str
    key: str
    # Of all that the line says, whether it has an external_id or not.
    content_key: str
    payment: Draft | None
    back: Back | None
    # When it was, as the line says it; None where it does not.
    said_at: datetime | date | None
    guesses: tuple[str, ...]

    @property
    def back_key(self) -> str:
        """The key of what is given back; of a payment's own line there is one such, however much it is by now."""
        return digest_of("refunded", self.key) if self.payment else self.key

    @property
    def names(self) -> tuple[str, ...]:
        """What the other system calls the payment, none where it does not."""
        return tuple(name for name in (self.external_id, self.also_called) if name)

    @property
    def payment_key(self) -> str:
        """The key of the payment, also where the line only gives money of it back."""
        return payment_key(self.external_id) if self.external_id else self.key


def payment_key(external_id: str) -> str:
    """Return the key of the payment that another system calls so."""
    return digest_of("payment", external_id)


def cents_of(line: Line) -> int:
    """Return what a line says that moved, in cents, 0 where that cannot be read."""
    return _cents_or_0(line.cells.get("amount", "")) - abs(_cents_or_0(line.cells.get(REFUNDED, "")))


def _cents_or_0(cell: str) -> int:
    try:
        return amounts.counted(cell)
    except BadLine:
        return 0


def read(line: Line, event: Event, moment: datetime) -> Said:
    """Return what a line of the departure `event` says. moment: of the import. Raises BadLine."""
    if line.fault:
        raise BadLine(line.fault)
    return _Reader(line, event, moment).read()


class _Reader:
    def __init__(self, line: Line, event: Event, moment: datetime) -> None:
        self.line = line
        self.event = event
        self.moment = moment
        remark = line.cells.get(REMARK, "")
        self.guesses: list[str] = [remark] if remark else []

    def read(self) -> Said:
        self._check_currency()
        cents, tip = self._cents("amount"), self._cents("tip", optional=True)
        if cents < 0:
            return self._of_refund(-cents, -tip)
        said_at = self._moment("paid_at")
        payment = self._payment(cents, tip, said_at)
        back = self._refunded(payment)
        external_id = self._external_id()
        content_key = digest_of("content", *_content(payment, said_at))
        return Said(
            line=self.line,
            cents=cents - (back.amount_cents if back else 0),
            external_id=external_id,
            also_called=self._cell(ALSO_CALLED),
            key=payment_key(external_id) if external_id else content_key,
            content_key=content_key,
            payment=payment,
            back=back,
            said_at=said_at,
            guesses=tuple(self.guesses),
        )

    def _cell(self, column: str) -> str:
        return self.line.cells.get(column, "")

    def _cents(self, column: str, *, optional: bool = False) -> int:
        cell = self._cell(column)
        if optional and not cell:
            return 0
        try:
            return amounts.read(cell)
        except BadLine as exc:
            raise BadLine(f"{column}: {exc}") from exc

    def _check_currency(self) -> None:
        cell = self._cell("currency")
        try:
            amounts.read(f"1 {cell}")
        except BadLine as exc:
            raise BadLine(f"currency: {cell!r} is not {settings.SCC_CURRENCY}") from exc

    def _external_id(self) -> str:
        try:
            return clean_line(self._cell("external_id"))
        except BadText as exc:
            raise BadLine(f"external_id: {exc}") from exc

    def _method(self) -> Meant:
        meant = method_of(self._cell("method"))
        if meant.guessed:
            self.guesses.append(meant.guessed)
        return meant

    def _moment(self, column: str) -> datetime | date | None:
        cell = self._cell(column)
        if not cell:
            return None
        try:
            found = times.read(cell, self.event.zone)
        except BadLine as exc:
            raise BadLine(f"{column}: {exc}") from exc
        self.guesses += [text for text in found.guessed.split("; ") if text and not text.startswith(_AT_THE_DOCK)]
        return found.value

    # Payments

    def _payment(self, cents: int, tip: int, said_at: datetime | date | None) -> Draft:
        meant = self._method()
        try:
            draft = drafts.payment(
                self.event,
                patron_name=self._cell("patron_name"),
                amount_cents=cents,
                method=meant.code,
                tip_cents=tip,
                patron_id="",
                patron_email=self._cell("patron_email"),
                # No column: `scc.legacy` alone says it.
                received_by=self._cell("received_by"),
                note=self._cell("note"),
                external_reference=self._cell("reference") or meant.reference,
                paid_at=self._unsaid() if said_at is None else said_at,
                currency=settings.SCC_CURRENCY,
                origin=Origin.IMPORT,
            )
        except BadEntry as exc:
            raise BadLine(str(exc)) from exc
        return replace(draft, paid_at=as_stored(draft.paid_at))

    def _unsaid(self) -> datetime | date:
        day: date = self.event.date
        if day <= self.moment.astimezone(self.event.zone).date():
            self.guesses.append(f"says not when: the departure's day, {day}, is taken")
            return day
        self.guesses.append("says not when: now is taken")
        return self.moment

    # What was given back

    def _refunded(self, payment: Draft) -> Back | None:
        """Return what was given back of the payment since, by what another system says."""
        cents = abs(self._cents(REFUNDED, optional=True))
        if not cents:
            return None
        if cents > payment.amount_cents:
            raise BadLine("more was given back than was paid")
        return Back(cents, 0, payment.method, self._moment_of_back(REFUNDED_AT), "", self._reason())

    def _of_refund(self, cents: int, tip: int) -> Said:
        if tip < 0:
            raise BadLine("tip: money is given back, so it must be below zero, too")
        external_id = self._external_id()
        if not external_id:
            raise BadLine("gives money back, and has no external_id that says of which payment")
        method = self._method().code if self._cell("method") else None
        back = Back(cents, tip, method, self._moment_of_back("paid_at"), self._reference(), self._reason())
        key = digest_of("refund", external_id, cents, tip, _written(back.paid_at), back.reference)
        return Said(
            line=self.line,
            cents=-cents,
            external_id=external_id,
            also_called="",
            key=key,
            content_key=key,
            payment=None,
            back=back,
            said_at=back.paid_at,
            guesses=tuple(self.guesses),
        )

    def _moment_of_back(self, column: str) -> datetime | date | None:
        moment = self._moment(column)
        if moment is None:
            self.guesses.append("says not when it was given back: when it was paid is taken")
            return None
        try:
            drafts.moment_of(moment, self.event)
        except BadValue as exc:
            raise BadLine(f"{column}: {exc}") from exc
        return moment

    def _reference(self) -> str:
        try:
            return clean_line(self._cell("reference"))
        except BadText as exc:
            raise BadLine(f"reference: {exc}") from exc

    def _reason(self) -> str:
        try:
            return clean_name(self._cell(REASON) or GIVEN_BACK)
        except BadText as exc:
            raise BadLine(f"{REASON}: {exc}") from exc


def as_stored(moment: datetime) -> datetime:
    """Return `moment` to the millisecond."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _content(payment: Draft, said_at: datetime | date | None) -> tuple[object, ...]:
    return (
        payment.patron_name,
        payment.amount_cents,
        payment.tip_cents,
        payment.method,
        _written(said_at),
        payment.external_reference,
        payment.note,
        payment.patron_email,
    )


def _written(moment: datetime | date | None) -> str:
    # As the line says it: the ledger takes no later moment than its own.
    return "" if moment is None else key_text(moment)
