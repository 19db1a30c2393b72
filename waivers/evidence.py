"""A stored record, read for people: its receipt, its PDF and its page in the admin."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from waivers import imported
from waivers.canonical import canonical, sha256
from waivers.client_acts import ACTS
from waivers.parts import chain_hash_of
from waivers.rows import Method, Role, WaiverRecord
from waivers.strokes import of_lists

# Around a drawn signature, in the units of its points.
MARGIN = 300


@dataclass(frozen=True)
class Drawing:
    """A drawn signature as SVG: the path, and the box that holds it."""

    path: str
    view_box: str


@dataclass(frozen=True)
class Evidence:
    """What a record says. private: its private document, as `documents.open_record` gives it."""

    record: WaiverRecord
    private: dict[str, Any]

    @cached_property
    def facts(self) -> dict[str, Any]:
        return dict(json.loads(self.record.evidence))

    @property
    def is_imported(self) -> bool:
        return imported.is_imported(self.facts)

    @property
    def covers_minor(self) -> bool:
        return bool(self.facts["covers"] == "minor")

    @property
    def role(self) -> str:
        return str(Role(self.facts["role"]).label)

    @property
    def method(self) -> str:
        return str(Method(self.facts["acts"]["signature"]).label)

    @property
    def acts(self) -> list[tuple[str, str]]:
        """What the signer did, by the signer's own clock, in words."""
        claimed = self.facts["acts"]["client"]
        words = {**ACTS, "zone": "Signer's time zone"}
        return [(str(said), claimed[name]) for name, said in words.items() if name in claimed]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.facts["event"]["time_zone"])

    @property
    def starts(self) -> str:
        """When the departure was to start, on the dock's clock."""
        return f"{self._local(self.facts['event']['starts_at']):%a %-d %b %Y, %H:%M} ({self.zone.key})"

    @property
    def signed(self) -> str:
        """When it was signed, on the dock's clock. Of what was imported, as its source says."""
        signed_at = self.facts.get("signed_at", self.facts["received_at"])
        return f"{self._local(signed_at):%a %-d %b %Y, %H:%M:%S} ({self.zone.key})"

    @property
    def signature_in_words(self) -> str:
        """What an imported waiver has for a signature. A picture is not drawn: it is someone else's file."""
        kind, size = imported.picture_of(self.private)
        if size:
            return f"Data of the type {kind}, {size:,} characters; kept sealed as it came, and not shown here"
        return str(self.private["signature"]) or "None was kept"

    @property
    def received(self) -> str:
        """When the signature was received, on the dock's clock."""
        return f"{self._local(self.facts['received_at']):%a %-d %b %Y, %H:%M:%S} ({self.zone.key})"

    def _local(self, instant: str) -> datetime:
        return datetime.fromisoformat(instant).astimezone(self.zone)

    @property
    def drawing(self) -> Drawing | None:
        """The signature as it was drawn, None when it was typed."""
        if not self.private["strokes"]:
            return None
        strokes = of_lists(self.private["strokes"])
        left, top, width, height = strokes.box()
        box = f"{left - MARGIN} {top - MARGIN} {width + 2 * MARGIN} {height + 2 * MARGIN}"
        return Drawing(strokes.svg_path(), box)

    @property
    def is_intact(self) -> bool:
        """Whether the record's own hashes still are what its documents give."""
        return (
            sha256(self.record.evidence) == self.record.record_sha256
            and sha256(canonical(self.private)) == self.facts["private_sha256"]
            and chain_hash_of(self.record) == self.record.chain_sha256
        )
