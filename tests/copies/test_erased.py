"""Who was erased since an export does not come back with it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from events import bookings
from events.rows import Event, Patron
from scc.copies import erased
from scc.copies.erased import BadList, Erased
from scc.dynamo.tables import create_table, delete_table
from scc.staff.actors import SYSTEM
from tests.copies.conftest import Season, kept, line_of, without_its_own
from tests.copies.test_restoring import refusal, restore
from tests.dynamo import faults
from tests.waivers import scenes
from waivers import erasing, lives
from waivers.rows import State

MARKS = ("Ana L", "ana l", "555 0142", "555 0199")


def listed(tmp_path: Path) -> Path:
    path = tmp_path / "erased.txt"
    call_command("listerased", str(path), stdout=io.StringIO())
    return path


def erase_ana_and_pat(season: Season) -> None:
    erasing.erase(season.signed["ana"].ulid, why="Asked for.", by=SYSTEM)
    event, party = Event.fetch(slug=season.party.event_id), found(season.party)
    assert event is not None
    bookings.erase_party(event=event, party=party, by=SYSTEM)


def found(party: Patron) -> Patron:
    row = Patron.fetch(event_id=party.event_id, ulid=party.ulid)
    assert row is not None
    return row


def new_table() -> None:
    delete_table()
    create_table()


def verify() -> None:
    call_command("verifyledger", stdout=io.StringIO())
    call_command("verifywaivers", stdout=io.StringIO())


def traces_of(season: Season) -> list[str]:
    """Return where something is left that only Ana's waiver holds, and which objects belong to it."""
    waiver = season.signed["ana"].ulid
    mine = [item for (pk, sk), item in scenes.items().items() if f"WAIVER#{waiver}" in (pk, sk) or waiver in pk]
    names = [str(item) for item in mine if any(mark in str(item) for mark in MARKS)]
    return names + [name for name in scenes.objects("") if waiver in name]


def test_an_export_lists_who_was_erased_by_then(season: Season) -> None:
    list_ = erased.read((season.folder / "erased.txt").read_text().splitlines())

    assert list_.waivers == {season.erased}
    assert len(list_.parties) == 1


def test_restoreall_does_not_bring_back_who_is_listed(season: Season, fresh: None, tmp_path: Path) -> None:
    restore(season.folder)
    erase_ana_and_pat(season)
    since = listed(tmp_path)
    new_table()
    for name in scenes.objects(""):
        scenes.s3().delete_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=name)

    said = restore(season.folder, erased=[since])

    assert "erasures: 2 erased, 2 unchanged" in said or "erasures: 2 unchanged, 2 erased" in said
    assert line_of(season.signed["ana"]).state == line_of(season.signed["joined"]).state == State.ERASED
    assert found(season.party).name == "Erased"
    assert traces_of(season) == []
    verify()


def test_restoreall_asks_what_keys_that_are_gone_mean(season: Season, bucket_lives: None) -> None:
    lose_key(season)

    assert "none any more for 1 waivers" in refusal(season.folder)
    assert scenes.items() == {}


def test_restoreall_erases_whose_key_was_destroyed(season: Season, bucket_lives: None) -> None:
    lose_key(season)
    before = scenes.objects("keys/")

    restore(season.folder, missing_keys="erased")

    assert line_of(season.signed["ana"]).state == State.ERASED
    assert scenes.objects("keys/") == {name: data for name, data in before.items() if not is_anas(season, name)}
    assert traces_of(season) == []
    verify()


def test_restoreall_brings_keys_that_the_bucket_lost(season: Season, bucket_lives: None) -> None:
    lose_key(season)

    restore(season.folder, missing_keys="lost")

    assert without_its_own(scenes.items()) == kept(season.items)
    assert scenes.objects("") == season.objects


def test_an_export_outlives_the_keys_that_were_deleted_in_it(season: Season, fresh: None, copy: Path) -> None:
    ana = season.signed["ana"].ulid
    for path in (copy / "keys/waivers" / ana).rglob("*"):
        path.unlink() if path.is_file() else None
    since = copy.parent / "since.txt"
    since.write_text(f"waiver {ana}  # asked on Monday\n")

    assert f"keys/waivers/{ana}" in refusal(copy)
    restore(copy, erased=[since])

    assert traces_of(season) == []


def test_a_restore_goes_on_with_its_own_list_alone(season: Season, fresh: None, tmp_path: Path) -> None:
    since = tmp_path / "since.txt"
    since.write_text(f"waiver {season.signed['ana'].ulid}\n")
    with faults.meanwhile("BatchWriteItem", interrupt):
        assert "Stopped. Type the same again to go on." in refusal(season.folder, erased=[since])

    # Not for a moment is there what opens it.
    assert [name for name in scenes.objects("") if is_anas(season, name)] == []
    assert "another list" in refusal(season.folder)
    assert "1 erased" in restore(season.folder, erased=[since])


def interrupt() -> None:
    raise KeyboardInterrupt


def test_restoreall_reports_a_waiver_that_was_held(season: Season, fresh: None, tmp_path: Path) -> None:
    restore(season.folder)
    lives.change(line_of(season.signed["ana"]), what="held", by=SYSTEM, changes={"hold": True})
    call_command("exportall", str(tmp_path / "held"), stdout=io.StringIO())
    since = tmp_path / "since.txt"
    since.write_text(f"waiver {season.signed['ana'].ulid}\n")
    new_table()

    err = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        restore(tmp_path / "held", erased=[since], missing_keys="erased", stderr=err)

    assert ended.value.code == 3
    assert "is held, and stays" in err.getvalue()


def test_a_list_may_name_who_is_not_there(season: Season, fresh: None, tmp_path: Path) -> None:
    since = tmp_path / "since.txt"
    since.write_text("waiver 01JVNOBODY\nparty 2026-05-23.01JVNOBODY\nparty nothing\n")

    assert "erasures: 3 unchanged" in restore(season.folder, erased=[since])


@pytest.mark.parametrize("text", ["waiver", "guest 01JV", "waiver 01JV 01JW", "01JV"])
def test_read_refuses_a_line_that_it_does_not_know(text: str) -> None:
    with pytest.raises(BadList, match="Line 2"):
        erased.read(["# by hand\n", text])


def test_read_takes_what_lines_give() -> None:
    list_ = Erased({"01JV", "01JW"}, {"2026-05-23.01JX"})

    assert erased.read(list_.lines()) == list_


def lose_key(season: Season) -> None:
    for name in scenes.objects("keys/"):
        if is_anas(season, name):
            scenes.s3().delete_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=name)


def is_anas(season: Season, name: str) -> bool:
    return season.signed["ana"].ulid in name
