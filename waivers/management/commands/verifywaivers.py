"""Say whether every waiver is as it was signed."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

from django.core.management.base import CommandParser

from scc.verifying import Fault, VerifyCommand
from waivers import text_checks, walking
from waivers.verifying import WaiverVerdict, verify


class Command(VerifyCommand):
    help = (
        "Recompute all that makes waivers evidence: each departure's chain and figures; each line from its record and "
        "its life; each record, box, key and PDF by their hashes and seals; texts, and how often they were signed. "
        "Changes nothing. Names each fault, never a signer, and exits 0 when there is none, 1 when there are some, 2 "
        "when not all could be read."
    )
    counts = {
        "events": ("read", "whole", "torn"),
        "waivers": ("read",),
        "places": ("read",),
        "texts": ("read",),
        "faults": ("found",),
    }
    kind = "waivers"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--month", metavar="2026-05", default="", help="the departures of a month alone, by their ids; or of a year"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self._month = options["month"]
        super().handle(*args, **options)

    def verify(self, slug: str) -> WaiverVerdict:
        return verify(slug)

    def verify_all(self) -> None:
        counted = text_checks.counts()
        found = walking.find()
        found.lines = {slug: lines for slug, lines in found.lines.items() if slug.startswith(self._month)}
        self._say(found.strays)
        acts: dict[tuple[str, str], int] = {}
        for verdict in walking.each(verify, found, doing="Verifying waivers"):
            self.take(verdict)
            shard = text_checks.shard_of(verdict.departure)
            for version, signed in verdict.acts.items():
                acts[version, shard] = acts.get((version, shard), 0) + signed
        self.outcome.count("places", "read", found.places)
        self.outcome.count("texts", "read", len(found.texts) + len(found.versions))
        if not self._month:
            self._say(text_checks.of_counts(counted, acts, text_checks.counts()))
        published = text_checks.of_published(found.versions)
        self._say(chain(text_checks.of_snapshots(found.texts), published, text_checks.of_current()))

    def _say(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self.name(fault)
