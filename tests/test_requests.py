"""The table of docs/requests.md is what the pages do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import cast

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone
from ulid import ULID

from events.rows import Event, Patron
from events.season import COLUMNS
from payments import ledger, receipts
from payments.rows import Payment
from scc.dynamo.rows import Row
from scc.imports import decisions, uploads
from scc.imports.rows import ImportRun
from scc.staff.actors import SYSTEM
from scc.staff.models import User
from scc.staff.urls import site
from tests.api.calls import CASH, caller, post
from tests.builders import make_crew, make_event, make_party, make_person, make_vessel
from tests.conftest import RequestsMade
from tests.dynamo.test_admin import form_of
from tests.imports.uploading import ALICE, arrived, checked, season_of
from tests.payments.cards.stripe_account import PAYMENT, Json, paid, refunded, switched_on, tell
from tests.waivers.builders import OWN, fields
from tests.waivers.builders import sign as sign_for
from tests.waivers.test_covers import publish_for_a_year
from tests.waivers.test_texts import make_draft
from waivers import kiosk, personal_links, publishing

TABLE = Path(__file__).parent.parent / "docs" / "requests.md"
TODAY = timezone.localdate()
SLUG = TODAY.isoformat()
SUNSET = f"{SLUG}-sunset"
WRITES = {"TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem"}


@dataclass
class Visit:
    """Someone at a page: `prepare` comes before, `act` is what is counted."""

    prepare: Callable[[Client], object]
    act: Callable[[Client, object], object]
    # A session and its user, or a token and its user.
    inside: bool = True
    # How many it may write. Work that is done in portions counts each.
    transactions: int = 1


def get(path: str, *, inside: bool = True) -> Visit:
    return Visit(lambda client: client.get(path), lambda client, _: client.get(path), inside)


def ask_for_reference(client: Client) -> object:
    return client.post("/dispatch/references/", {"method": "venmo", "reference": "3F99"})


def post_form(page: str, **changes: str) -> Visit:
    return Visit(
        lambda client: form_of(client.get(page)) | changes,
        lambda client, data: client.post(page, data),
    )


def sign(client: Client, data: object) -> object:
    return client.post(f"/g/{SUNSET}/waiver", data, headers=OWN)


def receipt_link(client: Client) -> object:
    entry = ledger.record(event=SUNSET, patron_name="Ana", amount_cents=100, method="cash", by=SYSTEM).payment
    return receipts.link_of(entry).removeprefix(settings.SCC_SITE_URL)


def signed_link(client: Client) -> object:
    return client.post(f"/g/{SUNSET}/waiver", fields(), headers=OWN).headers["Location"]


def page_of_signature(client: Client) -> object:
    ulid = str(signed_link(client)).rpartition("/")[2][:26].upper()
    call_command("makepdfs", stdout=StringIO())
    return f"/dispatch/{SUNSET}/waivers/{ulid}/"


def question(what: str, **asked: str) -> Visit:
    """A question that the waiver's page asks: of someone whose waiver of another departure counts here."""

    def ask(client: Client, prepared: object) -> object:
        return client.post(f"/g/{SUNSET}/waiver/{what}", fields() | cast(dict[str, str], prepared) | asked, headers=OWN)

    return Visit(lambda client: known_from_before(), ask, inside=False)


def known_from_before() -> dict[str, str]:
    publish_for_a_year()
    signed = sign_for(event=make_event(date=TODAY - timedelta(days=1), slug=f"{TODAY - timedelta(days=1)}-known"))
    assert signed.reference
    kiosk.set_pin("2580", by=SYSTEM)
    [party, *_] = [row for row in Row.collection(f"EVENT#{SUNSET}") if isinstance(row, Patron)]
    return {"link": personal_links.link_for(party), "pin": "2580"}


def printed_link(client: Client) -> object:
    link = signed_link(client)
    call_command("makepdfs", stdout=StringIO())
    return link


