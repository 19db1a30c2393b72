"""List pages over few payments and many, in one month and on fifty departures. Import it with Django set up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from rich.progress import track
from ulid import ULID

from bench.timing import PAGE, cost
from payments import methods
from payments.admin import PaymentAdmin
from payments.rows import Payment
from scc.dynamo.folding import fold
from scc.dynamo.tables import create_table
from tests.builders import make_event, make_party
from tests.conftest import count_requests
from tests.people import client_of, make_user

EVENTS = 50
NAMES = ("Ana López", "Nguyễn Thị Hương", "Олена Коваленко", "Grace Whitaker", "王秀英")


def measure(*, few: int, many: int) -> dict[str, Any]:
    """Return the requests of each page at both sizes, and the CPU of the admin's list."""
    create_table()
    slugs = [make_event(slug=f"2026-05-23-{number}").slug for number in range(EVENTS)]
    make_party(event=make_event())
    client = client_of(make_user())
    pages = {
        "admin, payments of the month": "/admin/payments/payment/",
        "admin, payments of a patron": "/admin/payments/payment/?q=ana",
        "board": "/dispatch/",
        # It shows a fiftieth of the payments, in one Query up to a megabyte.
        "event sheet": f"/dispatch/{slugs[0]}/",
    }
    found: dict[str, dict[str, dict[str, int]]] = {name: {} for name in pages}
    stored = 0
    for size in (few, many):
        store(slugs, first=stored, last=size)
        stored = size
        for name, path in pages.items():
            found[name][str(size)] = requests_of(client, path)
    PaymentAdmin.list_per_page = PAGE
    # A month of its own, as the emulator reads a whole partition: this is about our own work.
    store(slugs, first=0, last=PAGE, when=datetime(2026, 1, 15, tzinfo=UTC))
    path = "/admin/payments/payment/?month=2026-01"
    return {"requests": found, "cpu": cost("ours, over DynamoDB", lambda: visit(client, path))}


def requests_of(client: Client, path: str) -> dict[str, int]:
    visit(client, path)
    with count_requests() as made:
        visit(client, path)
    return dict(made)


def visit(client: Client, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")


def store(slugs: list[str], *, first: int, last: int, when: datetime | None = None) -> None:
    """Store payments without the ledger's rules, which would take an hour for 20,000."""
    moment = when or datetime.now(UTC)
    with Payment.batch_write() as batch:
        for payment in track(list(payments(slugs, first, last, moment)), description="Payments", transient=True):
            batch.save(payment)


def payments(slugs: list[str], first: int, last: int, moment: datetime) -> Iterator[Payment]:
    for number in range(first, last):
        at = moment - timedelta(microseconds=number * 1000)
        name = NAMES[number % len(NAMES)]
        yield Payment(
            event_id=slugs[number % len(slugs)],
            ulid=str(ULID()),
            sequence=number + 1,
            reference=f"K{number:05}",
            patron_name=name,
            folded_name=fold(name),
            amount_cents=12_500 + number,
            tip_cents=number % 3 * 1000,
            currency="USD",
            method=methods.SHIPPED[number % len(methods.SHIPPED)].code,
            paid_at=at,
            recorded_at=at,
            month=f"{moment:%Y-%m}",
            recorded_by="alice",
            recorded_by_name="Alice Archer",
            hash=f"{number:064}",
        ).stamp()
