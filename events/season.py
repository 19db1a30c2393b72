"""A season of departures as a file says it, set against what is stored.

What a line says is read by `events.importing.departure_lines`. With a slug it is the departure of that slug. Without
one it is the departure of its date, start and vessel; where there is none yet it becomes a new one, which takes the
date as its slug, or the date and time when another departure of that date has it. What is stored is never overwritten:
a line that says otherwise is reported with both versions. So is a line without slug whose vessel is out already at that
time, on a departure that no line of the file says: it is that departure with its times edited, and would be sailed
twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from events import calendar, drafts, errors, rows, slugs
from events.importing.departure_lines import COLUMNS, Departure, read
from scc.dynamo.folding import fold
from scc.money import decimal_text

__all__ = ["COLUMNS", "Departure", "Plan", "differences", "plan", "read", "stored_in"]

# What a line says of a departure, and so what is compared.
_COMPARED = {
    "starts_at": "starts",
    "ends_at": "ends",
    "title": "title",
    "vessel_id": "vessel",
    "capacity": "capacity",
    "status": "status",
    "departure_port": "departure port",
    "return_port": "return port",
    "price_cents": "price",
}


@dataclass
class Plan:
    """What is to be done with the lines of a file."""

    vessels: list[rows.Vessel] = field(default_factory=list)
    add: list[tuple[Departure, rows.Event]] = field(default_factory=list)
    unchanged: list[Departure] = field(default_factory=list)
    reported: list[tuple[Departure, str]] = field(default_factory=list)


def stored_in(years: Iterable[int]) -> list[rows.Event]:
    """Return every departure of `years`. One Query a year."""
    return [event for year in sorted(set(years)) for event in calendar.between(date(year, 1, 1), date(year, 12, 31))]


def plan(
    departures: Sequence[Departure],
    *,
    stored: Sequence[rows.Event],
    vessels: Sequence[rows.Vessel],
    ulid_of: Callable[[str], str] = lambda _: "",
) -> Plan:
    """Return what is to be done so that `departures` are stored. Asks the table nothing.

    ulid_of: gives the slug of a new vessel, by its folded name, where that makes none.
    """
    return _Planner(departures, stored, vessels, ulid_of).plan()


class _Planner:
    def __init__(
        self,
        departures: Sequence[Departure],
        stored: Sequence[rows.Event],
        vessels: Sequence[rows.Vessel],
        ulid_of: Callable[[str], str],
    ) -> None:
        self.departures = departures
        self.ulid_of = ulid_of
        self.stored = {event.slug: event for event in stored}
        self.given = {departure.slug for departure in departures if departure.slug}
        self.taken = self.stored.keys() | self.given
        self.vessels = {vessel.folded_name: vessel for vessel in vessels}
        self.new_vessels = self._new_vessels()
        self.found = {each.line.number: self._find(each) for each in departures}
        self.said = {event.slug for event in self.found.values() if event is not None}
        self.result = Plan()

    def plan(self) -> Plan:
        seen: dict[object, Departure] = {}
        for departure in self.departures:
            first = seen.setdefault(self._name(departure), departure)
            if first is not departure:
                self._report(departure, f"says the same departure as {first.line.place}")
                continue
            try:
                self._settle(departure)
            except (errors.BadValue, slugs.BadSlug) as exc:
                self._report(departure, str(exc))
        used = {event.vessel_id for _, event in self.result.add}
        self.result.vessels = [vessel for vessel in self.new_vessels.values() if vessel.slug in used]
        return self.result

    def _name(self, departure: Departure) -> object:
        return departure.slug or (departure.starts_at, self._vessel(departure).slug)

    def _report(self, departure: Departure, reason: str) -> None:
        self.result.reported.append((departure, reason))

    def _settle(self, departure: Departure) -> None:
        stored = self.found[departure.line.number]
        if stored is None:
            self._settle_new(departure)
            return
        different = differences(self._event(departure, stored.slug), stored)
        if different:
            self._report(departure, f"{stored.slug} is stored otherwise: {different}")
        else:
            self.result.unchanged.append(departure)

    def _settle_new(self, departure: Departure) -> None:
        if departure.slug:
            if slugs.parse(departure.slug).date != departure.day:
                self._report(departure, f"slug: {departure.slug} does not begin with the date, {departure.day}")
                return
            slug = departure.slug
        else:
            edited = self._edited(departure)
            if edited is not None:
                event = self._event(departure, edited.slug)
                self._report(departure, f"{edited.slug} is stored otherwise: {differences(event, edited)}")
                return
            slug = slugs.next_free(departure.day, departure.starts, self.taken)
        event = self._event(departure, slug)
        self.taken = self.taken | {slug}
        self.result.add.append((departure, event))

    def _find(self, departure: Departure) -> rows.Event | None:
        if departure.slug:
            return self.stored.get(departure.slug)
        vessel = self._vessel(departure)
        same = [
            event
            for event in self.stored.values()
            if event.starts_at == departure.starts_at
            and event.vessel_id == vessel.slug
            and event.slug not in self.given
        ]
        # Those that a line without slug would have made come first.
        wanted = slugs.candidates(departure.day, departure.starts)
        return min(same, key=lambda event: (event.slug not in wanted, event.slug), default=None)

    def _edited(self, departure: Departure) -> rows.Event | None:
        """Return the departure that the same boat is on at that time, if no line of the file says it."""
        vessel = self._vessel(departure)
        return next(
            (
                event
                for event in self.stored.values()
                if event.date == departure.day
                and event.vessel_id == vessel.slug
                and event.status != rows.Status.CANCELLED
                and event.slug not in self.said | self.given
                and _overlap(departure, event)
            ),
            None,
        )

    # Vessels

    def _vessel(self, departure: Departure) -> rows.Vessel:
        name = fold(departure.vessel)
        return self.vessels.get(name) or self.new_vessels[name]

    def _new_vessels(self) -> dict[str, rows.Vessel]:
        """Return a vessel for each name that no vessel has, as large as the largest line of it."""
        made: dict[str, rows.Vessel] = {}
        slugs_taken = {vessel.slug for vessel in self.vessels.values()}
        for departure in self.departures:
            name = fold(departure.vessel)
            if name in self.vessels:
                continue
            if name not in made:
                vessel = drafts.new_vessel(name=departure.vessel, capacity=departure.capacity, ulid=self.ulid_of(name))
                vessel.slug = _unused(vessel.slug, slugs_taken)
                slugs_taken.add(vessel.slug)
                made[name] = vessel
            made[name].capacity = max(made[name].capacity, departure.capacity)
        return made

    def _event(self, departure: Departure, slug: str) -> rows.Event:
        return drafts.new_event(
            slug=slug,
            starts_at=departure.starts_at,
            ends_at=departure.ends_at,
            title=departure.title,
            vessel=self._vessel(departure),
            capacity=departure.capacity,
            status=departure.status,
            departure_port=departure.departure_port,
            return_port=departure.return_port,
            price_cents=departure.price_cents,
        )


def _unused(slug: str, taken: set[str]) -> str:
    number = 2
    wanted = slug
    while wanted in taken:
        wanted, number = f"{slug}-{number}", number + 1
    return wanted


def _overlap(departure: Departure, event: rows.Event) -> bool:
    ends = event.starts_at if event.ends_at is None else event.ends_at
    return departure.starts_at <= ends and event.starts_at <= (departure.ends_at or departure.starts_at)


def differences(line: rows.Event, stored: rows.Event) -> str:
    """Return what the line says and what is stored, where they differ: `"price 700.00 here, 650.00 stored"`."""
    named = (
        f"{word} {_shown(line, name)} here, {_shown(stored, name)} stored"
        for name, word in _COMPARED.items()
        if getattr(line, name) != getattr(stored, name)
    )
    return "; ".join(named)


def _shown(event: rows.Event, name: str) -> str:
    value = getattr(event, name)
    if isinstance(value, datetime):
        return f"{value.astimezone(event.zone):%Y-%m-%d %H:%M}"
    if name == "price_cents":
        return decimal_text(value)
    if name == "vessel_id":
        return event.vessel_name
    return str(value) if value not in (None, "") else "nothing"
