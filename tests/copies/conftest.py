"""A season with everything in it, exported; and a new table and bucket for each test, to restore it into."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client, override_settings
from ulid import ULID

from events import bookings
from events.rows import Event, Patron
from payments import methods
from scc import media
from scc.dynamo.items import Item
from scc.dynamo.tables import create_table, delete_table
from scc.sealing import keys
from scc.staff.actors import SYSTEM
from scc.staff.rows import Role
from tests.builders import make_crew, make_party, make_person, make_vessel
from tests.payments import scenes as money
from tests.people import make_user
from tests.waivers import scenes as waivers
from waivers import erasing, texts
from waivers.rows import Waiver

Items = dict[tuple[str, str], Item]


@dataclass(frozen=True)
class Season:
    """An operator's whole: what was stored, the same exported, and who is in it."""

    folder: Path
    items: Items
    objects: dict[str, bytes]
    signed: waivers.Scene
    # Erased before the export.
    erased: str
    party: Patron


@contextmanager
def new_bucket() -> Iterator[str]:
    """A bucket of keys and documents of one's own, and a process that remembers none."""
    name = f"scc-copies-{str(ULID()).lower()}"
    storages: dict[str, Any] = {**settings.STORAGES}
    storages["default"] = {**storages["default"], "OPTIONS": {"bucket_name": name}}
    with override_settings(SCC_MEDIA_BUCKET=name, STORAGES=storages):
        media.create_bucket()
        keys.named.cache_clear()
        yield name
    keys.named.cache_clear()


@contextmanager
def new_table() -> Iterator[None]:
    create_table()
    texts.forget()
    methods.forget()
    try:
        yield
    finally:
        delete_table()


@pytest.fixture(scope="session")
def season(tmp_path_factory: pytest.TempPathFactory, _cheap_hashes: None) -> Season:
    folder = tmp_path_factory.mktemp("season") / "export"
    with new_bucket(), new_table():
        signed, erased = _play()
        party = make_party(event=signed.here, name="Pat Later", size=2)
        before = waivers.items()
        call_command("exportall", str(folder))
        return Season(folder, before, waivers.objects(""), signed, erased, party)


def _play() -> tuple[waivers.Scene, str]:
    """Do all that leaves something in the table or the bucket. Returns who signed, and the waiver that was erased."""
    make_user(username="alice", name="Alice Archer", role=Role.OWNER)
    make_vessel()
    money.play()
    signed = waivers.play(day=2)
    make_crew(event=signed.here, person=make_person())
    erased = erasing.erase(signed["second"].ulid, why="Asked for.", by=SYSTEM).ulid
    party = make_party(event=signed.there, name="Gone Already", size=1)
    bookings.erase_party(event=_read(signed.there), party=party, by=SYSTEM)
    client = Client()
    client.post("/admin/login/", {"username": "alice", "password": "wrong"})
    client.post("/api/token", {"username": "alice", "password": "wrong"}, content_type="application/json")
    return signed, erased


def _read(event: Event) -> Event:
    found = Event.fetch(slug=event.slug)
    assert found is not None
    return found


@pytest.fixture
def fresh(season: Season) -> Iterator[None]:
    """A new table and a new bucket."""
    with new_bucket(), new_table():
        yield


@pytest.fixture
def bucket_lives(season: Season, fresh: None) -> None:
    """A new table, beside the bucket as it was."""
    for name, data in season.objects.items():
        waivers.put_object(name, data)


@pytest.fixture
def copy(season: Season, tmp_path: Path) -> Path:
    """The export once more, for who spoils it."""
    return Path(shutil.copytree(season.folder, tmp_path / "copy"))


def without_its_own(items: Items) -> Items:
    """Return what a restore brought, without what tells of it and of exports."""
    own = ("RESTORE", "AUDIT#RESTORE#", "AUDIT#EXPORT#")
    return {key: item for key, item in items.items() if not key[0].startswith(own)}


def kept(items: Items) -> Items:
    """Return what goes into an export, as it was said in docs/exports.md."""
    gone = {"SESSION", "TOKEN", "THROTTLE"}
    return {
        key: item
        for key, item in items.items()
        if item["kind"]["S"] not in gone and not (item.get("expires_at") and item["kind"]["S"] != "WAIVERCARE")
    }


def line_of(waiver: Waiver) -> Waiver:
    found = Waiver.fetch(event_id=waiver.event_id, ulid=waiver.ulid)
    assert found is not None
    return found


def holds(items: Items, wanted: Items) -> bool:
    return {key: items.get(key) for key in wanted} == wanted
