"""Imports in the admin: who may, what is refused, and what the pages say."""

from __future__ import annotations

import csv
import io

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client

from events.rows import Event
from scc.dynamo.rows import Row
from scc.imports import decisions, objects, progress, runs, uploads
from scc.imports.pages import LEFT, TAKEN
from scc.imports.rows import ImportRun, State
from scc.staff import subjects
from tests.imports.uploading import ALICE, carried, checked, drive, forget, hold, now, season_of, uploaded, years
from tests.people import client_of

pytestmark = pytest.mark.usefixtures("table")

IMPORTS = "/admin/imports/importrun/"
POSTED = ("confirm", "stop", "continue", "drive", "part", "uploaded")


def page_of(run: ImportRun, name: str = "change") -> str:
    return f"{IMPORTS}{run.ulid}/{name}/"


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def upload(client: Client, data: bytes, name: str = "season.csv", what: str = "events") -> str:
    answer = client.post(f"{IMPORTS}add/", {"what": what, "file": ContentFile(data, name)})
    return answer.headers.get("Location", "") or answer.content.decode()


def stored() -> int:
    return sum(isinstance(row, Event) for row in Row.scan())


@pytest.mark.parametrize("who", ["dana", "bob"])
def test_owners_alone_import(request: pytest.FixtureRequest, who: str) -> None:
    client = client_of(request.getfixturevalue(who))
    run = checked(years())

    seen = [client.get(path).status_code for path in (IMPORTS, f"{IMPORTS}add/", page_of(run), page_of(run, "columns"))]
    sent = [client.post(page_of(run, name)).status_code for name in POSTED]
    begun = client.post(f"{IMPORTS}add/begin/", {"what": "events", "name": "a.csv", "size": "9"}).status_code

    assert {*seen, *sent, begun, client.get(page_of(run, "report")).status_code} == {403}
    assert now(run).state == State.READY


def test_a_stranger_is_asked_to_log_in(as_charlie: Client) -> None:
    run = checked(years())

    answer = as_charlie.get(page_of(run, "report"))

    assert answer.headers["Location"].startswith("/admin/login/")


def test_a_form_without_a_script_brings_a_small_file(as_alice: Client) -> None:
    page = upload(as_alice, years())

    as_alice.post(page.replace("change", "drive"))
    assert "Carry over 6 lines" in text_of(as_alice, page)
    as_alice.post(page.replace("change", "confirm"))
    as_alice.post(page.replace("change", "drive"))

    assert "What became of it" in text_of(as_alice, page)
    assert stored() == 6


@pytest.mark.parametrize(
    ("name", "what", "words"),
    [
        ("season.pdf", "events", "season.pdf is no CSV and no XLSX."),
        ("season.csv", "ships", "Select a valid choice"),
        ("season.csv", "", "Choose what the file holds."),
    ],
)
def test_a_wrong_file_is_refused_with_words(as_alice: Client, name: str, what: str, words: str) -> None:
    assert words in upload(as_alice, years(), name=name, what=what)


