"""Forms of the admin: local times instead of instants, amounts instead of cents, words of the rules on their fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from events import bookings, calendar, clock, drafts, errors, models, rows, slugs
from scc.dynamo.forms import StoredChoiceField, StoredModelForm
from scc.money import BadAmount, decimal_text, parse_amount

# What is meant to be a whole slug, not a word to follow the date.
_DATED = re.compile(r"[0-9]{4}-[0-9]")
# Where a rule's field has another name on the form.
_SHOWN_AS = {"starts_at": "starts", "ends_at": "ends", "vessel_id": "vessel", "vessel_name": "vessel"}


class CentsField(forms.CharField):
    """An amount, typed and shown as `125.00`, kept as cents. Blank is nothing."""

    def __init__(self, *, label: str, help_text: str = "") -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "size": 8})
        super().__init__(required=False, label=label, help_text=help_text, widget=widget)

    def prepare_value(self, value: Any) -> Any:
        return decimal_text(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return parse_amount(text, zero=True) if text else 0
        except BadAmount as exc:
            raise ValidationError(str(exc), code="invalid") from exc

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != (initial or 0))
        except ValidationError:
            return True


class VesselField(StoredChoiceField):
    """A choice of a vessel, which the form itself reads together with what else it needs."""

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if self.present is not None and str(value) == str(self.present.pk):
            return self.present
        return models.Vessel(pk=str(value))


class EventForm(StoredModelForm):
    """A departure. A new one gets its slug here; `departure` is what is to be stored."""

    starts = forms.TimeField(label="Starts", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(
        label="Ends",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="Earlier than the start: past midnight.",
    )
    price_cents = CentsField(label="Price", help_text="Of the whole boat. Parties may have prices of their own.")

    departure: rows.Event | None = None

    class Meta:
        model = models.Event
        fields = (
            "title",
            "date",
            "vessel",
            "slug",
            "capacity",
            "status",
            "departure_port",
            "return_port",
            "price_cents",
            "note",
        )
        help_texts = {"capacity": "Blank: as many as the vessel carries."}
        widgets = {"date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.stored_version is not None:
            event = self.instance.event_row
            self.initial["starts"] = event.starts_local.time()
            self.initial["ends"] = event.ends_at.astimezone(event.zone).time() if event.ends_at else None
            if "capacity" in self.fields:
                self.fields["capacity"].required = True
                self.fields["capacity"].help_text = ""
        elif "slug" in self.fields:
            self.fields["slug"].help_text = (
                "Blank: the date, or the date and time when the day has another departure. "
                "Or a word to follow the date, such as sunset. It stands on posters and in links, and stays."
            )

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        if not self.errors:
            try:
                self._settle()
            except errors.BadValue as exc:
                self.add_error(_SHOWN_AS.get(exc.field, exc.field), str(exc))
        return self.cleaned_data

    def _settle(self) -> None:
        if self.instance.stored_version is None:
            self._settle_new()
        else:
            event = self.instance.event_row
            self.departure = drafts.changed_event(event, self.changes())
        if self.departure is not None:
            self._show(self.departure)

    def changes(self) -> dict[str, Any]:
        """Return what the rules are to change of the stored departure."""
        names = drafts.EVENT_FIELDS & set(self.changed_data)
        changes = {name: self.cleaned_data[name] for name in names}
        if {"date", "starts", "ends"} & set(self.changed_data):
            changes["starts_at"], changes["ends_at"] = self._span()
        if "vessel" in self.changed_data:
            vessel = rows.Vessel.fetch(slug=self.cleaned_data["vessel"].pk)
            if vessel is None:
                raise errors.BadValue("vessel_id", "This vessel is not there any more.")
            changes |= {"vessel_id": vessel.slug, "vessel_name": vessel.name}
        return changes

    def _settle_new(self) -> None:
        data = self.cleaned_data
        starts_at, ends_at = self._span()
        wanted = self._wanted_slugs(data["date"], data["starts"], data["slug"])
        vessel, taken = bookings.look_up(wanted, vessel_id=data["vessel"].pk)
        if vessel is None:
            raise errors.BadValue("vessel_id", "This vessel is not there any more.")
        free = next((slug for slug in wanted if slug not in taken), None)
        if free is None:
            raise errors.BadValue("slug", f"Another departure has {wanted[-1]}.")
        self.departure = drafts.new_event(
            starts_at=starts_at,
            ends_at=ends_at,
            title=data["title"],
            vessel=vessel,
            slug=free,
            capacity=data["capacity"],
            status=data["status"],
            departure_port=data["departure_port"] or vessel.home_port,
            return_port=data["return_port"],
            price_cents=data["price_cents"],
            note=data["note"],
        )

    def _wanted_slugs(self, day: date, starts: time, typed: str) -> list[str]:
        if not typed:
            return slugs.candidates(day, starts)
        try:
            if not _DATED.match(typed):
                return [str(slugs.Slug(day, slugs.check_suffix(typed)))]
            if slugs.parse(typed).date != day:
                raise errors.BadValue("slug", f"Must begin with the departure's date, {day}.")
        except slugs.BadSlug as exc:
            raise errors.BadValue("slug", str(exc)) from exc
        return [typed]

    def _span(self) -> tuple[Any, Any]:
        stored = self.instance.stored_version is not None
        zone = self.instance.event_row.zone if stored else calendar.zone()
        data = self.cleaned_data
        if not clock.FIRST_DAY <= data["date"] <= clock.LAST_DAY:
            raise errors.BadValue("date", f"Must be from {clock.FIRST_DAY} to {clock.LAST_DAY}.")
        try:
            return clock.span(data["date"], data["starts"], data["ends"], zone)
        except clock.NoSuchTime as exc:
            raise errors.BadValue("starts_at", str(exc)) from exc
        except clock.BadTimes as exc:
            raise errors.BadValue("ends_at", str(exc)) from exc

    def _show(self, event: rows.Event) -> None:
        """Put what is to be stored on the form's own object, which names it to people."""
        for name in ("slug", "title", "capacity", "departure_port", "return_port", "note"):
            self.cleaned_data[name] = getattr(event, name)
        obj = self.instance
        obj.starts_at, obj.ends_at, obj.time_zone = event.starts_at, event.ends_at, event.time_zone
        obj.year, obj.vessel_name, obj.currency = event.year, event.vessel_name, event.currency


