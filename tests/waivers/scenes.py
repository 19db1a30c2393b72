"""Two departures for which everything was signed that can be, and raw writes that no rule of ours would make."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import boto3
from django.conf import settings
from django.utils import timezone
from ulid import ULID

from events import rows as event_rows
from events.rows import Event
from scc.staff.actors import SYSTEM, Actor
from tests.builders import make_event, make_party
from tests.waivers.builders import make_signature, make_signer
from waivers import acts, boarding, covers, lives, papers, publishing, signing, texts
from waivers.acts import Care, Family, Minor
from waivers.pdfs import making
from waivers.rows import Role, Waiver, WaiverText

DANA = Actor("dana", "Dana Drake")
ORIGIN = acts.Origin(address="203.0.113.77", user_agent="Mozilla/5.0 Tricorder", languages="es-MX, en")
CARE = Care("Zoe Emergency", "+1 619 555 0199", "Allergic to horseshoe crabs")

Item = dict[str, dict[str, Any]]


@dataclass
class Scene:
    """Two departures, and who signed for them by what they are called here."""

    here: Event
    there: Event
    lines: dict[str, Waiver]

    def __getitem__(self, name: str) -> Waiver:
        return self.lines[name]


def play(*, day: int = 1) -> Scene:
    """Sign in every way there is, let things happen afterwards, and return what came of it."""
    publish_for_a_year()
    today = timezone.localdate()
    here, there = make_event(date=today + timedelta(days=day)), make_event(date=today + timedelta(days=day + 29))
    party = make_party(event=here, name="Ana López", email="ana@example.com")
    lines = {"ana": _ana(here, party), **_family(here), **_twice(here)}
    lines["crew"] = _sign(here, name="Bo Typist", typed="Bo Typist", role=Role.CREW).line
    joined = covers.join(event=there, key=str(ULID()), name="Ana López", born_on=make_signer().born_on, origin=ORIGIN)
    lines["joined"] = joined.line
    lines["paper"] = papers.record(here, party, papers.Sheet("Pia Paper", 40), key=str(ULID()), by=DANA)
    boarding.board(here.slug, lines["ana"].ulid, by=DANA)
    lives.change(_again(lines["child"]), what="verified", by=DANA, changes={"verified": "id"})
    lives.change(_again(lines["child"]), what="held", by=DANA, changes={"hold": True})
    lives.change(_again(lines["child"]), what="released", by=DANA, changes={"hold": False})
    lives.change(_again(lines["crew"]), what="revoked", by=DANA, changes={"secret": ""})
    lives.tell(_again(lines["crew"]), what="viewed", by=DANA)
    for task in making.due():
        making.make(task)
    lines["due"] = _sign(there, name="Dora Due").line
    return Scene(here, there, {name: _again(line) for name, line in lines.items()})


def publish_for_a_year() -> None:
    """Publish a text under which a signature counts for twelve months."""
    publishing.publish_shipped()
    draft = publishing.present_draft()
    values = {**draft.attribute_values, "ulid": str(ULID()), "validity": "year", "status": "draft", "number": 0}
    for name in ("pk", "sk", "version", "unit", "published_at", "published_by", "sha256", "consent_version"):
        values.pop(name, None)
    publishing.publish(draft=WaiverText(**values), by=SYSTEM)
    texts.forget()


def _sign(event: Event, *, typed: str = "", replace: bool = False, **options: Any) -> signing.Signed:
    family, care, tie = (options.pop(name, None) for name in ("family", "care", "tie"))
    return signing.sign(
        event=_read(event),
        signer=make_signer(**options),
        signature=make_signature(typed=typed),
        origin=ORIGIN,
        family=family,
        care=care,
        tie=tie,
        replace=replace,
    )


def _ana(event: Event, party: event_rows.Patron) -> Waiver:
    tie = acts.Tie(patron_id=party.ulid)
    return _sign(event, email="ana@example.com", phone="+1 619 555 0142", care=CARE, tie=tie).line


def _family(event: Event) -> dict[str, Waiver]:
    today = timezone.localdate()
    minors = [Minor(name, today.replace(year=today.year - 9, day=1)) for name in ("Kit Minor", "Kay Minor")]
    family = Family(minors=minors, relationship="mother")
    signed = _sign(event, name="Mo Mother", email="mo@example.com", family=family)
    return dict(zip(("mother", "child", "sibling"), signed.lines, strict=True))


def _twice(event: Event) -> dict[str, Waiver]:
    first = _sign(event, name="Cy Twice", email="cy@example.com").line
    return {"first": first, "second": _sign(event, name="Cy Twice", email="cy@example.com", replace=True).line}


def _read(event: Event) -> Event:
    found = Event.fetch(slug=event.slug)
    assert found is not None
    return found


def _again(line: Waiver) -> Waiver:
    found = Waiver.fetch(event_id=line.event_id, ulid=line.ulid)
    assert found is not None
    return found


# Raw reads and writes


@functools.cache
def dynamodb() -> Any:
    return boto3.client("dynamodb")


@functools.cache
def s3() -> Any:
    return boto3.client("s3")


def items() -> dict[tuple[str, str], Item]:
    """Return every item of the table."""
    pages = dynamodb().get_paginator("scan").paginate(TableName=settings.SCC_TABLE, ConsistentRead=True)
    return {(item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]}


def put(item: Item) -> None:
    """Put an item over whatever is there."""
    dynamodb().put_item(TableName=settings.SCC_TABLE, Item=item)


def take_away(item: Item) -> None:
    """Take an item out of the table."""
    dynamodb().delete_item(TableName=settings.SCC_TABLE, Key={name: item[name] for name in ("pk", "sk")})


def objects(prefix: str) -> dict[str, bytes]:
    """Return every object of the bucket under `prefix`, as it is now."""
    pages = s3().get_paginator("list_objects_v2").paginate(Bucket=settings.SCC_MEDIA_BUCKET, Prefix=prefix)
    names = [each["Key"] for page in pages for each in page.get("Contents", [])]
    return {name: s3().get_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=name)["Body"].read() for name in names}


def put_object(name: str, data: bytes) -> None:
    """Put an object over whatever is there."""
    s3().put_object(Bucket=settings.SCC_MEDIA_BUCKET, Key=name, Body=data)
