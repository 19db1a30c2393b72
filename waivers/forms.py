"""What the signer fills in, and what is wrong with it in words for a person on a dock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.rows import Event
from scc.text import BadText, clean_email, clean_line, clean_note
from waivers import client_acts, people, signing, strokes, texts, validity, values
from waivers.acts import Care, Family, Minor, Relationship, Signature, Signer
from waivers.request_keys import is_key
from waivers.rows import Method, Role
from waivers.strokes import Strokes

LONGEST_INITIALS = 8
LONGEST_MEDICAL = 1000
OLDEST = 120

SELF, BOTH, CHILDREN = "self", "both", "children"

TICK_CONSENT = gettext_lazy("Tick that you agree to sign electronically, or ask the crew for paper.")
TICK_ADULT = gettext_lazy("Tick that you are 18 or older. If you are not, a parent or guardian signs for you.")
TICK_ASSENT = gettext_lazy("Tick that you have read the waiver and agree to it.")
TICK_AUTHORITY = gettext_lazy("Tick that you may sign for the children.")
TICK_ORIENTATION = gettext_lazy("Tick that you take note of the safety orientation.")
MINOR = gettext_lazy("You are under 18, so you cannot sign for yourself. A parent or guardian signs for you.")
TEXT_CHANGED = gettext_lazy("The waiver has changed since you opened this page. Open it again, read it, and sign.")
ENTER_NAME = gettext_lazy("Enter your full legal name.")
ENTER_CHILD = gettext_lazy("Enter the child's full legal name.")
ENTER_SIGNATURE = gettext_lazy("Type your full name as your signature.")
CHOOSE = gettext_lazy("Choose one.")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a field: its name, the id of the element to go to, and the words."""

    field: str
    place: str
    words: str


class PersonForm(forms.Form):
    """A person by name and date of birth, and which request this is."""

    name = forms.CharField(error_messages={"required": ENTER_NAME})
    key = forms.CharField(required=False)
    link = forms.CharField(required=False)
    kiosk = forms.CharField(required=False)

    def __init__(self, data: Any = None, *, event: Event) -> None:
        super().__init__(data)
        self.event = event

    def clean_name(self) -> str:
        return values.name(self.cleaned_data["name"], enter=ENTER_NAME)

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"])
        if key and not is_key(key):
            raise ValidationError(_("The page sent a key that is none. Open the page again."))
        return key

    def clean(self) -> dict[str, Any]:
        self._try("birth_date", self.cleaned_data, self._own_birth_date)
        return self.cleaned_data

    def _own_birth_date(self) -> date:
        return self._birth_date("birth_month", "birth_day", "birth_year")

    def _try(self, name: str, data: dict[str, Any], clean: Callable[[], Any], said_of: str = "") -> None:
        try:
            data[name] = clean()
        except ValidationError as exc:
            data.pop(name, None)
            self._say(said_of or name, exc)

    def _say(self, name: str, error: ValidationError) -> None:
        # Not `add_error`, which knows only the fields that are declared; a date of birth is three of them.
        self.errors.setdefault(name, self.error_class()).extend(error.messages)

    def _birth_date(self, month: str, day: str, year: str) -> date:
        parts = [str(self.data.get(name, "")).strip() for name in (year, month, day)]
        if not any(parts):
            raise ValidationError(
                _("Enter your date of birth.") if year == "birth_year" else _("Enter the date of birth.")
            )
        today = self._today()
        try:
            born_on = date(*(values.number(part) for part in parts))
        except ValueError as exc:
            raise ValidationError(_("Enter the date of birth as numbers, such as 3, 31 and 1980.")) from exc
        if not today.year - OLDEST <= born_on.year or born_on > today:
            raise ValidationError(_("Check the year of the date of birth: four digits, such as 1980."))
        return born_on

    def _today(self) -> date:
        return timezone.now().astimezone(self.event.zone).date()


