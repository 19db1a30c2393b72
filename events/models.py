"""Departures, vessels, people, crew and parties, as forms and the admin know them.

Departures, crew and parties are written by `events.bookings` alone: their figures and audit entries go with them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, NoReturn, cast
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models, transaction
from ulid import ULID

from events import drafts, rows, tips
from events.rows import CrewRole, Status
from scc.dynamo.folding import fold
from scc.dynamo.models import DynamoForeignKey, DynamoModel, IdField
from scc.dynamo.query import DynamoManager, DynamoQuerySet
from scc.dynamo.rows import Row
from scc.text import LONGEST_NAME, LONGEST_NOTE, BadText, clean_line, clean_name, clean_note


class Booked(DynamoModel):
    """Base of what only the rules of `events.bookings` may write."""

    class Meta(DynamoModel.Meta):
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"{self._meta.label} is written by events.bookings")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"{self._meta.label} is removed by events.bookings")


class Vessel(DynamoModel):
    """A boat. Departures keep the name that it had when they were scheduled."""

    slug = models.SlugField(primary_key=True, editable=False, default=None)
    name = models.CharField(max_length=LONGEST_NAME)
    folded_name = models.CharField(editable=False, default="")
    capacity = models.PositiveIntegerField(help_text="How many guests it may carry.")
    home_port = models.CharField(max_length=LONGEST_NAME, blank=True, default="")
    note = models.TextField(max_length=LONGEST_NOTE, blank=True, default="")

    row_class: ClassVar[type[rows.Vessel]] = rows.Vessel

    class Meta(DynamoModel.Meta):
        ordering = ("folded_name",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        with_words = {"name": clean_name, "home_port": clean_line, "note": clean_note}
        for field, clean in with_words.items():
            _tidy(self, field, clean)
        if not 0 < (self.capacity or 0) <= drafts.LARGEST_CAPACITY:
            raise ValidationError({"capacity": f"Must be from 1 to {drafts.LARGEST_CAPACITY}."})

    def stamp_derived(self) -> None:
        self.folded_name = fold(self.name)
        if not self.slug:
            self.slug = drafts.vessel_slug(self.name)


class Person(DynamoModel):
    """Someone who crews."""

    ulid = models.CharField(primary_key=True, editable=False, default=None)
    name = models.CharField(max_length=LONGEST_NAME)
    folded_name = models.CharField(editable=False, default="")
    email = models.EmailField("e-mail", blank=True, default="")
    phone = models.CharField(max_length=drafts.LONGEST_PHONE, blank=True, default="")
    role = models.CharField(
        "usual role",
        choices=CrewRole.choices,
        blank=True,
        default="",
        help_text="What this person usually does aboard.",
    )
    note = models.TextField(max_length=LONGEST_NOTE, blank=True, default="")

    row_class: ClassVar[type[rows.Person]] = rows.Person

    class Meta(DynamoModel.Meta):
        ordering = ("folded_name",)
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        with_words = {"name": clean_name, "phone": clean_line, "note": clean_note}
        for field, clean in with_words.items():
            _tidy(self, field, clean)

    def stamp_derived(self) -> None:
        self.folded_name = fold(self.name)
        if not self.ulid:
            self.ulid = str(ULID())


class _EveryRole(DynamoQuerySet["TipWeight"]):
    """A weight for each role: what is stored, and what ships for those that have none."""

    def _answer(self) -> list[TipWeight]:
        stored = {obj.role: obj for obj in super()._answer()}
        asked = [want.value for want in self.wanted]
        return [stored.get(role) or TipWeight(role=role) for role in CrewRole.values if asked in ([], [role])]


class _EveryRoleManager(DynamoManager["TipWeight"]):
    def get_queryset(self) -> _EveryRole:
        return _EveryRole(self.model, using=self._db)


class TipWeight(DynamoModel):
    """How many shares of the tips a role gets."""

    role = models.CharField(primary_key=True, choices=CrewRole.choices, editable=False)
    weight = models.PositiveIntegerField(
        "shares of the tips",
        default=tips.SHIPPED,
        validators=[MaxValueValidator(tips.MOST)],
        help_text="0: none. Whole numbers: 3 and 2 where one gets half as much again as the other.",
    )

    row_class: ClassVar[type[rows.TipWeight]] = rows.TipWeight
    objects: ClassVar[_EveryRoleManager] = _EveryRoleManager()

    class Meta(DynamoModel.Meta):
        ordering = ("role",)

    def __str__(self) -> str:
        return f"Tip weight of the {CrewRole(self.role).label.lower()}"

    @property
    def stored_row(self) -> Row:
        return self._stored or rows.TipWeight(role=self.role, weight=tips.SHIPPED)

    def save(self, *args: Any, **kwargs: Any) -> None:
        before = cast(rows.TipWeight, self.stored_row).weight
        super().save(*args, **kwargs)
        self.last_changes = {"weight": (before, self.weight)} if self.weight != before else {}
        transaction.on_commit(tips.forget)


class Event(Booked):
    """A departure."""

    slug = models.SlugField("address", primary_key=True, blank=True, max_length=80)
    title = models.CharField(max_length=LONGEST_NAME)
    folded_title = models.CharField(editable=False, default="")
    date = models.DateField()
    year = models.CharField(editable=False, default="")
    starts_at = models.DateTimeField("starts", editable=False)
    ends_at = models.DateTimeField("ends", editable=False, null=True)
    time_zone = models.CharField(editable=False)
    vessel = DynamoForeignKey("events.Vessel")
    vessel_name = models.CharField("vessel", editable=False, default="")
    status = models.CharField(choices=Status.choices, default=Status.SCHEDULED)
    capacity = models.PositiveIntegerField(blank=True)
    departure_port = models.CharField(max_length=LONGEST_NAME, blank=True, default="")
    return_port = models.CharField(
        max_length=LONGEST_NAME, blank=True, default="", help_text="Where it is another than the departure's."
    )
    price_cents = models.IntegerField("price", default=0)
    currency = models.CharField(editable=False, default="")
    note = models.TextField(max_length=LONGEST_NOTE, blank=True, default="")

    booked = models.IntegerField(editable=False, default=0)
    parties_cents = models.IntegerField(editable=False, default=0)
    crew_count = models.IntegerField(editable=False, default=0)
    received_cents = models.IntegerField(editable=False, default=0)
    refunded_cents = models.IntegerField(editable=False, default=0)
    signed = models.IntegerField(editable=False, default=0)

    row_class: ClassVar[type[rows.Event]] = rows.Event

    class Meta(Booked.Meta):
        ordering = ("starts_at",)
        verbose_name = "departure"

    def __str__(self) -> str:
        return f"{self.title}, {self.starts_local:%a %-d %b %Y, %H:%M}"

    def get_absolute_url(self) -> str:
        return f"/dispatch/{self.slug}/"

    @property
    def event_row(self) -> rows.Event:
        """The departure as it was read."""
        return cast(rows.Event, self.stored_row)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def starts_local(self) -> datetime:
        return self.starts_at.astimezone(self.zone)


class CrewAssignment(Booked):
    """Someone who crews one departure."""

    id = IdField()
    event = DynamoForeignKey(Event, related_name=None)
    ulid = models.CharField(editable=False, default="")
    person = DynamoForeignKey(Person)
    person_name = models.CharField(editable=False, default="")
    role = models.CharField(choices=CrewRole.choices, default=CrewRole.DECKHAND)
    starts_at = models.DateTimeField(editable=False, null=True)

    row_class: ClassVar[type[rows.CrewAssignment]] = rows.CrewAssignment

    class Meta(Booked.Meta):
        ordering = ("ulid",)
        verbose_name_plural = "crew"

    def __str__(self) -> str:
        return f"{self.person_name}, {self.get_role_display().lower()}"

    @property
    def assignment_row(self) -> rows.CrewAssignment:
        return cast(rows.CrewAssignment, self.stored_row)


class Priced(models.TextChoices):
    """What a party's price is for."""

    PARTY = "party", "all"
    HEAD = "head", "each"


