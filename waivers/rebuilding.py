"""A line of the manifest made anew: from what was signed, and from what its life events set since.

Values are as life events tell them (`lives.fact`). What a record cannot tell, as it was erased, is left out unless a
life event tells it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from events import calendar
from scc.dynamo.attributes import instant_text
from scc.dynamo.folding import fold
from scc.dynamo.indexes import KEY_NAMES
from scc.dynamo.rows import Row
from waivers import covers, imported, lives, papers, validity
from waivers.request_keys import reference_of
from waivers.rows import LifeEvent, Matched, Role, State, Verified, Waiver

Facts = dict[str, object]

# What belongs to every item. `version` is counted by itself, and `unit` names the transaction that wrote last.
_OF_ROWS = frozenset({*KEY_NAMES, "kind", "version", "unit", "expires_at"})
ATTRIBUTES = sorted(Waiver.get_attributes().keys() - _OF_ROWS)
# As every line begins.
_AT_FIRST: Mapping[str, object] = {
    "state": State.COUNTS.value,
    "walk_on": False,
    "aboard_at": None,
    "aboard_by": "",
    "hold": False,
    "restricted": False,
    "erasure_asked_at": None,
    "name_mark": "",
}
_WITHOUT_CARE: Mapping[str, object] = {"has_care": False, "has_medical": False, "care_until": None}


def of_record(evidence: Mapping[str, Any], private: Mapping[str, Any] | None) -> Facts:
    """Return the line that was written with a record, without `has_medical`. private: None where it was erased."""
    if imported.is_imported(evidence):
        return _of_imported(evidence, private)
    is_minor = evidence["covers"] == "minor"
    facts: Facts = {
        **_AT_FIRST,
        **_filed(evidence["event"]["id"], evidence["id"], datetime.fromisoformat(evidence["received_at"])),
        "record_id": evidence["id"],
        "leader": evidence["together"][0],
        "role": Role.GUEST.value if is_minor else evidence["role"],
        "method": evidence["acts"]["signature"],
        "channel": evidence["channel"],
        "text_version": evidence["text"]["version"],
        "document": evidence["text"]["document"],
        "language": evidence["text"]["language"],
        **{name: evidence[name] for name in ("valid_from", "valid_until", "retain_until")},
        "has_care": bool(evidence["care_sha256"]),
        "care_until": evidence["care_until"] or None,
        "secret": f"sha256:{evidence['receipt_sha256']}",
    }
    if private is not None:
        facts |= _of_person(private)
        facts["age"] = _age(private, date.fromisoformat(evidence["event"]["date"]))
        facts |= _of_tie(private["tie"], is_minor=is_minor)
    return facts


def _of_imported(evidence: Mapping[str, Any], private: Mapping[str, Any] | None) -> Facts:
    facts: Facts = {
        **_AT_FIRST,
        **_filed(evidence["event"]["id"], evidence["id"], datetime.fromisoformat(evidence["signed_at"])),
        **_WITHOUT_CARE,
        **imported.line_facts(evidence),
        "record_id": evidence["id"],
        "leader": evidence["id"],
    }
    if private is not None:
        facts |= _of_person(private)
        facts["age"] = _age(private, date.fromisoformat(evidence["event"]["date"])) if private["born_on"] else None
        facts |= imported.tie_facts(private["tie"])
    return facts


def of_earlier(event_id: str, ulid: str, begun: LifeEvent, whole: Facts) -> Facts:
    """Return the line that an earlier waiver covers, without its age.

    begun: the life event that tells how it began. whole: what `of_record` gives of the record.
    """
    told: dict[str, Any] = json.loads(begun.changes)
    facts: Facts = {
        **_AT_FIRST,
        **{name: whole[name] for name in covers.AS_SIGNED if name in whole},
        **_filed(event_id, ulid, datetime.fromisoformat(told["signed_at"])),
        "record_id": whole["record_id"],
        "leader": ulid,
        **_WITHOUT_CARE,
    }
    return facts | {name: told[name] for name in covers.OF_ITS_OWN}


def of_paper(event_id: str, ulid: str, begun: LifeEvent) -> Facts:
    """Return the line of a signature on paper, without who it is: only the paper tells that."""
    told: dict[str, Any] = json.loads(begun.changes)
    facts: Facts = {
        **_AT_FIRST,
        **_filed(event_id, ulid, datetime.fromisoformat(told["signed_at"])),
        **_WITHOUT_CARE,
        "record_id": ulid,
        "leader": ulid,
        "secret": "",
    }
    return facts | {name: told[name] for name in papers.FACTS}


def ages(private: Mapping[str, Any], days: Iterable[date]) -> set[int]:
    """Return how old the person is on each of `days`."""
    return {_age(private, day) for day in days}


def with_life(facts: Facts, life: Iterable[LifeEvent]) -> Facts:
    """Return `facts` as the life events of the line left them."""
    changed = [event for event in life if event.line_version is not None and event.line_version > 1]
    for event in sorted(changed, key=lambda each: each.line_version):
        facts = facts | json.loads(event.changes)
    return facts


def differences(line: Waiver, facts: Facts) -> list[str]:
    """Return the attributes of `line` that are not as `facts` say."""
    return [name for name in ATTRIBUTES if name in facts and lives.fact(name, getattr(line, name)) != facts[name]]


def is_of_life(row: Row, line_id: str) -> bool:
    """Say whether `row` tells of the line `line_id`."""
    return isinstance(row, LifeEvent) and row.line_id == line_id


def _filed(event_id: str, ulid: str, signed_at: datetime) -> Facts:
    at_the_dock = signed_at.astimezone(calendar.zone())
    return {
        "event_id": event_id,
        "ulid": ulid,
        "signed_at": instant_text(signed_at),
        "month": f"{at_the_dock:%Y-%m}",
        "year": f"{at_the_dock:%Y}",
        "reference": reference_of(ulid),
    }


def _of_person(private: Mapping[str, Any]) -> Facts:
    guardian = private["guardian"]["name"] if private["guardian"] else ""
    return {"name": private["name"], "folded_name": fold(private["name"]), "guardian": guardian}


def _age(private: Mapping[str, Any], day: date) -> int:
    return validity.age_on(date.fromisoformat(private["born_on"]), day)


def _of_tie(tie: Mapping[str, str] | None, *, is_minor: bool) -> Facts:
    if tie is None:
        none = dict.fromkeys(("patron_id", "assignment_id"), "")
        return {**none, "matched": Matched.NOBODY.value, "verified": Verified.NONE.value}
    return {
        "patron_id": tie["patron_id"],
        "assignment_id": "" if is_minor else tie["assignment_id"],
        "matched": Matched.LINK.value,
        "verified": Verified.LINK.value,
    }
