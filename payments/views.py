"""The JSON API of departures and their money."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, TypedDict

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict

from events import calendar
from events.rows import Event
from events.slugs import BadSlug, parse
from payments import ledger, openapi
from payments.shapes import event_shape, recorded_shape
from scc.api import BadRequest, Fields, answer, endpoint, read_json
from scc.api.endpoints import answered, check_method
from scc.api.fields import parse_day
from scc.dynamo.rows import Row
from scc.staff.models import User

KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 255

DEFAULT_LIMIT = 20
MOST_EVENTS = 100
# Each way from today where nobody says from when to when.
DEFAULT_SPAN = timedelta(days=366)


@endpoint(permission="events.view_event")
def list_events(request: HttpRequest, user: User) -> HttpResponse:
    """Answer departures in the order of their start. One Query for each year touched, and one for each departure."""
    query = _Query(request.GET)
    first, last = query.days()
    limit, after = query.limit(), query.after()
    query.end()
    try:
        page = calendar.between(first, last, limit=limit, after=after)
    except calendar.RangeTooWide as exc:
        raise BadRequest(422, "Some parameters cannot be taken.", errors={"to": [str(exc)]}) from exc
    events = [_shape(row.slug, user) for row in page]
    following = _cursor_behind(page.rows[-1]) if page.more else None
    return answer({"events": [event for event in events if event is not None], "next": following})


@endpoint(permission="events.view_event")
def show_event(request: HttpRequest, user: User, *, event_id: str) -> HttpResponse:
    """Answer one departure. One Query."""
    event = _shape(event_id, user)
    if event is None:
        raise _refused(ledger.UnknownEvent())
    return answer(event)


@endpoint(permission="payments.add_payment", method="POST")
def record_payment(request: HttpRequest, user: User, *, event_id: str) -> HttpResponse:
    """Log a payment: 201, or 200 when the key's request was answered before."""
    key = _key_of(request)
    facts = _payment_of(request)
    try:
        recorded = ledger.record(event=event_id, by=user, key=key, **facts)
    except REFUSALS as exc:
        raise _refused(exc) from exc
    return _recorded(recorded)


@endpoint(permission="payments.void_payment", method="POST")
def void_payment(request: HttpRequest, user: User, *, event_id: str, reference: str) -> HttpResponse:
    """Void an entry: 201, or 200 when the key's request was answered before."""
    key = _key_of(request)
    fields = Fields(read_json(request))
    reason, note = fields.text("reason", required=True), fields.text("note")
    fields.end()
    try:
        recorded = ledger.void(event=event_id, reference=reference, reason=reason, note=note, by=user, key=key)
    except REFUSALS as exc:
        raise _refused(exc) from exc
    return _recorded(recorded)


@endpoint(permission="payments.refund_payment", method="POST")
def refund_payment(request: HttpRequest, user: User, *, event_id: str, reference: str) -> HttpResponse:
    """Give money of an entry back: 201, or 200 when the key's request was answered before."""
    key = _key_of(request)
    fields = Fields(read_json(request))
    facts = _Refund(
        amount_cents=fields.amount("amount", required=True),
        tip_cents=fields.amount("tip", zero=True),
        method=fields.text("method", required=True),
        reason=fields.text("reason", required=True),
        note=fields.text("note"),
        external_reference=fields.text("reference"),
        paid_at=fields.moment("paid_at"),
    )
    fields.end()
    try:
        recorded = ledger.refund(event=event_id, reference=reference, by=user, key=key, **facts)
    except REFUSALS as exc:
        raise _refused(exc) from exc
    return _recorded(recorded)


@endpoint(permission="payments.correct_payment", method="POST")
def correct_payment(request: HttpRequest, user: User, *, event_id: str, reference: str) -> HttpResponse:
    """Put a payment right: 201, or 200 when the key's request was answered before. No money moves."""
    key = _key_of(request)
    facts = _payment_of(request)
    as_it_was: dict[str, Any] = {**facts, "patron_id": facts["patron_id"] or None}
    try:
        recorded = ledger.correct(event=event_id, reference=reference, by=user, key=key, **as_it_was)
    except REFUSALS as exc:
        raise _refused(exc) from exc
    return _recorded(recorded)


class _Refund(TypedDict):
    amount_cents: int
    tip_cents: int
    method: str
    reason: str
    note: str
    external_reference: str
    paid_at: datetime | date | None