class WaiverForm(PersonForm):
    """A signature as the page, or a client that speaks JSON, sends it."""

    email = forms.CharField(required=False)
    phone = forms.CharField(required=False)
    birth_month = forms.CharField(required=False)
    birth_day = forms.CharField(required=False)
    birth_year = forms.CharField(required=False)
    role = forms.ChoiceField(choices=Role.choices, required=False, error_messages={"invalid_choice": CHOOSE})
    signs_for = forms.ChoiceField(
        choices=[(SELF, SELF), (BOTH, BOTH), (CHILDREN, CHILDREN)],
        required=False,
        error_messages={"invalid_choice": CHOOSE},
    )
    relationship = forms.ChoiceField(
        choices=Relationship.choices, required=False, error_messages={"invalid_choice": CHOOSE}
    )
    consent = forms.BooleanField(error_messages={"required": TICK_CONSENT})
    adult = forms.BooleanField(error_messages={"required": TICK_ADULT})
    authority = forms.BooleanField(required=False)
    orientation = forms.BooleanField(required=False)
    initials = forms.CharField(required=False)
    emergency_name = forms.CharField(required=False)
    emergency_phone = forms.CharField(required=False)
    medical = forms.CharField(required=False)
    method = forms.ChoiceField(choices=Method.choices, required=False, error_messages={"invalid_choice": CHOOSE})
    typed = forms.CharField(required=False)
    assent = forms.BooleanField(error_messages={"required": TICK_ASSENT})
    # Filled in by the page and its script.
    strokes = forms.CharField(required=False)
    acts = forms.CharField(required=False)
    replace = forms.BooleanField(required=False)
    later = forms.BooleanField(required=False)

    # The order in which the page shows what is wrong: (field, the id of what to go to). Those of the clauses that ask
    # for initials stand before all, and those of each child in the place of "children".
    PLACES = (
        ("link", "sign"),
        ("kiosk", "sign"),
        ("name", "name"),
        ("birth_date", "birth_month"),
        ("email", "email"),
        ("phone", "phone"),
        ("role", "role"),
        ("signs_for", "signs_for"),
        ("children", "child_name_1"),
        ("relationship", "relationship"),
        ("authority", "authority"),
        ("emergency_name", "emergency_name"),
        ("emergency_phone", "emergency_phone"),
        ("medical", "medical"),
        ("adult", "adult"),
        ("consent", "consent"),
        ("orientation", "orientation"),
        ("initials", "initials"),
        ("method", "methods"),
        ("typed", "typed"),
        ("strokes", "draw"),
        ("assent", "assent"),
        ("text", "sign"),
        ("key", "sign"),
    )

    def __init__(self, data: Any = None, *, event: Event, role: Role | None = None) -> None:
        """role: what the signer's own link says, whatever was chosen."""
        super().__init__(data, event=event)
        self.linked_role = role

    def clean_email(self) -> str:
        try:
            return clean_email(self.cleaned_data["email"])
        except BadText as exc:
            raise ValidationError(_("Enter an e-mail address such as ana@example.com, or leave it empty.")) from exc

    def clean_phone(self) -> str:
        return values.phone(self.cleaned_data["phone"])

    def clean_emergency_phone(self) -> str:
        return values.phone(self.cleaned_data["emergency_phone"])

    def clean_emergency_name(self) -> str:
        return values.cleaned(clean_line, self.cleaned_data["emergency_name"], values.LONGEST_NAME)

    def clean_medical(self) -> str:
        return values.cleaned(clean_note, self.cleaned_data["medical"], LONGEST_MEDICAL)

    def clean_initials(self) -> str:
        return values.printed(values.cleaned(clean_line, self.cleaned_data["initials"], LONGEST_INITIALS))

    def clean_role(self) -> Role:
        return self.linked_role or Role(self.cleaned_data["role"] or Role.GUEST)

    def clean_signs_for(self) -> str:
        return str(self.cleaned_data["signs_for"] or SELF)

    def clean_acts(self) -> dict[str, str]:
        return client_acts.read(self.cleaned_data["acts"])

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self._try("signed_text", data, self._shown_text, said_of="text")
        self._clean_minors(data)
        # A client that speaks JSON may leave the method out.
        method = data.get("method") or (Method.DRAWN if data.get("strokes") else Method.TYPED)
        if method == Method.DRAWN:
            self._try("drawn", data, self._drawn, said_of="strokes")
        else:
            self._try("typed", data, self._typed)
        if "signed_text" in data:
            self._clean_asked(data, data["signed_text"])
        return data

    def _shown_text(self) -> texts.Text:
        """Return the text that this signer was shown: there is one in each language, and maybe another for crew."""
        role = self.cleaned_data.get("role", Role.GUEST)
        fields = [f"text{crew}{language}" for language in self._languages() for crew in self._crews(role)]
        text = texts.accepted(self.event, role, next((self.data[name] for name in fields if self.data.get(name)), ""))
        if text is None:
            raise ValidationError(TEXT_CHANGED)
        return text

    def _languages(self) -> list[str]:
        language = str(self.data.get("language", ""))
        return [""] if language == settings.LANGUAGE_CODE else [f"_{language}", ""]

    @staticmethod
    def _crews(role: Role) -> list[str]:
        return ["_crew", ""] if role == Role.CREW else [""]

    def _clean_asked(self, data: dict[str, Any], text: texts.Text) -> None:
        """Check what the text itself asks for: initials, the orientation, the right to sign for a child."""
        if text.orientation and not data.get("orientation"):
            self._say("orientation", ValidationError(TICK_ORIENTATION))
        if text.asks_initials and not data.get("initials") and "initials" not in self.errors:
            self._say("initials", ValidationError(_("Enter your initials.")))
        for key in text.asks_initials:
            if not self.data.get(f"initial_{key}"):
                self._say(f"initial_{key}", ValidationError(_("Put your initials to this clause.")))
        if data["minors"] and not text.authority:
            self._say("signs_for", ValidationError(_("Children sign on paper here. Ask the crew.")))

    def _drawn(self) -> Strokes:
        try:
            drawn = strokes.parse(self.cleaned_data.get("strokes") or "[]")
            if not drawn.lines:
                raise strokes.BadStrokes(_("Sign in the box with your finger, or choose to type your name."))
            strokes.judge(drawn)
        except strokes.BadStrokes as exc:
            raise ValidationError(str(exc)) from exc
        return drawn

    def _typed(self) -> str:
        return values.name(self.cleaned_data.get("typed", ""), enter=ENTER_SIGNATURE)

    def _own_birth_date(self) -> date:
        born_on = super()._own_birth_date()
        if validity.age_on(born_on, self._today()) < validity.ADULT_AT:
            raise ValidationError(MINOR)
        return born_on

    def _clean_minors(self, data: dict[str, Any]) -> None:
        minors: list[Minor] = []
        if data.get("signs_for", SELF) != SELF:
            for place in self._children():
                self._clean_minor(place, minors)
            self._clean_guardian(data)
        data["minors"] = minors

    def _children(self) -> list[int]:
        """Return the places at which a child was given, the first one where none was."""
        names = ("child_name_", "child_month_", "child_day_", "child_year_")
        given = [
            place
            for place in range(1, signing.MOST_MINORS + 1)
            if any(str(self.data.get(f"{name}{place}", "")).strip() for name in names)
        ]
        return given or [1]

    def _clean_minor(self, place: int, minors: list[Minor]) -> None:
        found: dict[str, Any] = {}
        self._try("name", found, lambda: self._child_name(place), f"child_name_{place}")
        self._try("born_on", found, lambda: self._minor_born_on(place), f"child_birth_{place}")
        if len(found) < 2:
            return
        minor = Minor(found["name"], found["born_on"])
        if any(people.is_same(minor.name, minor.born_on, other.name, other.born_on) for other in minors):
            self._say(f"child_name_{place}", ValidationError(_("This child is in the list twice.")))
        minors.append(minor)

    def _child_name(self, place: int) -> str:
        return values.name(str(self.data.get(f"child_name_{place}", "")), enter=ENTER_CHILD)

    def _minor_born_on(self, place: int) -> date:
        born_on = self._birth_date(f"child_month_{place}", f"child_day_{place}", f"child_year_{place}")
        if validity.age_on(born_on, max(self._today(), validity.last_day(self.event))) >= validity.ADULT_AT:
            raise ValidationError(_("Is 18 or older on the day of the departure, and signs then."))
        return born_on

    def _clean_guardian(self, data: dict[str, Any]) -> None:
        if not data.get("relationship") and "relationship" not in self.errors:
            self._say("relationship", ValidationError(_("Choose what you are to the children.")))
        if not data.get("authority"):
            self._say("authority", ValidationError(TICK_AUTHORITY))

    def signer(self) -> Signer:
        data = self.cleaned_data
        return Signer(
            name=data["name"],
            born_on=data["birth_date"],
            role=data["role"],
            email=data["email"],
            phone=data["phone"],
        )

    def signature(self) -> Signature:
        data = self.cleaned_data
        text: texts.Text = data["signed_text"]
        drawn = data.get("drawn")
        return Signature(
            text=text,
            key=data["key"],
            typed="" if drawn else data["typed"],
            strokes=drawn,
            initials=data["initials"] if text.asks_initials else "",
            initialled=list(text.asks_initials),
            oriented=bool(text.orientation),
            acts=data["acts"],
        )

    def family(self) -> Family:
        data = self.cleaned_data
        return Family(
            minors=tuple(data["minors"]),
            relationship=data["relationship"] if data["minors"] else "",
            with_signer=data["signs_for"] != CHILDREN,
        )

    def care(self) -> Care:
        data = self.cleaned_data
        return Care(data["emergency_name"], data["emergency_phone"], data["medical"])

    def problems(self) -> list[Problem]:
        """Return what is wrong, in the order of the page."""
        return [
            Problem(name, place, str(words)) for name, place in self._places() for words in self.errors.get(name, [])
        ]

    def _places(self) -> list[tuple[str, str]]:
        places = [(name, name) for name in self.errors if name.startswith("initial_")]
        for name, place in self.PLACES:
            if name == "children":
                for number in range(1, signing.MOST_MINORS + 1):
                    places += [(f"child_name_{number}",) * 2, (f"child_birth_{number}", f"child_month_{number}")]
            else:
                places.append((name, place))
        return places
