"""What a copy says of its record: names and values, in the language in which it was signed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from waivers import times
from waivers.client_acts import ACTS
from waivers.rows import WaiverRecord
from waivers.texts import Text

Row = tuple[str, str]


@dataclass(frozen=True)
class Copy:
    """What is printed. private: the record's private document, opened."""

    record: WaiverRecord
    private: Mapping[str, Any]
    text: Text

    @cached_property
    def facts(self) -> dict[str, Any]:
        return dict(json.loads(self.record.evidence))

    @property
    def event(self) -> dict[str, Any]:
        return dict(self.facts["event"])

    @property
    def acts(self) -> dict[str, Any]:
        return dict(self.facts["acts"])

    @property
    def client(self) -> dict[str, str]:
        return dict(self.acts["client"])

    @property
    def guardian(self) -> dict[str, Any] | None:
        return self.private.get("guardian") or None

    @property
    def signer(self) -> str:
        return str(self.guardian["name"] if self.guardian else self.private["name"])

    def by_client(self, act: str) -> str:
        """Return when the signer's device says that the act was done, "" when it does not."""
        claimed = self.client.get(f"{act}_at", self.client.get(act, ""))
        return times.moment(claimed, self.client.get("zone", "UTC")) if claimed else ""


def summary(copy: Copy) -> list[Row]:
    """Return who signed for what."""
    event = copy.event
    return [
        (_("Reference"), copy.record.reference),
        (_("Operator"), copy.facts["operator"]),
        (_("Departure"), event["title"]),
        (_("Starts"), times.start(event["starts_at"], event["time_zone"])),
        (_("Vessel"), event["vessel"]),
        (_("Departure port"), event["departure_port"]),
        (_("Return port"), event["return_port"]),
        *_people(copy),
        (_("Received"), times.moment(copy.facts["received_at"], event["time_zone"])),
        (_("Counts"), _("%(first)s to %(last)s") % _days(copy)),
    ]


def _days(copy: Copy) -> dict[str, str]:
    return {"first": times.day(copy.facts["valid_from"]), "last": times.day(copy.facts["valid_until"])}


def _people(copy: Copy) -> Iterator[tuple[str, str]]:
    name = _("Child") if copy.guardian else _("Name")
    yield name, copy.private["name"]
    yield _("Date of birth"), times.day(copy.private["born_on"])
    if copy.guardian:
        yield _("Signed for the child by"), copy.guardian["name"]
        yield _("Relationship to the child"), relationship(copy.guardian["relationship"])
    yield _("Comes aboard as"), _("Crew") if copy.facts["role"] == "crew" and not copy.guardian else _("Guest")


def relationship(word: str) -> str:
    """Return what a guardian is to the child, in words."""
    words = {"mother": _("Mother"), "father": _("Father"), "guardian": _("Legal guardian")}
    return words.get(word, word)


def acts(copy: Copy) -> list[Row]:
    """Return what was done and when, by the signer's own clock but for what we did ourselves."""
    rows = [(words, when) for act, words in _said(copy) if (when := copy.by_client(act))]
    rows.append((_("Received by us"), times.moment(copy.facts["received_at"], "UTC")))
    rows += [_channel(copy), (_("Verification"), _verification(copy))]
    return rows


def _said(copy: Copy) -> Iterator[tuple[str, str]]:
    """Give each act's name and words, in the order of the page."""
    button = _("“%(button)s”") % {"button": copy.acts["button"]}
    for name, words in ACTS.items():
        yield name.removesuffix("_at"), f"{words} {button}" if name == "submitted_at" else str(words)
        if name == "reached_end_at":
            for clause in copy.text.clauses:
                yield f"initial_{clause.key}", _("Initialled “%(clause)s”") % {"clause": clause.heading}


def _channel(copy: Copy) -> Row:
    words = {
        "page": _("The signer's own device"),
        "form": _("The signer's own device, without a script"),
        "api": _("A program"),
        "kiosk": _("Signed at the operator's kiosk"),
        "staff": _("A device of the staff"),
    }
    channel = copy.facts["channel"]
    later = f". {_('Kept there without signal, and sent later.')}" if copy.facts.get("sent_later") else ""
    return _("Place") if channel == "kiosk" else _("On"), f"{words.get(channel, channel)}{later}"


def _verification(copy: Copy) -> str:
    words = {"none": _("None beyond this"), "personal link": _("Signed from a personal link")}
    return words.get(copy.facts["verification"]) or str(copy.facts["verification"])


def integrity(copy: Copy) -> list[Row]:
    """Return the hashes."""
    record = copy.record
    link = _("Link %(number)s of the departure's chain") % {"number": record.chain_number}
    return [
        (_("Record"), record.ulid),
        (_("Text, SHA-256"), record.text_sha256),
        (_("Signature, SHA-256"), copy.private["signature_sha256"]),
        (_("Record, SHA-256"), record.record_sha256),
        (link, record.chain_sha256),
        (_("The link before"), record.chain_previous or _("none")),
        (_("Kept until"), times.day(copy.facts["retain_until"])),
    ]