def pay(client: Client, key: object = None) -> object:
    return post(client, f"/api/g/{SUNSET}/payment", CASH, key="K" if key is None else str(key))


def void(client: Client, paid: object) -> object:
    reference = paid.json()["reference"]  # type: ignore[attr-defined]  # a response
    return post(client, f"/api/g/{SUNSET}/payment/{reference}/void", {"reason": "entered twice"})


def card_link(client: Client, party: object) -> object:
    with switched_on():
        return client.post(f"/dispatch/{SUNSET}/card-link/{party}/")


def party_of_sunset(client: Client) -> object:
    return Patron.listing(known={"event_id": SUNSET}).rows[0].ulid


def hear(event: Json) -> object:
    with switched_on():
        return tell(event)


def hear_paid(party: object, *, slug: str = SUNSET, payment: str = PAYMENT) -> object:
    noted = {"event": slug, "party": party, "name": "Ana"}
    return hear(paid(payment_intent=payment, metadata=noted, customer_details=None))


def has_paid(client: Client) -> object:
    party = party_of_sunset(client)
    hear_paid(party, payment="pi_before")
    return party


CLOSE = f"/dispatch/close/{SLUG}/"


def close_form(client: Client) -> object:
    form = client.get(CLOSE).context["page"].open.form
    return {name: form[name].value() or "" for name in form.fields} | {"counted-cash": "0"}


def close_day(client: Client, form: object) -> object:
    return client.post(CLOSE, form)


MANIFEST = f"/dispatch/{SUNSET}/manifest/"


def manifest(act: str, **data: str) -> Visit:
    """A tap on the manifest, on a line of the party's that has an emergency contact."""
    return Visit(signed_of_party, lambda client, ulid: client.post(f"{MANIFEST}{ulid}/{act}/", data))


def signed_of_party(client: Client) -> object:
    party = Patron.listing(known={"event_id": SUNSET}).rows[0]
    data = fields(link=personal_links.link_for(party), emergency_name="Bea", emergency_phone="+1 619 555 0100")
    client.post(f"/g/{SUNSET}/waiver", data, headers=OWN)
    # Which texts count is asked once a minute.
    client.get(MANIFEST)
    return data["key"]


def place_of_party(client: Client) -> object:
    signed_of_party(client)
    return f"p{party_of_sunset(client)}"


def link_away(client: Client) -> object:
    ulid = signed_of_party(client)
    client.post(f"{MANIFEST}{ulid}/unlink/")
    return ulid, f"p{party_of_sunset(client)}"


def link(client: Client, prepared: object) -> object:
    ulid, place = cast("tuple[str, str]", prepared)
    return client.post(f"{MANIFEST}{ulid}/link/", {"key": place})


def ask_missing(client: Client) -> object:
    return f"c{make_crew(event=make_event_of(SUNSET), person=make_person()).ulid}"


def make_event_of(slug: str) -> Event:
    event = Event.fetch(slug=slug)
    assert event is not None
    return event


def entry_page(client: Client) -> str:
    return f"/dispatch/{SUNSET}/entry/{pay(client).json()['reference']}/"  # type: ignore[attr-defined]  # a response


def entry_in_admin(client: Client) -> str:
    pay(client)
    entry = next(row for row in Row.collection(f"EVENT#{SUNSET}") if isinstance(row, Payment))
    return f"/admin/payments/payment/{entry.id}/change/"


def change_form(change: str) -> Visit:
    return Visit(entry_page, lambda client, page: client.get(f"{page}{change}/"))


def change_entry(change: str, **said: str) -> Visit:
    def act(client: Client, page: object) -> object:
        return client.post(f"{page}{change}/", {"key": "made with the form", **said})

    return Visit(entry_page, act)


