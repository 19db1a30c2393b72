"""What is stored of an imported waiver: its line, its record, and its signer's place where the date of birth is known.

All of it follows from the line, the run and the departure, but for the sealed box, whose key is random.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from events import calendar
from events.rows import CrewAssignment, Event, Patron
from scc.dynamo.attributes import instant_text
from scc.dynamo.folding import fold
from scc.imports.runs import Run
from waivers import imported, people, validity
from waivers.canonical import canonical, sha256
from waivers.importing.plans import Fate
from waivers.request_keys import reference_of
from waivers.rows import Channel, Matched, Method, Waiver, WaiverRecord
from waivers.rows import Signer as Place

RULE_UNKNOWN = f"{validity.RULE_MINOR}; no date of birth is known: as if born on the day of the departure"


@dataclass(frozen=True)
class Draft:
    """An imported waiver that is to be stored. Its record lacks the box, its key, and its link of the chain."""

    fate: Fate
    private: str
    line: Waiver
    record: WaiverRecord
    place: Place | None


@dataclass(frozen=True)
class _Days:
    valid_from: date
    valid_until: date
    retain_until: date
    retain_rule: str


def draft(fate: Fate, event: Event, run: Run) -> Draft:
    """Return what is stored of a line. A GetObject the first time in a process. Raises StoreUnavailable."""
    claim, days = fate.claim, _days(fate, event)
    private = canonical(_private(fate, run))
    evidence = imported.evidence_document(_facts(fate, event, run, days, private), event, run.id)
    record = WaiverRecord(
        ulid=claim.ulid,
        event_id=event.slug,
        reference=reference_of(claim.ulid),
        received_at=run.moment,
        evidence=evidence,
        record_sha256=sha256(evidence),
        retain_until=days.retain_until,
    )
    line = _line(fate, event, days)
    return Draft(fate, private, line, record, _place(fate, line))


def _days(fate: Fate, event: Event) -> _Days:
    claim = fate.claim
    minor_born_on = _minor_born_on(fate, event)
    signed_at = claim.signed_at or event.starts_at
    until = validity.valid_until(
        event, signed_at, minor_born_on=minor_born_on if claim.guardian and claim.born_on else None
    )
    retain_until, rule = validity.retain_until(event, until, minor_born_on=minor_born_on)
    if minor_born_on is not None and claim.born_on is None:
        rule = RULE_UNKNOWN
    return _Days(validity.valid_from(event, signed_at), until, retain_until, rule)


def _minor_born_on(fate: Fate, event: Event) -> date | None:
    """Return from which birthday a minor's years count, None for who is none.

    Where no date of birth is known it is the latest that it may be, as with paper, but for who is said to be an adult:
    a minor may sue until years after the eighteenth birthday, and what they signed is needed as long, whoever signed.
    """
    claim = fate.claim
    if claim.born_on is None:
        return None if claim.is_said_adult else event.date
    return claim.born_on if claim.is_minor_on(event.date) else None


def _private(fate: Fate, run: Run) -> dict[str, object]:
    """Return all that is the signer's own, in the form of what is signed here, and what the source said, as it came."""
    claim = fate.claim
    said = claim.said
    return {
        "salt": imported.salt_of(run.id, claim.ulid),
        "name": claim.name,
        "born_on": said["birth_date"],
        "email": said["email"],
        "phone": said["phone"],
        "guardian": {"name": claim.guardian} if claim.guardian else None,
        "typed_signature": "",
        "initials": "",
        "strokes": [],
        "signature": said["signature"],
        "address": said["address"],
        "user_agent": "",
        "languages": "",
        "tie": _tie(fate),
        "external_id": claim.external_id,
        # All that it says beside the signature, by which the line is compared when it comes again.
        "said": {name: text for name, text in said.items() if name != "signature"},
        "source": {"file": run.source, "place": claim.line.place, "raw": claim.raw},
    }


def _tie(fate: Fate) -> dict[str, str] | None:
    place = fate.place
    if place is None:
        return None
    return {
        "patron_id": place.ulid if isinstance(place, Patron) else "",
        "assignment_id": place.ulid if isinstance(place, CrewAssignment) else "",
    }


def _facts(fate: Fate, event: Event, run: Run, days: _Days, private: str) -> dict[str, object]:
    """Return what the evidence says of this waiver alone."""
    claim = fate.claim
    return {
        "id": claim.ulid,
        "reference": reference_of(claim.ulid),
        "role": fate.role.value,
        "covers": "minor" if claim.guardian else "self",
        "together": [claim.ulid],
        "received_at": instant_text(run.moment),
        "signed_at": instant_text(claim.signed_at or event.starts_at),
        "signed_at_is_known": claim.signed_at is not None,
        "valid_from": days.valid_from.isoformat(),
        "valid_until": days.valid_until.isoformat(),
        "retain_until": days.retain_until.isoformat(),
        "retain_rule": days.retain_rule,
        "private_sha256": sha256(private),
        "says": imported.says(claim.said),
    }


def _line(fate: Fate, event: Event, days: _Days) -> Waiver:
    claim = fate.claim
    signed_at = claim.signed_at or event.starts_at
    at_the_dock = signed_at.astimezone(calendar.zone())
    tie = _tie(fate) or {}
    return Waiver(
        event_id=event.slug,
        ulid=claim.ulid,
        record_id=claim.ulid,
        leader=claim.ulid,
        month=f"{at_the_dock:%Y-%m}",
        year=f"{at_the_dock:%Y}",
        name=claim.name,
        folded_name=fold(claim.name),
        age=validity.age_on(claim.born_on, event.date) if claim.born_on else None,
        guardian=claim.guardian,
        role=fate.role.value,
        method=Method.IMPORTED.value,
        channel=Channel.IMPORT.value,
        signed_at=signed_at,
        reference=reference_of(claim.ulid),
        text_version=imported.VERSION,
        document=imported.VERSION,
        language=imported.language(),
        valid_from=days.valid_from,
        valid_until=days.valid_until,
        retain_until=days.retain_until,
        matched=Matched.IMPORT.value if fate.place else Matched.NOBODY.value,
        patron_id=tie.get("patron_id", ""),
        assignment_id=tie.get("assignment_id", ""),
    )


def _place(fate: Fate, line: Waiver) -> Place | None:
    """Return the signer's place, None where no date of birth is known. It is the departure's alone."""
    claim = fate.claim
    if claim.born_on is None:
        return None
    return Place(
        digest=people.digest(claim.name, claim.born_on),
        event_id=line.event_id,
        waiver_id=line.ulid,
        record_id=line.ulid,
        record_event_id=line.event_id,
        reference=line.reference,
        role=line.role,
        valid_from=line.valid_from,
        valid_until=line.valid_until,
        signed_at=line.signed_at,
        **imported.OF_TEXT,
        language=line.language,
    )