def test_a_file_too_large_for_the_form_is_refused(as_alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_PLAIN", 100)

    assert "takes files up to 4 MB" in upload(as_alice, years())


@pytest.mark.parametrize("size", ["", "-1", "1.5", "0", "9" * 30, "٣"])
def test_begin_refuses_what_is_no_size(as_alice: Client, size: str) -> None:
    answer = as_alice.post(f"{IMPORTS}add/begin/", {"what": "events", "name": "a.csv", "size": size})

    assert (answer.status_code, list(answer.json())) == (400, ["error"])


@pytest.mark.parametrize("number", ["", "0", "2", "x", "٣", "1" * 5000])
def test_part_refuses_what_is_no_slice(as_alice: Client, number: str) -> None:
    run = uploads.begin(what="events", source="season.csv", size=3, by=ALICE)

    answer = as_alice.post(page_of(run, "part"), {"number": number, "slice": ContentFile(b"abc", "slice")})

    assert answer.status_code == 400
    assert as_alice.post(page_of(run, "uploaded")).json() == {"missing": [1]}


def test_uploaded_again_is_the_same(as_alice: Client) -> None:
    run = uploaded(years())

    assert as_alice.post(page_of(run, "uploaded")).json() == {"missing": [], "page": page_of(run)}


def test_preview_has_the_errors_beside_the_lines(as_alice: Client) -> None:
    run = checked(season_of({}, {"date": "<b>23 May"}))

    said = text_of(as_alice, page_of(run))

    assert "Carry over 1 line" in said
    assert "&lt;b&gt;23 May&#x27; is no day" in said
    assert "<b>23 May" not in said


def test_preview_offers_nothing_where_nothing_would_be_carried(as_alice: Client) -> None:
    carried(years())
    again, bad = checked(years(), source="again.csv"), checked(season_of({"date": "May"}))

    said = {run.source: text_of(as_alice, page_of(run)) for run in (again, bad)}

    assert "all of it is stored already" in said["again.csv"]
    assert "Where something is missing here, add it" in said["season.csv"]
    assert not [text for text in said.values() if 'value="Carry' in text or '<th scope="row">Vessels' in text]


def test_report_is_a_csv_of_what_is_not_carried(as_alice: Client) -> None:
    run = carried(season_of({}, {"title": "Été", "date": "May"}))

    answer = as_alice.get(page_of(run, "report"))

    text = b"".join(answer).decode("utf-8-sig")
    heads, line = csv.reader(io.StringIO(text, newline=""))
    assert heads == ["place", "reason", "raw"]
    assert line[:2] == ["line 3", "date: 'May' is no day such as 2026-05-23"]
    assert ",Été," in line[2]
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="not-carried-events-')


def test_report_of_one_portion_comes_in_parts_that_an_answer_holds(
    as_alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "MOST_OF_A_REPORT", 20_000)
    run = checked(season_of(*({"date": f"May {number}", "title": "é" * 9_000} for number in range(8))), what="events")
    count = text_of(as_alice, page_of(run)).count("Report of what is not carried")

    parts = [b"".join(as_alice.get(f"{page_of(run, 'report')}?part={part}")) for part in range(1, count + 1)]

    told = [list(csv.reader(io.StringIO(part.decode("utf-8-sig"), newline=""))) for part in parts]
    assert [line[0] for lines in told for line in lines[1:]] == [f"line {number}" for number in range(2, 10)]
    assert {lines[0][0] for lines in told} == {"place"}
    assert {line[2][-1] for lines in told for line in lines[1:]} == {"…"}
    assert max(map(len, parts)) < 20_000


@pytest.mark.parametrize("part", ["0", "2", "x", "", "1" * 5000])
def test_report_has_no_other_parts(as_alice: Client, part: str) -> None:
    run = carried(years())

    assert as_alice.get(f"{page_of(run, 'report')}?part={part}").status_code == 404


def test_a_report_that_is_gone_says_so(as_alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    run = carried(years())
    objects._client().delete_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=f"uploads/{run.ulid}/1/run-0001")

    assert as_alice.get(page_of(run, "report")).headers["Location"] == page_of(run)
    assert "were deleted after 30 days" in text_of(as_alice, page_of(run))


def test_a_file_that_is_gone_is_not_confirmed(as_alice: Client) -> None:
    run = checked(years())
    forget(run)

    said = text_of(as_alice, page_of(run))

    assert "were deleted after 30 days. Nothing of it was carried over. Upload it again." in said
    assert "Carry over" not in said
    assert "Choose the columns" not in said
    assert "Leave it" in said


def test_columns_of_a_file_that_is_gone_are_not_chosen(as_alice: Client) -> None:
    run = uploaded(years().replace(b"capacity", b"Heads", 1))
    forget(run)

    assert "Choose the columns" not in text_of(as_alice, page_of(run))
    assert as_alice.get(page_of(run, "columns")).headers["Location"] == page_of(run)


@pytest.mark.parametrize("state", [State.UPLOADING, State.MAPPING])
def test_what_is_not_read_yet_can_be_left(as_alice: Client, state: State) -> None:
    if state == State.MAPPING:
        run = uploaded(years().replace(b"capacity", b"Heads", 1))
    else:
        run = uploads.begin(what="events", source="season.csv", size=9, by=ALICE)
    assert now(run).state == state
    assert "Leave it" in text_of(as_alice, page_of(run))

    as_alice.post(page_of(run, "stop"))

    assert now(run).state == State.STOPPED
    assert "Import another file" in text_of(as_alice, page_of(run))


def test_confirm_leads_to_who_carries_the_same_file(as_alice: Client) -> None:
    first, second = checked(years()), checked(years())
    decisions.confirm(first, by=ALICE)

    assert as_alice.post(page_of(second, "confirm")).headers["Location"] == page_of(first)


def test_what_came_too_late_is_said(as_alice: Client) -> None:
    run = carried(years())

    for name in ("confirm", "stop", "continue"):
        assert as_alice.post(page_of(run, name)).headers["Location"] == page_of(run)

    assert now(run).state == State.DONE


def test_a_page_on_lambda_leaves_what_was_cut_off_to_the_schedule(as_alice: Client, settings: object) -> None:
    run = uploaded(years())
    portions_before = now(run).portions
    settings.ON_LAMBDA = True  # type: ignore[attr-defined]  # pytest-django's
    run.update(actions=[ImportRun.tried.set(1)])

    said = as_alice.post(f"{page_of(run, 'drive')}?part=progress").content.decode()

    assert "data-waits" in said
    assert LEFT in said
    assert now(run).portions == portions_before == 0


def test_a_page_says_when_another_is_at_it(as_alice: Client) -> None:
    run = uploaded(years())
    hold(run)

    said = as_alice.post(f"{page_of(run, 'drive')}?part=progress").content.decode()

    assert TAKEN in said


def test_the_page_of_what_a_command_carries_shows_it_and_no_more(as_alice: Client) -> None:
    run = runs.begin(what="legacy", source="old table.json", digest="0" * 64, options={})

    said = text_of(as_alice, page_of(run))
    answers = {name: as_alice.post(page_of(run, name)).status_code for name in ("drive", "continue", "confirm")}
    part = as_alice.post(f"{page_of(run, 'drive')}?part=progress")

    assert "A command carries it over" in said
    assert "data-progress" not in said
    assert "Leave it" not in said
    assert answers == {"drive": 302, "continue": 302, "confirm": 302}
    assert part.status_code == 200
    assert now(run).version == run.version


def test_the_page_of_a_run_leads_to_the_one_that_goes_on_with_it(as_alice: Client) -> None:
    first = decisions.stop(decisions.confirm(checked(years()), by=ALICE), by=ALICE)
    forget(first)

    second = decisions.confirm(checked(years()), by=ALICE)
    said = text_of(as_alice, page_of(first))

    assert f'goes on with it: <a href="{page_of(second)}">' in said
    assert "Upload the file again" not in said
    assert 'role="alert"' not in said


def test_the_list_shows_runs_of_commands_too(as_alice: Client) -> None:
    begun = runs.begin(what="legacy", source="old table.json", digest="0" * 64, options={})
    run = carried(years(), source="season of the choir.csv")

    said = text_of(as_alice, IMPORTS)

    assert "season of the choir.csv" in said
    assert "old table.json" in said
    assert "What became of it" not in text_of(as_alice, page_of(begun))
    assert subjects.page_of(f"IMPORT#{run.ulid}") == page_of(run)


def test_the_list_says_no_percentage_of_what_was_only_checked(as_alice: Client) -> None:
    run = checked(years())

    decisions.stop(now(run), by=ALICE)

    assert 'field-how_far">Stopped</td>' in text_of(as_alice, IMPORTS)


def test_nothing_of_a_file_is_in_the_trail(as_alice: Client) -> None:
    run = checked(season_of({"title": "Zqxj"}, {"date": "Zqxj"}), source="Zqxj.csv")
    run = drive(decisions.confirm(run, by=ALICE))
    failed = uploaded(b"%PDF-1.7", source="Zqxj.csv")

    said = text_of(as_alice, page_of(run, "history")) + text_of(as_alice, page_of(failed, "history"))

    assert "Zqxj" not in said


def test_an_unknown_run_is_not_found(as_alice: Client) -> None:
    assert as_alice.get(f"{IMPORTS}01JV0000000000000000000000/change/").status_code == 404
