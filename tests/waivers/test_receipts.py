from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.sealing import keys
from scc.sealing.boxes import Tampered
from scc.staff.models import User
from tests.builders import make_event
from tests.conftest import RequestsMade
from tests.waivers.builders import sign
from tests.waivers.pdf_texts import signed
from waivers import documents, printed, receipts, shipped_texts, signing, texts
from waivers.rows import LifeEvent, Waiver, WaiverPdf

pytestmark = pytest.mark.usefixtures("table")


def make_pdfs() -> None:
    call_command("makepdfs", stdout=StringIO(), stderr=StringIO())


def address(line: Waiver, link: str = "") -> str:
    return f"/g/{line.event_id}/signed/{link or signing.link_to(line)}"


def get(line: Waiver, page: str = "") -> Any:
    return Client().get(f"{address(line)}{page}")


def change(row: Row, **changes: object) -> None:
    unit = Unit()
    unit.update(row, set=changes)
    unit.commit()


def test_a_receipt_says_who_signed_what() -> None:
    line = sign(event=make_event(), email="ana@example.com", phone="555 0199").line

    page = get(line)

    for words in ("Ana López", line.reference, "Sunset sail", "Sat 23 May 2026, 18:15", "Queen of San Diego"):
        assert words in page.text
    assert "Version waiver-en-1" in page.text
    assert "ana@example.com" not in page.text
    assert "555 0199" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_a_receipt_speaks_the_language_that_was_signed() -> None:
    line = signed(make_event(), text=shipped_texts.text("es")).line

    page = get(line).text

    assert '<html lang="es">' in page
    assert shipped_texts.text("es").title in page


def test_a_receipt_leads_to_the_pdf_once_it_is_made() -> None:
    line = sign(event=make_event()).line
    before, no_pdf = get(line).text, get(line, "/waiver.pdf")
    make_pdfs()
    after, pdf = get(line).text, get(line, "/waiver.pdf")

    assert "is being made" in before
    assert no_pdf.status_code == 404
    assert f'href="{address(line)}/waiver.pdf"' in after
    assert pdf.status_code == 200
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.headers["Content-Disposition"] == f'attachment; filename="waiver-{line.reference}.pdf"'
    assert pdf.headers["Cache-Control"] == "no-store"
    assert pdf.headers["X-Robots-Tag"] == "noindex"
    assert pdf.headers["Referrer-Policy"] == "no-referrer"


def test_a_receipt_costs_one_request_and_a_group_s_two(requests_made: RequestsMade) -> None:
    event = make_event()
    line, group = sign(event=event).line, signed(event, name="Bea", children=["Cleo", "Dora"])

    with requests_made() as alone:
        get(line)
    with requests_made() as together:
        get(group.line)
    texts.forget()
    with requests_made() as cold:
        get(group.line)

    assert alone == {"BatchGetItem": 1}
    assert together == cold == {"BatchGetItem": 2}


def test_a_guardian_s_receipt_leads_to_each_child_s_and_no_child_s_to_another() -> None:
    first, second, third = signed(make_event(), children=["Ben", "Cleo", "Dora"]).lines

    page, other = get(first).text, get(second).text

    assert address(second) in page
    assert address(third) in page
    assert "Signed by</dt><dd>Ana López" in page
    assert address(first) not in other
    assert address(third) not in other


def test_revoke_makes_the_address_unknown(alice: User) -> None:
    line = sign(event=make_event()).line
    make_pdfs()
    unknown = Client().get(address(line, link="0" * 52))

    old = address(line)
    receipts.revoke(line, by=alice)

    for page in (old, f"{old}/waiver.pdf"):
        answer = Client().get(page)
        assert (answer.status_code, answer.content) == (404, unknown.content)


def test_renew_gives_another_address(alice: User) -> None:
    line = sign(event=make_event()).line
    old = address(line)

    link = receipts.renew(line, by=alice)

    assert Client().get(old).status_code == 404
    assert Client().get(address(line, link)).status_code == 200
    stored = Waiver.fetch(event_id=line.event_id, ulid=line.ulid)
    assert stored is not None
    assert signing.link_to(stored) == link
    life = [row.what for row in Row.collection(f"WAIVER#{line.ulid}") if isinstance(row, LifeEvent)]
    assert life == ["link renewed"]


@pytest.mark.parametrize("changes", [{"restricted": True}, {"state": "erased"}])
def test_what_is_restricted_or_erased_is_unknown(changes: dict[str, object]) -> None:
    line = sign(event=make_event()).line
    make_pdfs()
    change(line, **changes)
    unknown = Client().get(address(line, link="0" * 52))

    for page in ("", "/waiver.pdf"):
        assert get(line, page).content == unknown.content


def test_the_pdf_of_a_record_whose_key_is_gone_is_unknown() -> None:
    signed_ = sign(event=make_event())
    make_pdfs()
    keys.destroy(documents.key_place(signed_.record.ulid))

    assert get(signed_.line, "/waiver.pdf").status_code == 404


@pytest.mark.parametrize("page", ["", "/waiver.pdf"])
def test_a_wrong_link_is_unknown(page: str) -> None:
    line = sign(event=make_event()).line
    make_event(slug="2026-05-24")
    make_pdfs()
    link = signing.link_to(line)

    for wrong in (f"{link[:-1]}{'0' if link[-1] != '0' else '1'}", link[:-1], f"{link}0", link.upper(), "x"):
        assert Client().get(f"/g/2026-05-23/signed/{wrong}{page}").status_code == 404
    assert Client().get(f"/g/2026-05-24/signed/{link}{page}").status_code == 404


def test_a_pdf_that_was_touched_is_given_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    signed_ = sign(event=make_event())
    make_pdfs()
    pdf = WaiverPdf.fetch(ulid=signed_.record.ulid)
    assert pdf is not None
    change(pdf, sha256="0" * 64)

    answer = get(signed_.line, "/waiver.pdf")

    assert answer.status_code == 404
    assert "cannot be given away" in caplog.text
    assert "Ana" not in caplog.text


def test_a_replaced_one_says_so() -> None:
    line = sign(event=make_event()).line
    change(line, state="replaced")

    assert "signed again later" in get(line).text


def test_open_pdf_refuses_another_record_s() -> None:
    event = make_event()
    mine, other = sign(event=event).record, sign(event=event, name="Bea").record
    make_pdfs()
    pdf = WaiverPdf.fetch(ulid=other.ulid)
    assert pdf is not None

    with pytest.raises(Tampered):
        printed.open_pdf(mine, pdf)