class _Facts(TypedDict):
    patron_name: str
    amount_cents: int
    method: str
    tip_cents: int
    patron_email: str
    patron_id: str
    note: str
    external_reference: str
    paid_at: datetime | date | None


def _payment_of(request: HttpRequest) -> _Facts:
    """Return what the body says of a payment. Raises BadRequest."""
    fields = Fields(read_json(request))
    facts = _Facts(
        patron_name=fields.text("patron_name", required=True),
        amount_cents=fields.amount("amount", required=True),
        method=fields.text("method", required=True),
        tip_cents=fields.amount("tip", zero=True),
        patron_email=fields.text("patron_email"),
        patron_id=fields.text("patron_id"),
        note=fields.text("note"),
        external_reference=fields.text("reference"),
        paid_at=fields.moment("paid_at"),
    )
    fields.end()
    return facts


def _describe(request: HttpRequest) -> HttpResponse:
    """Answer this API's own description, which is the same for everyone."""
    check_method(request, "GET")
    return answer(openapi.document())


describe = answered(_describe, name="describe")

REFUSALS = (
    ledger.UnknownEvent,
    ledger.UnknownReference,
    ledger.Refused,
    ledger.KeyReused,
    ledger.BadEntry,
)


def _refused(exc: Exception) -> BadRequest:
    """Return what the API answers where the ledger refuses."""
    if isinstance(exc, ledger.UnknownEvent | ledger.UnknownReference):
        return BadRequest(404, str(exc))
    if isinstance(exc, ledger.BadEntry):
        return BadRequest(422, "Some fields cannot be taken.", errors=exc.errors)
    return BadRequest(409, str(exc))


def _recorded(recorded: ledger.Recorded) -> HttpResponse:
    if recorded.replayed:
        return answer(recorded_shape(recorded), headers={"Idempotent-Replayed": "true"})
    return answer(recorded_shape(recorded), status=201)


def _key_of(request: HttpRequest) -> str | None:
    """Return the request's key, None where it has none. Raises BadRequest (422)."""
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable() or key.isspace():
        text = f"Must be 1 to {LONGEST_KEY} printable characters of ASCII."
        raise BadRequest(422, "The key cannot be taken.", errors={KEY_HEADER: [text]})
    return key


def _shape(slug: str, user: User) -> dict[str, object] | None:
    try:
        parse(slug)
    except BadSlug:
        return None
    rows = Row.collection(Event.keys_for(slug=slug)[0])
    event = next((row for row in rows if isinstance(row, Event)), None)
    if event is None:
        return None
    return event_shape(event, rows, money=user.has_perm("payments.view_payment"))


def _cursor_behind(event: Event) -> str:
    return signing.dumps(calendar.cursor(event), salt="payments.events")


class _Query:
    """The parameters of the list, and all that is wrong with them."""

    def __init__(self, given: QueryDict) -> None:
        self.given = given
        self.errors: dict[str, list[str]] = {}

    def days(self) -> tuple[date, date]:
        """Return the first and the last day: a year each way from today, or from the one that is given."""
        first, last = self._day("from"), self._day("to")
        today = calendar.today()
        if first is None:
            first = _moved(last or today, -DEFAULT_SPAN)
        if last is None:
            last = _moved(max(first, today), DEFAULT_SPAN)
        if first > last:
            self.errors["to"] = ["Must not be before `from`."]
        return first, last

    def limit(self) -> int:
        text = self.given.get("limit")
        if text is None:
            return DEFAULT_LIMIT
        if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MOST_EVENTS:
            return int(text)
        self.errors["limit"] = [f"Must be a whole number from 1 to {MOST_EVENTS}."]
        return DEFAULT_LIMIT

    def after(self) -> Event | None:
        cursor = self.given.get("cursor")
        if cursor is None:
            return None
        try:
            return calendar.from_cursor(signing.loads(cursor, salt="payments.events"))
        except (signing.BadSignature, calendar.BadCursor):
            self.errors["cursor"] = ["Is none of ours; take `next` as it came."]
            return None

    def end(self) -> None:
        if self.errors:
            raise BadRequest(422, "Some parameters cannot be taken.", errors=self.errors)

    def _day(self, name: str) -> date | None:
        text = self.given.get(name)
        if text is None:
            return None
        try:
            return parse_day(text)
        except ValueError:
            self.errors[name] = ["Must be a day such as 2026-05-23."]
            return None


def _moved(day: date, span: timedelta) -> date:
    try:
        return day + span
    except OverflowError:
        return day
