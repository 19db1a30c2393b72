"""Versions of the texts, as the admin knows them. A published one is changed by nobody any more."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from ulid import ULID

from scc.dynamo.models import DynamoModel
from scc.text import BadText, clean_name, clean_note
from waivers import rows, shipped_texts, wording
from waivers.languages import DEFAULT, LANGUAGES
from waivers.publishing import NotADraft
from waivers.rows import TextStatus, Validity

# With the statements and their headings well under an item's 400 KB, in any script.
LONGEST_BODY = 60_000
LONGEST_STATEMENT = 4_000
LONGEST_BUTTON = 60

BODY_HELP = (
    "Headings with a key, such as # The risks {risks}, and paragraphs and lists, with blank lines between. "
    "# You give up claims {release initials} asks for initials. **Strong**, *emphasis*, - a list, 1. a numbered one. "
    "[operator] becomes the operator's name."
)
DOCUMENT_HELP = "waiver, or a name of your own for a further document, such as crew-agreement. It stays."
AUTHORITY_HELP = "Ticked by a parent or guardian. Blank: nobody can sign for a child under this text."
ORIENTATION_HELP = (
    "Blank: not asked. For uninspected vessels (46 CFR 26.03-1), such as: The crew has shown me where the life "
    "jackets are and what to do in an emergency."
)
SEASON_HELP = "The season's last day, as month and day: 10-31. For a season only."


class WaiverText(DynamoModel):
    """A version of a document in one language."""

    ulid = models.CharField(primary_key=True, editable=False, default=None)
    created_at = models.DateTimeField("begun", editable=False, default=timezone.now)
    document = models.CharField(max_length=40, default=shipped_texts.DOCUMENT, help_text=DOCUMENT_HELP)
    language = models.CharField(choices=list(LANGUAGES.items()), default=DEFAULT)
    status = models.CharField(choices=TextStatus.choices, default=TextStatus.DRAFT, editable=False)
    title = models.CharField(max_length=200)
    body = models.TextField(max_length=LONGEST_BODY, help_text=BODY_HELP)
    consent = models.TextField(
        "consent to sign electronically", max_length=LONGEST_STATEMENT, help_text="Ticked by the signer."
    )
    adult = models.TextField("of age", max_length=LONGEST_STATEMENT, help_text="Ticked by who signs for themselves.")
    authority = models.TextField(
        "right to sign for a child", max_length=LONGEST_STATEMENT, blank=True, default="", help_text=AUTHORITY_HELP
    )
    assent = models.TextField("agreement", max_length=LONGEST_STATEMENT, help_text="Ticked by the signer.")
    orientation = models.TextField(
        "safety orientation", max_length=LONGEST_STATEMENT, blank=True, default="", help_text=ORIENTATION_HELP
    )
    button = models.CharField(
        max_length=LONGEST_BUTTON, default="I agree and sign", help_text="Says what pressing it does."
    )
    validity = models.CharField("a signature counts for", choices=Validity.choices, default=Validity.EVENT)
    season_ends = models.CharField("season ends", max_length=5, blank=True, default="", help_text=SEASON_HELP)
    number = models.IntegerField("version", editable=False, default=0)
    consent_version = models.IntegerField(editable=False, default=0)
    sha256 = models.CharField("SHA-256", editable=False, default="")
    published_at = models.DateTimeField("published", editable=False, null=True, default=None)
    published_by = models.CharField(editable=False, default="")

    row_class: ClassVar[type[rows.WaiverText]] = rows.WaiverText

    class Meta(DynamoModel.Meta):
        app_label = "waivers"
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.title}, {self.text_version or 'draft'}"

    @property
    def text_version(self) -> str:
        return f"{self.document}-{self.language}-{self.number}" if self.number else ""

    @property
    def is_draft(self) -> bool:
        return self.status == TextStatus.DRAFT

    @property
    def text_row(self) -> rows.WaiverText:
        return cast(rows.WaiverText, self.stored_row)

    def clean(self) -> None:
        self._tidy("title", clean_name)
        self._tidy("button", clean_name, LONGEST_BUTTON)
        self._tidy("body", clean_note, LONGEST_BODY)
        for name in ("consent", "adult", "authority", "assent", "orientation"):
            self._tidy(name, clean_note, LONGEST_STATEMENT)
        try:
            wording.check_depth(wording.compose(cast(rows.WaiverText, self.row), number=1, consent_version=1))
        except wording.BadText as exc:
            raise ValidationError({exc.field: str(exc)}) from exc

    def _tidy(self, name: str, clean: Any, limit: int = 200) -> None:
        try:
            setattr(self, name, clean(getattr(self, name), limit=limit))
        except BadText as exc:
            raise ValidationError({name: str(exc)}) from exc

    def stamp_derived(self) -> None:
        if not self.ulid:
            self.ulid = str(ULID())

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._refuse_published()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._refuse_published()
        return super().delete(*args, **kwargs)

    def _refuse_published(self) -> None:
        if not self.is_draft:
            raise NotADraft(f"{self} is published and stays as it is. Make a new draft.")
