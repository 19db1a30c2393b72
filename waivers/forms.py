"""What the signer fills in, and what is wrong with it in words for a person on a dock."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from events.rows import Event
from scc.text import BadText, clean_email, clean_line, clean_name
from waivers import signing, strokes, texts
from waivers.rows import Method, Role

LONGEST_NAME = 120
LONGEST_PHONE = 40
OLDEST = 120

# What the page's script notes of the signer's acts, by the signer's own clock.
ACTS = ("opened_at", "reached_end_at", "consented_at", "declared_adult_at", "assented_at", "signed_at", "submitted_at")
LONGEST_ACT = 64

TICK_CONSENT = "Tick that you agree to sign electronically, or ask the crew for paper."
TICK_ADULT = "Tick that you are 18 or older. If you are not, ask the crew for the guardian's form."
TICK_ASSENT = "Tick that you have read the waiver and agree to it."
MINOR = "You are under 18, so you cannot sign for yourself. Ask the crew for the form for a parent or guardian."
TEXT_CHANGED = "The waiver has changed since you opened this page. Open it again, read it, and sign."


@dataclass(frozen=True)
class Problem:
    """What is wrong with a field: its name, the id of the element to go to, and the words."""

    field: str
    place: str
    words: str


class WaiverForm(forms.Form):
    """A signature as the page, or a client that speaks JSON, sends it."""

    name = forms.CharField(error_messages={"required": "Enter your full legal name."})
    email = forms.CharField(required=False)
    phone = forms.CharField(required=False)
    birth_month = forms.CharField(required=False)
    birth_day = forms.CharField(required=False)
    birth_year = forms.CharField(required=False)
    role = forms.ChoiceField(choices=Role.choices, required=False, error_messages={"invalid_choice": "Choose one."})
    consent = forms.BooleanField(error_messages={"required": TICK_CONSENT})
    adult = forms.BooleanField(error_messages={"required": TICK_ADULT})
    method = forms.ChoiceField(choices=Method.choices, required=False, error_messages={"invalid_choice": "Choose one."})
    typed = forms.CharField(required=False)
    assent = forms.BooleanField(error_messages={"required": TICK_ASSENT})
    # Filled in by the page and its script.
    strokes = forms.CharField(required=False)
    acts = forms.CharField(required=False)
    key = forms.CharField(required=False)
    text = forms.CharField(error_messages={"required": TEXT_CHANGED})

    # The order in which the page shows what is wrong: (field, the id of what to go to).
    PLACES = (
        ("name", "name"),
        ("email", "email"),
        ("phone", "phone"),
        ("birth_date", "birth_month"),
        ("role", "role"),
        ("adult", "adult"),
        ("consent", "consent"),
        ("method", "methods"),
        ("typed", "typed"),
        ("strokes", "draw"),
        ("assent", "assent"),
        ("text", "sign"),
        ("key", "sign"),
    )

    def __init__(self, data: Any = None, *, event: Event) -> None:
        super().__init__(data)
        self.event = event

    def clean_name(self) -> str:
        name = _cleaned(clean_name, self.cleaned_data["name"], LONGEST_NAME)
        if not _has_letter(name):
            raise ValidationError("Enter your full legal name.")
        return name

    def clean_email(self) -> str:
        try:
            return clean_email(self.cleaned_data["email"])
        except BadText as exc:
            raise ValidationError("Enter an e-mail address such as ana@example.com, or leave it empty.") from exc

    def clean_phone(self) -> str:
        phone = _cleaned(clean_line, self.cleaned_data["phone"], LONGEST_PHONE)
        if phone and not any(char.isdigit() for char in phone):
            raise ValidationError("Enter a phone number with its digits, or leave it empty.")
        return phone

    def clean_role(self) -> Role:
        return Role(self.cleaned_data["role"] or Role.GUEST)

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if key and not signing.is_key(key):
            raise ValidationError("The page sent a key that is none. Open the page again.")
        return key

    def clean_text(self) -> texts.Text:
        text = texts.of(self.cleaned_data["text"])
        if text is None:
            raise ValidationError(TEXT_CHANGED)
        return text

    def clean_acts(self) -> dict[str, str]:
        """Keep what is an instant or a zone. A clock that is wrong is no reason to turn a signer away."""
        try:
            claimed = json.loads(self.cleaned_data["acts"] or "{}")
        except (ValueError, RecursionError):
            return {}
        if not isinstance(claimed, dict):
            return {}
        acts = {name: claimed[name] for name in ACTS if _is_instant(claimed.get(name))}
        if _is_zone(claimed.get("zone")):
            acts["zone"] = claimed["zone"]
        return acts

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        try:
            data["birth_date"] = self._birth_date()
        except ValidationError as exc:
            self._say("birth_date", exc)
        # A client that speaks JSON may leave the method out.
        method = data.get("method") or (Method.DRAWN if data.get("strokes") else Method.TYPED)
        if method == Method.DRAWN:
            self._clean_drawn(data)
        else:
            self._clean_typed(data)
        return data

    def _say(self, name: str, error: ValidationError) -> None:
        # Not `add_error`, which knows only the fields that are declared; a date of birth is three of them.
        self.errors.setdefault(name, self.error_class()).extend(error.messages)

    def _clean_drawn(self, data: dict[str, Any]) -> None:
        try:
            drawn = strokes.parse(data.get("strokes") or "[]")
            if not drawn.lines:
                raise strokes.BadStrokes("Sign in the box with your finger, or choose to type your name.")
            strokes.judge(drawn)
        except strokes.BadStrokes as exc:
            self._say("strokes", ValidationError(str(exc)))
        else:
            data["drawn"] = drawn

    def _clean_typed(self, data: dict[str, Any]) -> None:
        try:
            data["typed"] = _cleaned(clean_line, data.get("typed", ""), LONGEST_NAME)
            if not _has_letter(data["typed"]):
                raise ValidationError("Type your full name as your signature.")
        except ValidationError as exc:
            self._say("typed", exc)

    def _birth_date(self) -> date:
        parts = [str(self.cleaned_data.get(f"birth_{part}", "")).strip() for part in ("year", "month", "day")]
        if not any(parts):
            raise ValidationError("Enter your date of birth.")
        today = timezone.now().astimezone(self.event.zone).date()
        try:
            year, month, day = (_number(part) for part in parts)
            born_on = date(year, month, day)
        except ValueError as exc:
            raise ValidationError("Enter your date of birth as numbers, such as 3, 31 and 1980.") from exc
        if not today.year - OLDEST <= born_on.year or born_on > today:
            raise ValidationError("Check the year of your date of birth: four digits, such as 1980.")
        if signing.age_on(born_on, today) < signing.ADULT_AT:
            raise ValidationError(MINOR)
        return born_on

    def signer(self) -> signing.Signer:
        data = self.cleaned_data
        return signing.Signer(
            name=data["name"],
            born_on=data["birth_date"],
            role=data["role"],
            email=data["email"],
            phone=data["phone"],
        )

    def signature(self) -> signing.Signature:
        data = self.cleaned_data
        drawn = data.get("drawn")
        return signing.Signature(
            text=data["text"],
            key=data["key"],
            typed="" if drawn else data["typed"],
            strokes=drawn,
            acts=data["acts"],
        )

    def problems(self) -> list[Problem]:
        """Return what is wrong, in the order of the page."""
        return [Problem(name, place, str(words)) for name, place in self.PLACES for words in self.errors.get(name, [])]


def _cleaned(clean: Callable[..., str], text: str, limit: int) -> str:
    try:
        return clean(text, limit=limit)
    except BadText as exc:
        raise ValidationError(str(exc)) from exc


def _has_letter(text: str) -> bool:
    # U+FFFD stands where bytes were no text.
    return any(unicodedata.category(char)[0] == "L" for char in text) and "\ufffd" not in text


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise ValueError(text)
    return int(text)


def _is_instant(value: object) -> bool:
    if not isinstance(value, str) or len(value) > LONGEST_ACT:
        return False
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _is_zone(value: object) -> bool:
    if not isinstance(value, str) or len(value) > LONGEST_ACT:
        return False
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError):
        return False
    return True