class PartyForm(StoredModelForm):
    """A party on the manifest. Its price is typed once, and said to be for all of them or for each."""

    price_cents = CentsField(label="Price")
    # Not sent at all: as it was.
    priced = forms.ChoiceField(label="Price for", choices=models.Priced.choices, required=False)
    deposit_cents = CentsField(label="Deposit", help_text="What is asked for in advance.")

    class Meta:
        model = models.Patron
        exclude = ()
        # Narrow enough for a line each.
        widgets = {
            "name": forms.TextInput(attrs={"size": 20}),
            "size": forms.NumberInput(attrs={"min": 1, "size": 3, "class": "vSmallField"}),
            "phone": forms.TextInput(attrs={"type": "tel", "size": 12}),
            "email": forms.EmailInput(attrs={"size": 16}),
            "note": forms.TextInput(attrs={"size": 10}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["priced"] = self.instance.priced
        if self.instance.head_price_cents:
            self.initial["price_cents"] = self.instance.head_price_cents

    def clean(self) -> dict[str, Any] | None:
        super().clean()
        if not self.errors:
            try:
                self._tidy(self.cleaned_data)
            except errors.BadValue as exc:
                self.add_error(exc.field, str(exc))
        return self.cleaned_data

    def _tidy(self, data: dict[str, Any]) -> None:
        typed = self.typed()
        party = drafts.tidy_party(rows.Patron(**typed))
        data.update({name: getattr(party, name) for name in typed if name in data})
        if "price_cents" in data:
            self.instance.head_price_cents = party.head_price_cents

    def typed(self) -> Mapping[str, Any]:
        """Return what of a party is on the form."""
        typed = {name: self.cleaned_data[name] for name in drafts.PARTY_FIELDS if name in self.cleaned_data}
        priced = self.cleaned_data.get("priced") or self.instance.priced
        if "price_cents" in typed and priced == models.Priced.HEAD:
            typed["head_price_cents"] = typed.pop("price_cents")
        return typed
