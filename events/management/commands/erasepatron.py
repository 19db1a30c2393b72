"""Forget who a party is, for someone who asks to be forgotten."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from events import bookings, gone, rows
from events.slugs import BadSlug, parse
from scc.dynamo.errors import Conflict, StoreError
from scc.dynamo.rows import Row
from scc.staff.actors import SYSTEM


class Command(BaseCommand):
    help = (
        "Forget a party's name, address, telephone and note. Its size, its price and what it paid stay, and so do the "
        "ledger's entries, letters, waivers and the audit trail. Says what it would do, and does it with --yes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("event", metavar="EVENT", help="the departure, such as 2026-05-23-sunset")
        parser.add_argument("party", metavar="PARTY", help="the party's id; one that is not there gets a list of all")
        parser.add_argument("--yes", action="store_true", help="do it; it cannot be undone")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            event, parties = _read(options["event"])
            party = _find(event, parties, options["party"])
            if options["yes"]:
                bookings.erase_party(event=event, party=party, by=SYSTEM)
        except Conflict as exc:
            raise CommandError("Someone changed the party just now; nothing was erased. Run this again.") from exc
        except StoreError as exc:
            raise CommandError(f"{exc}. Run this again.") from exc
        self.stdout.write(_outcome(event, party, done=options["yes"]))


def _read(slug: str) -> tuple[rows.Event, list[rows.Patron]]:
    """Return a departure and its parties. One Query."""
    try:
        inside = Row.collection(rows.Event.keys_for(slug=str(parse(slug)))[0])
    except BadSlug as exc:
        raise CommandError(str(exc)) from exc
    event = next((row for row in inside if isinstance(row, rows.Event)), None)
    if event is None:
        raise CommandError(f"There is no departure {slug}.")
    return event, [row for row in inside if isinstance(row, rows.Patron)]


def _find(event: rows.Event, parties: list[rows.Patron], wanted: str) -> rows.Patron:
    ulid = wanted.removeprefix(f"{event.slug}.")
    for party in parties:
        if party.ulid == ulid:
            return party
    known = "".join(f"\n  {party.ulid}  {party}" for party in parties) or " nobody"
    raise CommandError(f"{event.slug} has no party {wanted}. On its manifest:{known}")


def _outcome(event: rows.Event, party: rows.Patron, *, done: bool) -> str:
    if gone.is_erased(party):
        return f"The party {party.ulid} of {event.slug} is erased already."
    if done:
        return f"Erased a party of {party.size} of {event.slug}."
    return f"Would erase {party} of {event.slug}: name, address, telephone, note. Run it with --yes to do it."