def export(form: str) -> Visit:
    return Visit(
        lambda client: ledger.record(event=SUNSET, patron_name="Ana", amount_cents=100, method="cash", by=SYSTEM),
        lambda client, _: taken(client.get(f"/admin/payments/payment/export/{form}/")),
    )


def taken(response: HttpResponseBase) -> HttpResponseBase:
    """Take all of a response that is read while it is sent."""
    for _ in response:
        pass
    response.close()
    return response


TEXTS = "/admin/waivers/waivertext/"


def a_draft(client: Client) -> str:
    """Return the address of a draft, in a process that knows what is shown now."""
    publishing.publish_shipped()
    draft = make_draft()
    client.get(f"{TEXTS}{draft.ulid}/publish/")
    return f"{TEXTS}{draft.ulid}/"


def of_draft(page: str) -> Visit:
    return Visit(a_draft, lambda client, draft: client.get(f"{draft}{page}/"))


def publish_draft(client: Client, draft: object) -> object:
    return client.post(f"{draft}publish/", {"seen": "1", "after": "1", "earlier": "count"})


def withdraw(client: Client) -> object:
    return client.post(f"{TEXTS}shown/languages/", {"document": "waiver", "language": "es", "state": "withdrawn"})


IMPORTS = "/admin/imports/importrun/"
# Of a year and a vessel that nothing else is of.
SEASON = season_of({"date": "2031-05-23"})


def of_import(
    method: str,
    page: str,
    prepare: Callable[[], ImportRun],
    *,
    transactions: int = 1,
    data: Mapping[str, str] | None = None,
) -> Visit:
    """Someone at a page of an import."""

    def act(client: Client, run: object) -> object:
        path = f"{IMPORTS}{cast(ImportRun, run).ulid}/{page}/"
        return taken(client.get(path)) if method == "get" else client.post(path, slices(data or {}))

    return Visit(lambda client: prepare(), act, transactions=transactions)


def slices(data: Mapping[str, str]) -> dict[str, object]:
    return {**data, "slice": ContentFile(SEASON, "slice")}


def is_uploading() -> ImportRun:
    return uploads.begin(what="events", source="season.csv", size=len(SEASON), by=ALICE)


def is_uploaded() -> ImportRun:
    run = is_uploading()
    uploads.take(run, 1, SEASON)
    return run


def is_checked() -> ImportRun:
    return checked(SEASON)


def is_confirmed() -> ImportRun:
    return decisions.confirm(is_checked(), by=ALICE)


def columns_chosen() -> dict[str, str]:
    return {f"column-{place}": name for place, name in enumerate(COLUMNS)}


def upload(client: Client) -> object:
    return client.post(f"{IMPORTS}add/", {"what": "events", "file": ContentFile(SEASON, "season.csv")})


def begin_upload(client: Client) -> object:
    return client.post(f"{IMPORTS}add/begin/", {"what": "events", "name": "season.csv", "size": "9"})


ADMIN_LISTS = {
    f"`GET /admin/{model._meta.app_label}/{model._meta.model_name}/`": get(
        f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    )
    for model in site._registry
}

