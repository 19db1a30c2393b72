from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.contrib.admin.utils import quote
from django.core import mail
from django.core.management import call_command
from django.test import Client

from scc.mail import attachments, outbox
from scc.mail.rows import Letter, State
from tests.builders import make_event
from tests.mail.letters import let_lease_end, stored
from tests.waivers.builders import sign
from tests.waivers.pdf_texts import signed
from waivers import printed, shipped_texts, signing
from waivers.rows import WaiverPdf, WaiverRecord

pytestmark = pytest.mark.usefixtures("table")


def letter_of(signed_: signing.Signed) -> Letter:
    assert signed_.letter is not None
    return stored(signed_.letter)


def make_pdfs() -> None:
    call_command("makepdfs", stdout=StringIO(), stderr=StringIO())


def deliver(letter: Letter) -> None:
    let_lease_end(letter)
    call_command("deliverletters", stdout=StringIO(), stderr=StringIO())


def test_the_letter_brings_the_pdf_once_it_is_made() -> None:
    signed_ = sign(event=make_event(), email="ana@example.com")
    letter = letter_of(signed_)
    deliver(letter)
    before = list(mail.outbox)
    make_pdfs()
    deliver(letter)

    [message] = mail.outbox
    [(name, data, kind)] = message.attachments
    pdf = WaiverPdf.fetch(ulid=signed_.record.ulid)
    assert pdf is not None
    assert before == []
    assert message.to == ["ana@example.com"]
    assert (name, kind) == (f"waiver-{signed_.reference}.pdf", "application/pdf")
    assert data == printed.open_pdf(signed_.record, pdf)


def test_a_guardian_gets_one_letter_with_a_pdf_for_each_child() -> None:
    signed_ = signed(make_event(), children=["Ben Marked", "Cleo Marked"], email="ana@example.com")
    make_pdfs()

    deliver(letter_of(signed_))

    [message] = mail.outbox
    assert [name for name, _, _ in message.attachments] == [f"waiver-{each}.pdf" for each in signed_.references]
    assert message.subject.startswith(f"Your signed waivers {', '.join(signed_.references)}: ")


def test_a_letter_names_no_child() -> None:
    letter = letter_of(signed(make_event(), children=["Ben Marked", "Cleo Marked"], email="ana@example.com"))

    assert "Marked" not in f"{letter.subject} {letter.text} {letter.html} {letter.attachments}"
    assert "Ana López" in letter.text
    assert "López" not in letter.subject


def test_a_letter_is_text_and_html_in_the_language_that_was_signed() -> None:
    spanish = shipped_texts.text("es")
    signed_ = signed(make_event(), text=spanish, email="ana@example.com")
    letter = letter_of(signed_)

    assert letter.language == "es"
    assert '<html lang="es">' in letter.html
    for part in (letter.text, letter.html):
        assert f"/g/2026-05-23/signed/{signed_.link}" in part
        assert signed_.reference in part
        assert "Sunset sail" in part
    assert spanish.source in letter.text


def test_a_letter_goes_without_the_pdf_after_an_hour_and_says_where_it_is() -> None:
    signed_ = sign(event=make_event(), email="ana@example.com")
    letter = let_lease_end(letter_of(signed_))
    letter.waits_until = datetime.now(UTC) - timedelta(seconds=1)

    state = outbox.attempt(letter)

    [message] = mail.outbox
    assert state == State.SENT
    assert message.attachments == []
    assert signed_.link in message.body


def test_a_letter_about_what_is_erased_brings_nothing() -> None:
    signed_ = sign(event=make_event(), email="ana@example.com")
    make_pdfs()
    record = WaiverRecord.fetch(ulid=signed_.record.ulid)
    assert record is not None
    record.update(actions=[WaiverRecord.sealed.remove()])

    outbox.attempt(let_lease_end(letter_of(signed_)))

    assert mail.outbox == []
    assert letter_of(signed_).error == outbox.ERASED


def test_staff_read_a_letter_without_its_receipt_link(as_alice: Client) -> None:
    signed_ = sign(event=make_event(), email="ana@example.com")
    letter = letter_of(signed_)

    page = as_alice.get(f"/admin/mail/letter/{quote(letter.id)}/change/").text

    address = f"/g/2026-05-23/signed/{signing.link_to(signed_.line)}"
    assert address in letter.text
    assert address in letter.html
    assert signed_.line.secret not in page
    assert page.count("/g/2026-05-23/signed/...") == 2
    make_pdfs()
    deliver(letter)
    assert address in str(mail.outbox[0].body)


def test_what_a_letter_brings_is_named_and_not_kept() -> None:
    signed_ = sign(event=make_event(), email="ana@example.com")

    [brought] = attachments.read(letter_of(signed_).attachments)

    assert (brought.name, brought.file_name) == (signed_.record.ulid, f"waiver-{signed_.reference}.pdf")
