"""What the public may ask for tells nothing of anybody, whatever the table holds.

Every path of the URLconf is asked for by someone who is not logged in: those of the staff too, which send them away. A
path that is new is crawled as it is; a name in it that is new fails here until `names_on` says what stands for it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings
from ulid import ULID

from scc import lambda_handler, links
from scc.dynamo.checks import kinds
from scc.dynamo.rows import Row
from scc.dynamo.sessions import Session
from scc.edge.routes import routes
from scc.middleware import RETRY_AFTER
from tests.builders import make_event
from tests.dynamo import faults
from tests.soak import IS_SOAK
from tests.test_lambda_handler import SECRET, make_request
from tests.waivers.builders import JSON, OWN, typed_fields
from tests.waivers.marked import ALL, BORN_ON, DATES, MARK, PHONE, SAILED, Sown, found_in, sign, sow
from tests.waivers.test_covers import make_trip, publish_for_a_year
from waivers import signing
from waivers.acts import Family, Minor

pytestmark = pytest.mark.usefixtures("table")

WRONG_LINK = links.link_of("01JW0000000000000000000001", links.new_secret())
MALFORMED = ["x", "2026-13-01", "2026-05-23-", "2026-05-23'--", "2026-05-23\n", "\N{SAILBOAT}", "%00", "a" * 2000]
_NAME = re.compile(r"<(?:\w+:)?(\w+)>")
STAFFS = ("/admin/", "/dispatch/")


@pytest.fixture
def sown(table: None, settings: Settings) -> Sown:
    settings.SCC_ORIGIN_SECRETS = [SECRET]
    return sow()


class Crawler:
    """Someone who is not logged in, and what they were told that they should not be."""

    def __init__(self, sown: Sown) -> None:
        self._secrets = sown.secrets
        self._client = Client(raise_request_exception=False)
        self.leaks: list[str] = []
        self.visits = 0

    def visit(self, method: str, path: str, data: Mapping[str, Any] | None = None) -> Any:
        """Ask for a path, as our own page does, and check the answer. data: what is known, as JSON, and heard so."""
        body = json.dumps(data or {}).encode() if method == "POST" else b""
        headers = JSON if data else OWN
        answer = self._client.generic(method, path, body, "application/json", headers=headers)
        said = "\n".join(f"{name}: {value}" for name, value in answer.items())
        self.check(f"{method} {path}: {answer.status_code}", said + answer.content.decode(errors="replace"))
        self.visits += 1
        return answer

    def check(self, where: str, said: str) -> None:
        """Note what of the marks and secrets is in `said`."""
        self.leaks += [f"{where} {mark}" for mark in found_in(said)]
        self.leaks += [f"{where} a secret" for secret in self._secrets if secret in said]


def names_on(day: date, sown: Sown) -> dict[str, str]:
    """Return what stands for the names in paths: things that are there, if there are any on that day."""
    there = sown.days.get(day, sown.days[ALL])
    return {
        "slug": day.isoformat(),
        "event_id": day.isoformat(),
        "day": day.isoformat(),
        "link": WRONG_LINK,
        "ulid": there.signed.line.ulid,
        "key": there.party.ulid,
        "reference": there.payment.reference,
        "number": "1",
        "part": "1",
        "code": "nowhere",
        "object_id": str(there.signed.line.id),
        "id": "01JW0000000000000000000001",
        "form": "csv",
        "app_label": "waivers",
        "url": "nowhere",
    }


def filled(path: str, names: Mapping[str, str]) -> str:
    """Return a path of the URLconf with `names` in it. Raises KeyError for a name that nothing stands for."""
    return _NAME.sub(lambda match: names[match[1]], path).replace("*", "nowhere")


def public_paths() -> list[str]:
    return [route.path for route in routes() if not route.path.startswith(STAFFS)]


def test_sow_marks_every_kind_of_personal_data(sown: Sown) -> None:
    rows = list(Row.scan())

    personal = {kind for kind in kinds() if kind.PERSONAL and not kind.__module__.startswith("tests.")}
    assert personal - {type(row) for row in rows} == set()
    values = [(type(row), name, getattr(row, name)) for row in rows for name in row.PERSONAL]
    texts = {(kind, name): value for kind, name, value in values if isinstance(value, str) and value}
    marked = {(kind, name) for kind, name, value in values if isinstance(value, str) and found_in(value)}
    # A session is packed.
    assert texts.keys() - marked - {(Session, "data")} == set()


def test_a_crawl_of_two_years_finds_nobody(
    sown: Sown, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    crawler = Crawler(sown)
    varying = [path for path in public_paths() if "<" in path]
    # That it takes no GET, or has no slash at its end, a path says without looking at the day.
    answers = {path: crawler.visit("GET", filled(path, names_on(DATES[1], sown))).status_code for path in varying}
    looking = [path for path, status in answers.items() if status not in (301, 405)]

    for day in DATES:
        names = names_on(day, sown)
        is_full = day in SAILED or IS_SOAK
        for method in ("GET", "HEAD", "POST") if is_full else ("GET",):
            for path in varying if is_full else looking:
                crawler.visit(method, filled(path, names))

    assert len(looking) >= 5
    crawler.check("the log", caplog.text)
    crawler.check("stdout and stderr", "".join(capfd.readouterr()))
    assert crawler.leaks == []


def test_nothing_on_any_path_tells_a_stranger_of_anybody(sown: Sown, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    crawler = Crawler(sown)

    for route in routes():
        for method in ("GET", "POST"):
            crawler.visit(method, filled(route.path, names_on(ALL, sown)))
    for slug in MALFORMED:
        for path in public_paths():
            crawler.visit("GET", filled(path, dict.fromkeys(_NAME.findall(path), slug)))

    crawler.check("the log", caplog.text)
    assert crawler.leaks == []


def test_wrong_and_right_guesses_tell_nothing_of_anybody(sown: Sown) -> None:
    crawler = Crawler(sown)
    page, there = f"/g/{ALL}/waiver", sown.days[ALL]
    other = there.signed.line.ulid + links.parts_of(WRONG_LINK)[1]  # type: ignore[index]  # it is one

    crawler.visit("GET", f"/g/{ALL}/signed/{other}")
    crawler.visit("GET", f"/r/{ALL}/{there.payment.ulid}{links.new_secret()}")
    crawler.visit("POST", f"{page}/link", {"link": f"p.{there.party.ulid}.{links.new_secret()}"})
    crawler.visit("POST", f"{page}/kiosk", {"pin": "1234"})
    born = {"birth_month": "11", "birth_day": "29", "birth_year": str(BORN_ON.year)}
    for name in ("Bea", there.party.name):
        crawler.visit("POST", f"{page}/known", born | {"name": name})
        crawler.visit("POST", f"{page}/join", born | {"name": name, "key": str(ULID())})
    # Who signs as someone who has signed hears the reference alone.
    signed = crawler.visit("POST", page, typed_fields(name=there.party.name, typed=there.party.name, **born))

    assert signed.json()["reference"] == there.signed.reference
    assert crawler.leaks == []


def test_trouble_tells_nothing_of_anybody(sown: Sown, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    crawler = Crawler(sown)
    paths = [filled(path, names_on(ALL, sown)) for path in public_paths()]
    refusal = json.dumps({"__type": "com.amazon.coral.validate#ValidationException", "message": MARK[::-1]}).encode()

    answers = []
    for operation in ("GetItem", "Query", "BatchGetItem", "UpdateItem", "PutItem", "TransactWriteItems"):
        with faults.connection_refused(operation, times=1_000):
            answers += [crawler.visit(method, path) for path in paths for method in ("GET", "POST")]
        with faults.answered(operation, refusal, times=1_000):
            answers += [crawler.visit(method, path) for path in paths for method in ("GET", "POST")]

    assert {503, 500} <= {answer.status_code for answer in answers}
    assert {answer["Retry-After"] for answer in answers if answer.status_code == 503} == {str(RETRY_AFTER)}
    crawler.check("the log", caplog.text)
    assert crawler.leaks == []


@pytest.mark.parametrize("trouble", ["none", "store", "unforeseen"])
def test_what_a_signer_sends_is_in_no_log(
    trouble: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    make_event(date=ALL)
    client = Client(raise_request_exception=False, headers={"User-Agent": f"Phone {MARK}"})
    sent = typed_fields(
        name=f"Ana {MARK}",
        typed=f"Ana {MARK}",
        phone=PHONE,
        birth_year="1957",
        email=f"ana@{MARK}.example",
        medical=f"Medical {MARK}",
        emergency_name=f"Emma {MARK}",
        emergency_phone=PHONE,
    )
    refusal = json.dumps({"__type": "com.amazon.coral.validate#ValidationException", "message": "No"}).encode()

    if trouble == "store":
        with faults.connection_refused("TransactWriteItems", times=1_000):
            answer = client.post(f"/g/{ALL}/waiver", sent, headers=OWN)
    elif trouble == "unforeseen":
        with faults.answered("TransactWriteItems", refusal, times=1_000):
            answer = client.post(f"/g/{ALL}/waiver", sent, headers=OWN)
    else:
        answer = client.post(f"/g/{ALL}/waiver", sent, headers=OWN)
    client.post(f"/g/{ALL}/waiver", sent | {"consent": "", "birth_day": "x"}, headers=OWN)
    client.post(f"/g/{ALL}/waiver/known", sent, headers=OWN)
    client.generic("POST", f"/g/{ALL}/waiver", f'{{"name": "{MARK}'.encode(), "application/json", headers=OWN)

    assert answer.status_code == {"none": 303, "store": 503, "unforeseen": 500}[trouble]
    assert found_in(caplog.text + "".join(capfd.readouterr())) == []


def test_access_lines_name_nobody_and_no_secret(sown: Sown, capfd: pytest.CaptureFixture[str]) -> None:
    there = sown.days[ALL]
    paths = [filled(route.path, names_on(ALL, sown)) for route in routes()]
    paths += [f"/g/{ALL}/signed/{signing.link_to(there.signed.line)}", f"/r/{ALL}/{_payment_link(sown)}"]
    paths += [f"{paths[-2]}/waiver.pdf", f"{paths[-2]}/", f"{paths[-1]}?name={MARK}"]

    for each in paths:
        path, _, query = each.partition("?")
        lambda_handler.web(make_request(path, query=query, headers={"x-origin-verify": SECRET}), None)

    said = "".join(capfd.readouterr())
    assert len(re.findall(r'^{"method"', said, re.MULTILINE)) == len(paths)
    assert found_in(said) == []
    assert [secret for secret in sown.secrets if secret in said] == []


def _payment_link(sown: Sown) -> str:
    entry = sown.days[ALL].payment
    return links.link_of(entry.ulid, entry.receipt_secret)


def test_who_joins_by_name_and_birth_date_sees_nothing_of_what_was_signed() -> None:
    publish_for_a_year()
    child = Minor("Mia", date(2015, 5, 4))
    sign(make_trip(1), name=f"Mother {MARK}", family=Family((child,), relationship="mother"))
    call_command("makepdfs", stdout=StringIO(), stderr=StringIO())
    trip = make_trip(30)
    known = {"name": "Mia", "birth_month": "5", "birth_day": "4", "birth_year": "2015", "key": str(ULID())}

    joined = Client().post(f"/g/{trip.slug}/waiver/join", known, headers=JSON)
    receipt = Client().get(joined["Location"])
    printed = Client().get(f"{joined['Location']}/waiver.pdf")

    assert joined.status_code == 201
    assert receipt.status_code == 200
    assert found_in(receipt.text) == []
    assert printed.status_code == 404