VISITS: dict[str, Visit] = {
    "`GET /g/<slug>/waiver`": get(f"/g/{SUNSET}/waiver", inside=False),
    "`GET /g/<date>/waiver`": get(f"/g/{SLUG}/waiver", inside=False),
    "`POST /g/<slug>/waiver`": Visit(lambda client: fields(), sign, inside=False),
    "`POST /g/<slug>/waiver/link`": question("link"),
    "`POST /g/<slug>/waiver/known`": question("known"),
    "`POST /g/<slug>/waiver/join`": question("join", link=""),
    "`POST /g/<slug>/waiver/kiosk`": question("kiosk"),
    "`GET /g/<slug>/signed/<secret>`": Visit(signed_link, lambda client, link: client.get(str(link)), inside=False),
    "`GET /g/<slug>/signed/<secret>/waiver.pdf`": Visit(
        printed_link, lambda client, link: client.get(f"{link}/waiver.pdf"), inside=False
    ),
    "`GET /r/<slug>/<secret>`": Visit(receipt_link, lambda client, link: client.get(str(link)), inside=False),
    "`GET /healthz`": get("/healthz", inside=False),
    "`GET /dispatch/`": get("/dispatch/"),
    "`GET /dispatch/figures/`": get("/dispatch/figures/"),
    "`GET /dispatch/figures/income/`": get("/dispatch/figures/income/?until=2026-05-31"),
    "`GET /dispatch/figures/balances/`": get("/dispatch/figures/balances/?year=2026"),
    "`GET /dispatch/figures/unsigned/`": get("/dispatch/figures/unsigned/?from=2026-05-23"),
    "`GET /dispatch/close/`": get("/dispatch/close/"),
    "`GET /dispatch/close/<date>/`": get(CLOSE),
    "`GET /dispatch/close/<date>/entries/`": get(f"{CLOSE}entries/"),
    "`GET /dispatch/close/<date>/<number>/`": Visit(
        lambda client: close_day(client, close_form(client)), lambda client, _: client.get(f"{CLOSE}1/")
    ),
    "`POST /dispatch/close/<date>/`": Visit(close_form, close_day),
    "`GET /dispatch/<slug>/`": get(f"/dispatch/{SUNSET}/"),
    "`GET /dispatch/<slug>/money/`": get(f"/dispatch/{SUNSET}/money/"),
    "`GET /dispatch/<slug>/carry/<party>/`": Visit(
        party_of_sunset, lambda client, party: client.get(f"/dispatch/{SUNSET}/carry/{party}/")
    ),
    "`GET /dispatch/<slug>/cancel/`": get(f"/dispatch/{SUNSET}/cancel/"),
    "`GET /dispatch/<slug>/poster/`": get(f"/dispatch/{SUNSET}/poster/"),
    "`GET /dispatch/kiosk/`": get("/dispatch/kiosk/"),
    "`POST /dispatch/kiosk/`": Visit(
        lambda client: None, lambda client, _: client.post("/dispatch/kiosk/", {"pin": "4711", "again": "4711"})
    ),
    "`GET /dispatch/worker.js`": get("/dispatch/worker.js"),
    "`GET /dispatch/<slug>/castoff/`": get(f"/dispatch/{SUNSET}/castoff/"),
    "`GET /dispatch/<slug>/manifest/`": get(MANIFEST),
    "`GET /dispatch/<slug>/manifest/print/`": get(f"{MANIFEST}print/"),
    "`GET /dispatch/<slug>/manifest/for/<place>/`": Visit(
        place_of_party, lambda client, place: client.get(f"{MANIFEST}for/{place}/")
    ),
    "`GET /dispatch/<slug>/manifest/paper/<place>/`": Visit(
        place_of_party, lambda client, place: client.get(f"{MANIFEST}paper/{place}/")
    ),
    "`POST /dispatch/<slug>/manifest/paper/<place>/`": Visit(
        place_of_party,
        lambda client, place: client.post(
            f"{MANIFEST}paper/{place}/", {"key": str(ULID()), "name": "Zoë", "seen": "on"}
        ),
    ),
    "`POST /dispatch/<slug>/manifest/<line>/aboard/`": manifest("aboard", aboard="1"),
    "`POST /dispatch/<slug>/manifest/<line>/link/`": Visit(link_away, link),
    "`POST /dispatch/<slug>/manifest/<line>/care/`": manifest("care"),
    "`POST /dispatch/<slug>/manifest/ask/`, one of the crew": Visit(
        ask_missing, lambda client, key: client.post(f"{MANIFEST}ask/", {"key": key})
    ),
    "`POST /dispatch/references/`": Visit(ask_for_reference, lambda client, _: ask_for_reference(client)),
    "`GET /dispatch/<slug>/waivers/<line>/`": Visit(page_of_signature, lambda client, page: client.get(str(page))),
    "`GET /dispatch/<slug>/waivers/<line>/waiver.pdf`": Visit(
        page_of_signature, lambda client, page: client.get(f"{page}waiver.pdf")
    ),
    "`POST /dispatch/<slug>/waivers/<line>/hold/`": Visit(
        page_of_signature, lambda client, page: client.post(f"{page}hold/", {"why": "A claim."})
    ),
    "`GET /dispatch/<slug>/waivers/<line>/pack.zip`": Visit(
        page_of_signature, lambda client, page: client.get(f"{page}pack.zip")
    ),
    "`GET /dispatch/<slug>/waivers/pack.zip`, of one waiver": Visit(
        page_of_signature, lambda client, page: client.get(f"/dispatch/{SUNSET}/waivers/pack.zip")
    ),
    "`GET /dispatch/<slug>/entry/<reference>/`": Visit(entry_page, lambda client, page: client.get(str(page))),
    "`GET /dispatch/<slug>/entry/<reference>/void/`": change_form("void"),
    "`GET /dispatch/<slug>/entry/<reference>/refund/`": change_form("refund"),
    "`GET /dispatch/<slug>/entry/<reference>/correct/`": change_form("correct"),
    "`POST /dispatch/<slug>/entry/<reference>/void/`": change_entry("void", reason="Logged twice"),
    "`POST /dispatch/<slug>/entry/<reference>/refund/`": change_entry(
        "refund", reason="Weather", amount="1.00", method="cash"
    ),
    "`POST /dispatch/<slug>/entry/<reference>/correct/`": change_entry(
        "correct", patron_name="Ana", amount="1.00", method="cash", paid_on=SLUG
    ),
    "`POST /dispatch/<slug>/card-link/<party>/`": Visit(party_of_sunset, card_link),
    "`GET /api/g/<slug>`": get(f"/api/g/{SUNSET}"),
    "`POST /api/g/<slug>/payment`": Visit(lambda client: None, pay),
    "`POST /api/g/<slug>/payment`, the same key again": Visit(pay, pay),
    "`POST /api/g/<slug>/payment/<reference>/void`": Visit(pay, void),
    "`POST /api/stripe/webhook`, a payment": Visit(has_paid, lambda client, party: hear_paid(party), inside=False),
    "`POST /api/stripe/webhook`, a refund": Visit(
        has_paid, lambda client, _: hear(refunded(payment_intent="pi_before")), inside=False
    ),
    "`POST /api/stripe/webhook`, a payment that no ledger takes": Visit(
        has_paid, lambda client, party: hear_paid(party, slug="2026-05-01"), inside=False
    ),
    "`GET /admin/`": get("/admin/"),
    **ADMIN_LISTS,
    **{f"`GET /admin/payments/payment/export/{form}/`": export(form) for form in ("csv", "xlsx", "journal")},
    "`GET /admin/events/patron/`, by address": get("/admin/events/patron/?q=ana@example.com"),
    f"`GET {IMPORTS}add/`": get(f"{IMPORTS}add/"),
    **{
        f"`GET {IMPORTS}<ulid>/{page}/`": of_import("get", page, is_checked) for page in ("change", "columns", "report")
    },
    f"`POST {IMPORTS}add/`": Visit(lambda client: None, lambda client, _: upload(client), transactions=2),
    f"`POST {IMPORTS}add/begin/`": Visit(lambda client: None, lambda client, _: begin_upload(client)),
    f"`POST {IMPORTS}<ulid>/part/`": of_import("post", "part", is_uploading, data={"number": "1"}),
    f"`POST {IMPORTS}<ulid>/uploaded/`": of_import("post", "uploaded", is_uploaded),
    f"`POST {IMPORTS}<ulid>/columns/`": of_import("post", "columns", is_checked, data=columns_chosen()),
    f"`POST {IMPORTS}<ulid>/confirm/`": of_import("post", "confirm", is_checked),
    f"`POST {IMPORTS}<ulid>/stop/`": of_import("post", "stop", is_confirmed),
    f"`POST {IMPORTS}<ulid>/drive/`, a check": of_import("post", "drive", lambda: arrived(SEASON), transactions=4),
    f"`POST {IMPORTS}<ulid>/drive/`, a run": of_import("post", "drive", is_confirmed, transactions=4),
    "`GET /admin/mail/letter/failed/`": get("/admin/mail/letter/failed/"),
    "`GET /admin/waivers/waivertext/`": Visit(a_draft, lambda client, _: client.get(TEXTS)),
    "`GET /admin/waivers/waivertext/shown/`": get(f"{TEXTS}shown/"),
    "`GET /admin/waivers/waivertext/shown/<slug>/`": get(f"{TEXTS}shown/{SLUG}/"),
    **{f"`GET /admin/waivers/waivertext/<ulid>/{page}/`": of_draft(page) for page in ("preview", "compare", "publish")},
    "`POST /admin/waivers/waivertext/shown/`": Visit(
        a_draft,
        lambda client, _: client.post(f"{TEXTS}shown/", {"vessel:queen-of-san-diego-guest": "waiver"}),
    ),
    "`POST /admin/waivers/waivertext/shown/languages/`": Visit(a_draft, lambda client, _: withdraw(client)),
    "`POST /admin/waivers/waivertext/<ulid>/publish/`": Visit(a_draft, publish_draft),
    "admin, add a vessel": post_form("/admin/events/vessel/add/", name="Dolphin", capacity="6"),
    "admin, change a vessel": post_form("/admin/events/vessel/queen-of-san-diego/change/", capacity="10"),
    "admin, add a departure": post_form(
        "/admin/events/event/add/",
        title="Moonrise",
        date=SLUG,
        starts="21:00",
        vessel="queen-of-san-diego",
        capacity="6",
    ),
    "admin, change a departure": post_form(f"/admin/events/event/{SLUG}/change/", title="Moonrise"),
    "admin, change a departure with a party on it": post_form(
        f"/admin/events/event/{SUNSET}/change/", title="Moonrise"
    ),
    "admin, look at a payment": Visit(entry_in_admin, lambda client, page: client.get(str(page))),
    "admin, add a payment": post_form(
        "/admin/payments/payment/add/", event=SUNSET, patron_name="Ana", amount="125.00", method="cash"
    ),
}


