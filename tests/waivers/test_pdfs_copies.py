from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import make_event
from tests.waivers.builders import make_signature, make_signer
from tests.waivers.pdf_texts import needs_big_fonts, needs_poppler, plain, read, render, signed
from waivers import client_acts, shipped_texts, signing, wording
from waivers.acts import Care, Origin
from waivers.pdfs import fonts, shaping
from waivers.pdfs.bidi import LEFT
from waivers.pdfs.copies import BODY
from waivers.pdfs.fonts import FontMissing
from waivers.pdfs.sheets import Sheet
from waivers.rows import Channel, WaiverRecord, WaiverText

pytestmark = pytest.mark.usefixtures("table")

TEXT = shipped_texts.text()

NAMES = {
    "Latin": "Žofie Ňuchalíková-O\u2019Brien",
    "Greek": "Ελένη Παπαδοπούλου",
    "Cyrillic": "Дмитрий Щербаков",
    "Vietnamese": "Nguyễn Thị Ánh Tuyết",
    "Arabic": "محمد علي الهاشمي",
    "Hebrew": "שרה כהן-לוי",
    "Hebrew with a title": 'ד"ר שרה (12) לוי, ב.א.',
    "Hebrew with vowels": "שָׁלוֹם בֶּן־דָּוִד",
    "Arabic and Latin": "محمد Al-Hashimi علي",
    "Devanagari": "नरेन्द्र मोदी श्री",
    "Thai": "น้ำทิพย์ ที่นี่",
    "Armenian": "Գևորգ Հարությունյան",
    "Georgian": "გიორგი ბერიძე",
    "emoji": "Ana 👩‍👩‍👧‍👦 🏴‍☠️ 1️⃣ ⚓ 👍🏽 🇩🇪",
}
EASTERN = {"Chinese": "王小明 龍 𠮷田", "Korean": "김민준 각", "Japanese": "渡邊 さくら ガギグー"}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_read_back(name: str, tmp_path: Path) -> None:
    record = signed(make_event(), name=name).record

    assert plain(name) in read(render(record, TEXT), folder=tmp_path)


@pytest.mark.parametrize("name", EASTERN.values(), ids=EASTERN)
def test_a_name_of_east_asia_is_read_back(name: str, tmp_path: Path) -> None:
    needs_big_fonts()
    record = signed(make_event(), name=name).record

    assert plain(name) in read(render(record, TEXT), folder=tmp_path)


def test_a_copy_says_what_a_record_holds(tmp_path: Path) -> None:
    event = make_event(departure_port="Shelter Island", return_port="Avalon")
    signature = replace(
        make_signature(),
        initials="AL",
        initialled=["release"],
        acts={
            "opened_at": "2026-05-23T18:00:00Z",
            "initial_release": "2026-05-23T18:01:40Z",
            "consented_at": "2026-05-23T18:02:33Z",
            "zone": "America/New_York",
        },
    )
    record = signed(event, signature=signature, email="ana@example.com", phone="555 0199").record

    text = read(render(record, TEXT), folder=tmp_path)

    for words in [
        *("Ship Captain Crew", "Sunset sail", "Queen of San Diego", "Shelter Island", "Avalon", "Ana López", "Guest"),
        "Sat 23 May 2026, 18:15 (America/Los_Angeles)",
        "Version waiver-en-1, consent text 1.",
        "Initialled: AL Sat 23 May 2026, 14:01:40 (America/New_York)",
        "Ticked: Sat 23 May 2026, 14:02:33 (America/New_York)",
        *(record.ulid, record.reference, record.record_sha256, record.text_sha256, record.chain_sha256),
        "Link 1 of the departure's chain",
        "Page 1 of 3",
        *(TEXT.title, TEXT.consent, TEXT.adult, TEXT.assent),
    ]:
        assert plain(words) in text
    for clause in TEXT.clauses:
        assert plain(clause.heading) in text
        assert plain(clause.body).split()[-1] in text


def test_a_copy_in_spanish_says_what_was_done_in_spanish(tmp_path: Path) -> None:
    spanish = shipped_texts.text("es")
    acts = {**dict.fromkeys(client_acts.ACTS, "2026-05-23T18:02:33Z"), "zone": "America/New_York"}
    record = signed(make_event(), text=spanish, signature=replace(make_signature(), acts=acts)).record

    text = read(render(record, spanish), folder=tmp_path)

    for words in [
        *("Abrió la página", "Llegó al final del texto", "Marcó la edad", "Firmó sáb", "Marcó la conformidad"),
        *("Pulsó el botón «Acepto", "Desde El dispositivo", "Qué la hace verificable"),
    ]:
        assert plain(words) in text
    with translation.override("en"):
        assert not [words for words in map(str, client_acts.ACTS.values()) if words in text]


