from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from scc.dynamo.errors import OutcomeUnknown
from scc.dynamo.rows import Row
from scc.dynamo.units import Unit
from scc.sealing import keys
from tests.builders import make_event
from tests.dynamo.faults import answers_lost, meanwhile
from tests.waivers.pdf_texts import needs_big_fonts, signed
from waivers import documents, printed
from waivers.canonical import sha256_of_bytes
from waivers.pdfs import fonts, making, shaping
from waivers.pdfs.making import Outcome
from waivers.rows import LifeEvent, WaiverPdf, WaiverRecord

pytestmark = pytest.mark.usefixtures("table")


def make_pdfs(**options: Any) -> str:
    out = StringIO()
    call_command("makepdfs", stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def pdf_of(record: WaiverRecord) -> WaiverPdf:
    row = WaiverPdf.fetch(ulid=record.ulid)
    assert row is not None
    return row


def life_of(record: WaiverRecord) -> list[str]:
    return [row.what for row in Row.collection(f"WAIVER#{record.ulid}") if isinstance(row, LifeEvent)]


def due() -> list[str]:
    return [task.ulid for task in making.due()]


def erase(record: WaiverRecord) -> None:
    """Erase the record as erasing does: what is sealed goes, and its keys."""
    unit = Unit()
    unit.update(record, set={"sealed": None})
    unit.commit()
    keys.destroy(documents.key_place(record.ulid))


def test_makepdfs_makes_what_is_due() -> None:
    record = signed(make_event()).record

    said = make_pdfs()

    row = pdf_of(record)
    data = printed.open_pdf(record, row)
    assert said == 'PDFs: 1 due, 1 made, 0 there already, 0 erased, 0 stuck.\n{"pdfs_stuck": 0}\n'
    assert data.startswith(b"%PDF-")
    assert (row.sha256, row.size) == (sha256_of_bytes(data), len(data))
    assert life_of(record) == ["pdf"]
    assert due() == []


def test_makepdfs_stores_nothing_that_can_be_read_without_the_key() -> None:
    record = signed(make_event()).record
    make_pdfs()

    with default_storage.open(pdf_of(record).name) as stored:
        box = stored.read()

    assert pdf_of(record).name == f"waivers/{record.ulid}.pdf"
    assert b"%PDF" not in box


def test_makepdfs_again_makes_nothing() -> None:
    record = signed(make_event()).record
    make_pdfs()
    before = pdf_of(record).made_at

    said = make_pdfs()

    assert said.startswith("PDFs: 0 due, 0 made")
    assert pdf_of(record).made_at == before
    assert life_of(record) == ["pdf"]


def test_makepdfs_makes_one_for_each_child() -> None:
    lines = signed(make_event(), children=["Ben López", "Cleo López"]).lines

    make_pdfs()

    assert all(WaiverPdf.fetch(ulid=line.ulid) for line in lines)


def test_makepdfs_dry_run_names_and_makes_nothing() -> None:
    record = signed(make_event()).record

    said = make_pdfs(dry_run=True)

    assert said == f"2026-05-23.{record.ulid}\nPDFs: 1 due, none made (dry run).\n"
    assert due() == [record.ulid]


def test_makepdfs_ends_when_its_time_is_over() -> None:
    event = make_event()
    for name in ("Ana", "Bea", "Cleo"):
        signed(event, name=name)

    said = make_pdfs(seconds=0.000001)

    assert "3 due, 0 made" in said
    assert len(due()) == 3


def test_make_at_the_same_moment_makes_one() -> None:
    record = signed(make_event()).record
    [task] = making.due()
    outcomes: list[Outcome] = []
    threads = [threading.Thread(target=lambda: outcomes.append(making.make(task))) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == [Outcome.MADE, *[Outcome.THERE] * 3]
    assert life_of(record) == ["pdf"]
    assert printed.open_pdf(record, pdf_of(record))
    assert due() == []


def test_make_leaves_due_what_the_table_may_not_hold() -> None:
    record = signed(make_event()).record
    [task] = making.due()

    with answers_lost("TransactWriteItems", times=99), pytest.raises(OutcomeUnknown):
        making.make(task)
    said = make_pdfs()

    assert "stuck" in said
    assert life_of(record) == ["pdf"]
    assert due() == []


def test_makepdfs_killed_leaves_it_due_and_the_next_makes_it() -> None:
    record = signed(make_event()).record
    # Killed after the PDF is in the bucket, and before the table knows.
    script = (
        "import django; django.setup(); import os, signal; from waivers import printed; "
        "from waivers.pdfs import making; "
        "store = printed.store; "
        "printed.store = lambda *args: (store(*args), os.kill(os.getpid(), signal.SIGKILL)); "
        "making.make(next(making.due()))"
    )

    run = subprocess.run([sys.executable, "-c", script], env=os.environ, check=False)
    after_kill = due()
    make_pdfs()

    assert run.returncode == -signal.SIGKILL
    assert after_kill == [record.ulid]
    assert WaiverPdf.fetch(ulid=record.ulid) is not None
    assert printed.open_pdf(record, pdf_of(record)).startswith(b"%PDF-")
    assert due() == []


def test_makepdfs_skips_what_was_erased() -> None:
    record = signed(make_event()).record
    erase(record)

    said = make_pdfs()

    assert "0 made, 0 there already, 1 erased" in said
    assert WaiverPdf.fetch(ulid=record.ulid) is None
    assert due() == []


def test_make_leaves_nothing_of_what_is_erased_meanwhile() -> None:
    record = signed(make_event()).record
    [task] = making.due()

    with meanwhile("TransactWriteItems", lambda: erase(record)) as done:
        outcome = making.make(task)

    assert (outcome, done) == (Outcome.ERASED, ["TransactWriteItems"])
    assert WaiverPdf.fetch(ulid=record.ulid) is None
    assert not default_storage.exists(printed.name_of(record.ulid))
    assert due() == []


def test_makepdfs_says_so_when_the_bucket_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    record = signed(make_event()).record
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    keys._client.cache_clear()

    with pytest.raises(CommandError, match=r"What is due stays due; run this again\."):
        make_pdfs()
    monkeypatch.undo()
    keys._client.cache_clear()

    assert due() == [record.ulid]
    assert "1 made" in make_pdfs()


def test_makepdfs_leaves_due_what_lacks_a_font_and_makes_the_rest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    event = make_event()
    chinese, other = signed(event, name="王小明").record, signed(event, name="Ana").record
    monkeypatch.setattr(fonts, "FETCHED", tmp_path)
    fonts.data_of.cache_clear()
    shaping.face.cache_clear()
    out, err = StringIO(), StringIO()

    with pytest.raises(SystemExit) as exit_:
        call_command("makepdfs", stdout=out, stderr=err)

    assert exit_.value.code == 3
    assert "Type: make fonts" in err.getvalue()
    assert out.getvalue().endswith('1 made, 0 there already, 0 erased, 1 stuck.\n{"pdfs_stuck": 1}\n')
    assert due() == [chinese.ulid]
    assert WaiverPdf.fetch(ulid=other.ulid) is not None


def test_fonts_are_read_from_the_bucket_on_lambda(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any
) -> None:
    needs_big_fonts()
    font = fonts.BIG[0]
    default_storage.save(font.stored_name, ContentFile((fonts.FETCHED / font.file_name).read_bytes()))
    settings.ON_LAMBDA = True
    monkeypatch.setattr(fonts, "FETCHED", tmp_path / "none")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    fonts.data_of.cache_clear()

    data = fonts.data_of(font.name)

    assert fonts.is_whole(font, data)
    assert (tmp_path / fonts.FOLDER / font.file_name).is_file()


def test_pages_never_load_what_prints() -> None:
    script = (
        "import sys, django; django.setup(); from django.test import Client; "
        "import waivers.views, waivers.receipts, waivers.posting, waivers.printed, waivers.emails, waivers.signing, "
        "waivers.taking; print(*sys.modules)"
    )

    run = subprocess.run([sys.executable, "-c", script], env=os.environ, capture_output=True, text=True, check=True)

    assert not [name for name in run.stdout.split() if name.startswith(("reportlab", "uharfbuzz", "waivers.pdfs"))]