def documented() -> dict[str, int]:
    """Return the table: page to number of requests."""
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \|", TABLE.read_text(), re.MULTILINE)
    return {page.strip(): int(number) for page, number in rows}


@pytest.fixture
def season(table: None) -> None:
    make_vessel()
    make_event()
    start = timezone.now() + timedelta(minutes=5)
    make_party(event=make_event(slug=SUNSET, date=TODAY, starts_at=start))
    make_event(slug=SLUG, date=TODAY, starts_at=start)


def test_the_table_names_every_page() -> None:
    assert documented().keys() == VISITS.keys()


@pytest.mark.parametrize("page", VISITS)
@pytest.mark.usefixtures("season", "methods_known")
def test_a_page_makes_the_requests_of_the_table(page: str, alice: User, requests_made: RequestsMade) -> None:
    visit = VISITS[page]
    client = caller(alice) if "/api/" in page else Client()
    if visit.inside and "/api/" not in page:
        client.force_login(alice)
    prepared = visit.prepare(client)

    with requests_made() as made:
        answer = visit.act(client, prepared)

    assert answer.status_code in {200, 201, 302, 303}, answer  # type: ignore[attr-defined]  # a response
    beside = made - Counter({"GetItem": 2 if visit.inside else 0})
    assert beside.total() == documented()[page], beside
    assert beside["TransactWriteItems"] <= visit.transactions
    assert beside["Scan"] == 0