def test_a_copy_from_a_kiosk_names_nobody_of_the_staff(tmp_path: Path) -> None:
    record = signing.sign(
        event=make_event(),
        signer=make_signer(),
        signature=make_signature(),
        origin=Origin(channel=Channel.KIOSK, kiosk_pin_by="dana"),
    ).record

    text = read(render(record, TEXT), folder=tmp_path)

    assert "Signed at the operator's kiosk" in text
    assert "dana" not in text
    assert "Staff" not in text


def test_a_copy_says_nothing_of_contacts_and_care(tmp_path: Path) -> None:
    event = make_event()
    secret = ["ana@example.com", "555 0199", "203.0.113.7", "Marked Uncle", "Marked asthma"]
    record = signing.sign(
        event=event,
        signer=make_signer(email=secret[0], phone=secret[1]),
        signature=make_signature(),
        origin=Origin(address=secret[2], user_agent="Marked agent"),
        care=Care(emergency_name=secret[3], emergency_phone="555 0100", medical=secret[4]),
    ).record

    text = read(render(record, TEXT), folder=tmp_path)

    assert not [each for each in [*secret, "Marked agent", "555 0100"] if each in text]


def test_each_child_has_a_copy_that_names_the_guardian(tmp_path: Path) -> None:
    both = signed(make_event(), name="Ana López", children=["Ben López", "محمد"])
    records = [WaiverRecord.fetch(ulid=line.ulid) for line in both.lines]

    first, second = [read(render(record, TEXT), folder=tmp_path) for record in records if record]

    assert "Ben López" in first
    assert plain("محمد") not in first
    assert plain("محمد") in second
    assert "Ben López" not in second
    for text in (first, second):
        assert "Signed for the child by Ana López" in text
        assert "Mother" in text
        assert plain(TEXT.authority) in text


def test_a_copy_is_the_same_bytes_on_any_machine() -> None:
    needs_big_fonts()
    record = signed(make_event(), name="Ana 王小明 محمد 👍🏽").record
    here = render(record, TEXT)
    script = (
        "import django; django.setup(); import hashlib, sys; from tests.waivers.pdf_texts import render; "
        "from waivers import shipped_texts; from waivers.rows import WaiverRecord; "
        f"data = render(WaiverRecord.fetch(ulid='{record.ulid}'), shipped_texts.text()); "
        "print(hashlib.sha256(data).hexdigest())"
    )
    other = {"LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "SOURCE_DATE_EPOCH": "0"}

    run = subprocess.run(
        [sys.executable, "-c", script], env=os.environ | other, capture_output=True, text=True, check=True
    )

    assert run.stdout.strip() == hashlib.sha256(here).hexdigest()
    assert here == render(record, TEXT)


def test_a_copy_tells_programs_its_title_language_and_structure(tmp_path: Path) -> None:
    needs_poppler()
    spanish = shipped_texts.text("es")
    record = signed(make_event(), text=spanish).record
    path = tmp_path / "copy.pdf"
    path.write_bytes(render(record, spanish))

    info = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    tree = subprocess.run(["pdfinfo", "-struct-text", path], capture_output=True, text=True, check=True).stdout

    assert f"Title:           {spanish.title}" in info
    assert "Tagged:          yes" in info
    assert b"/Lang (es)" in path.read_bytes()
    assert tree.count("H1 ") == 1
    assert tree.index("H1 ") < tree.index("H2 ") < tree.index("H3 ")
    assert spanish.clauses[0].heading in tree


def test_a_typed_signature_stands_in_the_copy(tmp_path: Path) -> None:
    record = signed(make_event(), typed="Ana López, in ink of letters").record

    text = read(render(record, TEXT), folder=tmp_path)

    assert "Ana López, in ink of letters" in text
    assert "Typed." in text


def test_a_drawn_signature_is_lines_and_not_a_picture(tmp_path: Path) -> None:
    needs_poppler()
    path = tmp_path / "copy.pdf"
    path.write_bytes(render(signed(make_event()).record, TEXT))

    listed = subprocess.run(["pdfimages", "-list", path], capture_output=True, text=True, check=True).stdout

    assert len(listed.splitlines()) == 2
    assert "Drawn by hand" in read(path.read_bytes(), folder=tmp_path)


def test_all_fonts_are_in_the_copy(tmp_path: Path) -> None:
    needs_poppler()
    path = tmp_path / "copy.pdf"
    path.write_bytes(render(signed(make_event(), name="Ana محمد שרה 👍🏽").record, TEXT))

    rows = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]

    assert {row.split()[0].partition("+")[2] for row in rows} == {
        *("NotoSans-Regular", "NotoSans-Bold", "NotoSansArabic-Regular", "NotoSansHebrew-Regular"),
        "NotoEmoji-Regular",
    }
    assert all(row.split()[-5:-2] == ["yes", "yes", "yes"] for row in rows)