class Patron(Booked):
    """A party on the manifest."""

    id = IdField()
    event = DynamoForeignKey(Event, related_name=None)
    ulid = models.CharField(editable=False, default="")
    year = models.CharField(editable=False, default="")
    name = models.CharField(max_length=LONGEST_NAME)
    folded_name = models.CharField(editable=False, default="")
    size = models.PositiveIntegerField(default=1)
    email = models.EmailField("e-mail", blank=True, default="")
    folded_email = models.CharField(editable=False, default="")
    phone = models.CharField(max_length=drafts.LONGEST_PHONE, blank=True, default="")
    price_cents = models.IntegerField("price", default=0)
    head_price_cents = models.IntegerField("price per head", editable=False, default=0)
    deposit_cents = models.IntegerField("deposit", default=0)
    note = models.CharField(max_length=LONGEST_NOTE, blank=True, default="")
    received_cents = models.IntegerField(editable=False, default=0)
    refunded_cents = models.IntegerField(editable=False, default=0)
    tips_cents = models.IntegerField(editable=False, default=0)

    row_class: ClassVar[type[rows.Patron]] = rows.Patron

    class Meta(Booked.Meta):
        ordering = ("ulid",)
        verbose_name = "party"
        verbose_name_plural = "parties"

    def __str__(self) -> str:
        return f"{self.name}, party of {self.size}" if self.size != 1 else self.name

    @property
    def priced(self) -> Priced:
        return Priced.HEAD if self.head_price_cents else Priced.PARTY

    @property
    def party_row(self) -> rows.Patron:
        return cast(rows.Patron, self.stored_row)


def _tidy(obj: models.Model, field: str, clean: Any) -> None:
    try:
        setattr(obj, field, clean(getattr(obj, field)))
    except BadText as exc:
        raise ValidationError({field: str(exc)}) from exc
