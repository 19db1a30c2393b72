"""Whether a line is what its record, its life events and its signer's place make it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from events.rows import Event
from events.slugs import BadSlug, parse
from scc.dynamo import raw
from scc.dynamo.rows import Row
from scc.verifying import is_misfiled
from waivers import imported, papers, people, rebuilding
from waivers.kept import Kept
from waivers.rebuilding import Facts
from waivers.rows import LifeEvent, Method, Signer, State, Waiver


def of_line(line: Waiver, ulid: str, whose: Kept) -> Iterator[str]:
    """Give what is wrong with a line. ulid: as the item's key says. whose: what is kept of the record that it names.

    A GetItem for the signer's place. Raises StoreUnavailable.
    """
    life = [event for event in whose.life if event.line_id == f"{line.pk.removeprefix('EVENT#')}.{ulid}"]
    facts = _as_begun(line, ulid, whose, life)
    if isinstance(facts, str):
        yield facts
        return
    yield from _of_changes(line, facts, life)
    yield from _of_item(line, "line")
    if line.record_id != ulid and whose.private is None and whose.erasure is None:
        # Why is told where it was signed, and here that this line's name was compared with nothing.
        yield f"its record's private document cannot be read, {whose.reference}"
    if whose.evidence is not None and whose.private is not None:
        yield from _of_age(line, ulid, whose.private)
        yield from _of_place(line, whose.evidence, whose.private, facts)


def _as_begun(line: Waiver, ulid: str, whose: Kept, life: Sequence[LifeEvent]) -> Facts | str:
    """Return the line as it began, or why that cannot be told."""
    begun = next((event for event in life if event.line_version == 1), None)
    slug = line.pk.removeprefix("EVENT#")
    if whose.record is None:
        if line.method != Method.PAPER:
            return f"its record is missing, {whose.reference}"
        if begun is None or begun.what != papers.SIGNED:
            return "it is signed on paper, and no life event tells of it"
        return rebuilding.of_paper(slug, ulid, begun)
    if whose.evidence is None:
        return f"its record cannot be believed, {whose.reference}"
    facts = rebuilding.of_record(whose.evidence, whose.private)
    if line.record_id == ulid:
        return {**facts, **_of_care(whose, whose.evidence)}
    if begun is None:
        return "no life event tells how it began"
    return rebuilding.of_earlier(slug, ulid, begun, facts)


def _of_care(whose: Kept, evidence: dict[str, Any]) -> Facts:
    """Return what the care box tells of the line: nothing where it expired by itself."""
    if whose.care_told is not None:
        return {"has_medical": bool(whose.care_told["medical"])}
    return {} if evidence["care_sha256"] else {"has_medical": False}


def _of_changes(line: Waiver, facts: Facts, life: Sequence[LifeEvent]) -> Iterator[str]:
    """Give what a line says otherwise than its record and its life events."""
    for name in rebuilding.differences(line, rebuilding.with_life(facts, life)):
        yield f"its line's {name} is not what its record and its life say"
    told = sorted(event.line_version for event in life if (event.line_version or 0) > 1)
    if told != [*range(2, len(told) + 2)] or line.version != len(told) + 1:
        yield f"its line was changed {line.version - 1} times, and its life tells of {len(told)}"


def _of_item(row: Row, called: str) -> Iterator[str]:
    if row.expires_at is not None:
        yield f"its {called} is marked to expire"
    if _is_misfiled(row):
        yield f"its {called} stands elsewhere in its lists than it should"


def _is_misfiled(row: Row) -> bool:
    try:
        return is_misfiled(row)
    except ValueError:
        return True


def _of_age(line: Waiver, ulid: str, private: dict[str, Any]) -> Iterator[str]:
    """Give whether a line that an earlier waiver covers has another age than on any day that its departure had."""
    if line.record_id == ulid or line.state == State.ERASED:
        return
    slug = line.pk.removeprefix("EVENT#")
    event = raw.fetch(*Event.keys_for(slug=slug))
    days = [*_day_of(slug), *([event.date] if isinstance(event, Event) else [])]
    if line.age not in rebuilding.ages(private, days):
        yield "its line's age is not what its record says"


def _day_of(slug: str) -> list[date]:
    """Return the day that a departure is named after; none where its name was changed into one that names no day."""
    try:
        return [parse(slug).date]
    except BadSlug:
        return []


def _of_place(line: Waiver, evidence: dict[str, Any], private: dict[str, Any], as_begun: Facts) -> Iterator[str]:
    """Give what is wrong with the place that says whose waiver this is. as_begun: the line as it began."""
    digest = people.digest_of(private)
    if not digest:
        # Of what was imported nobody may know the date of birth, and then there is no place.
        return
    slug = line.pk.removeprefix("EVENT#")
    place = raw.fetch(*Signer.keys_for(digest=digest, event_id=slug))
    if not isinstance(place, Signer) or place.waiver_id != as_begun["ulid"]:
        if line.state == State.COUNTS:
            yield "its signer's place is missing, or names another"
        return
    if line.state == State.ERASED:
        yield "it is erased, and its signer's place is there"
    for name, value in _place_of(evidence, as_begun, digest).items():
        if getattr(place, name) != value:
            yield f"its signer's place says another {name}"
    if place.version != 1:
        yield "its signer's place was written to"
    yield from _of_item(place, "signer's place")


def _place_of(evidence: dict[str, Any], as_begun: Facts, digest: str) -> Facts:
    of_text = imported.place_facts(evidence) if imported.is_imported(evidence) else _text_of(evidence)
    return {
        "digest": digest,
        "event_id": as_begun["event_id"],
        "waiver_id": as_begun["ulid"],
        "record_id": evidence["id"],
        "record_event_id": evidence["event"]["id"],
        "reference": as_begun["reference"],
        **of_text,
        "role": as_begun["role"],
        "valid_from": date.fromisoformat(str(as_begun["valid_from"])),
        "valid_until": date.fromisoformat(str(as_begun["valid_until"])),
        "signed_at": datetime.fromisoformat(str(as_begun["signed_at"])),
    }


def _text_of(evidence: dict[str, Any]) -> Facts:
    version = str(evidence["text"]["version"])
    return {
        "document": evidence["text"]["document"],
        "text_version": version,
        "text_number": int(version.rpartition("-")[2]),
        "language": evidence["text"]["language"],
        "validity": evidence["validity"],
    }