def make_text(body: str) -> wording.Text:
    shipped = shipped_texts.draft()
    draft = WaiverText(**{**shipped.attribute_values, "body": body, "ulid": "01KS9V3R4T5W6X7Y8Z9A0B1C2D"})
    return wording.compose(draft, number=1, consent_version=1)


def test_a_text_of_many_pages_numbers_each_and_names_the_reference(tmp_path: Path) -> None:
    paragraph = "You may slip on a wet deck, and **drown**, *even near the shore*. " * 20
    text = make_text("\n\n".join(f"# Clause {n} {{clause-{n}}}\n\n{paragraph}" for n in range(40)))
    record = signed(make_event(), text=text).record

    printed = read(render(record, text), folder=tmp_path)

    pages = int(printed.rpartition(" of ")[2].split()[0])
    assert pages > 10
    for page in range(1, pages + 1):
        assert f"Page {page} of {pages}" in printed
    assert printed.count(f"Signed waiver, reference {record.reference}") == pages
    assert printed.count("drown") == 800


def test_no_heading_stands_alone_at_the_foot_of_a_page(tmp_path: Path) -> None:
    sentences = ["You may slip on a wet deck. " * (3 + n % 11) for n in range(60)]
    text = make_text("\n\n".join(f"# Clause {n} {{c-{n}}}\n\n{words}" for n, words in enumerate(sentences)))
    record = signed(make_event(), text=text).record
    needs_poppler()
    path = tmp_path / "copy.pdf"
    path.write_bytes(render(record, text))

    pages = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout.split("\f")

    last = [page.partition("Signed waiver, reference")[0].split("\n\n")[-2].splitlines()[-1] for page in pages[:-2]]
    assert not [line for line in last if line.startswith("Clause")]


def test_lists_are_printed_with_their_numbers(tmp_path: Path) -> None:
    text = make_text(
        "# Rules {rules}\n\nThese hold:\n\n3. first rule\n4. second rule\n\n    - within it\n\nAnd no more."
    )
    record = signed(make_event(), text=text).record

    printed = read(render(record, text), folder=tmp_path)

    assert "These hold: 3. first rule 4. second rule • within it And no more." in printed


def test_a_long_name_is_printed_whole(tmp_path: Path) -> None:
    name = " ".join(["Wolfeschlegelsteinhausenbergerdorff"] * 3)
    record = signed(make_event(), name=name).record

    assert name in read(render(record, TEXT), folder=tmp_path)


def test_a_missing_font_is_named_and_nothing_is_printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    record = signed(make_event(), name="王小明").record
    monkeypatch.setattr(fonts, "FETCHED", tmp_path)
    fonts.data_of.cache_clear()
    shaping.face.cache_clear()

    with pytest.raises(FontMissing, match="Type: make fonts"):
        render(record, TEXT)


WORDS = st.sampled_from(
    [
        *(
            "Ana",
            "O\u2019Brien-Smith",
            "محمد",
            "الهاشمي",
            "عبد-الله",
            "שרה",
            "כהן",
            'ד"ר',
            "(בן)",
            "Ελένη",
            "Дмитрий",
            "Ánh",
        )
    ]
)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=4).map(" ".join), min_size=30, max_size=30))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_names_in_any_order_of_scripts_are_read_back(tmp_path: Path, names: list[str]) -> None:
    sheet = Sheet(title="T", author="A", subject="S", language="en", made_at=datetime.now(UTC), key="0" * 32)
    sheet.write(
        "An ordinary page of ours runs from left to right, and has many more Latin letters than others. " * 15, BODY
    )
    for name in names:
        sheet.write(f"{name}", BODY, base=LEFT)

    text = read(sheet.finish("", "{page}/{pages}"), folder=tmp_path)

    assert [name for name in names if plain(name) not in text] == []
