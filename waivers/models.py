"""Waivers and their texts, as the admin knows them.

Waivers are written by `waivers.signing` alone, and a published text by nobody any more.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from ulid import ULID

from scc.dynamo.models import DynamoModel, IdField
from scc.text import BadText, clean_name, clean_note
from waivers import rows, texts
from waivers.rows import Method, Role, TextStatus

# With the statements and their headings well under an item's 400 KB, in any script.
LONGEST_BODY = 60_000
LONGEST_STATEMENT = 4_000


class Waiver(DynamoModel):
    """A signed waiver."""

    id = IdField()
    event_id = models.CharField("departure", editable=False)
    ulid = models.CharField(editable=False)
    month = models.CharField(editable=False)
    year = models.CharField(editable=False)
    name = models.CharField(editable=False)
    folded_name = models.CharField(editable=False)
    role = models.CharField(choices=Role.choices, editable=False)
    method = models.CharField("signature", choices=Method.choices, editable=False)
    signed_at = models.DateTimeField("signed", editable=False)
    reference = models.CharField(editable=False)
    text_version = models.CharField("text", editable=False)
    valid_from = models.DateField(editable=False)
    valid_until = models.DateField(editable=False)

    row_class: ClassVar[type[rows.Waiver]] = rows.Waiver

    class Meta(DynamoModel.Meta):
        ordering = ("-signed_at",)

    def __str__(self) -> str:
        return f"{self.name}, {Role(self.role).label.lower()}, {self.reference}"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a waiver is written by waivers.signing")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a waiver is kept")


class WaiverText(DynamoModel):
    """A version of the waiver's text."""

    ulid = models.CharField(primary_key=True, editable=False, default=None)
    created_at = models.DateTimeField("begun", editable=False, default=timezone.now)
    language = models.CharField(choices=[("en", "English")], default=texts.LANGUAGE)
    status = models.CharField(choices=TextStatus.choices, default=TextStatus.DRAFT, editable=False)
    title = models.CharField(max_length=200)
    body = models.TextField(
        max_length=LONGEST_BODY,
        help_text=(
            "Headings with a key, such as # The risks {risks}, and paragraphs, with blank lines between. "
            "[operator] becomes the operator's name."
        ),
    )
    consent = models.TextField(
        "consent to sign electronically", max_length=LONGEST_STATEMENT, help_text="Ticked by the signer."
    )
    adult = models.TextField("of age", max_length=LONGEST_STATEMENT, help_text="Ticked by the signer.")
    assent = models.TextField("agreement", max_length=LONGEST_STATEMENT, help_text="Ticked by the signer.")
    number = models.IntegerField("version", editable=False, default=0)
    consent_version = models.IntegerField(editable=False, default=0)
    sha256 = models.CharField("SHA-256", editable=False, default="")
    published_at = models.DateTimeField("published", editable=False, null=True, default=None)
    published_by = models.CharField(editable=False, default="")

    row_class: ClassVar[type[rows.WaiverText]] = rows.WaiverText

    class Meta(DynamoModel.Meta):
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"{self.title}, {self.language}-{self.number}" if self.number else f"{self.title}, draft"

    @property
    def is_draft(self) -> bool:
        return self.status == TextStatus.DRAFT

    @property
    def text_row(self) -> rows.WaiverText:
        return cast(rows.WaiverText, self.stored_row)

    def clean(self) -> None:
        self._tidy("title", clean_name)
        for name, limit in (
            ("body", LONGEST_BODY),
            *((each, LONGEST_STATEMENT) for each in ("consent", "adult", "assent")),
        ):
            self._tidy(name, clean_note, limit)
        try:
            texts.compose(cast(rows.WaiverText, self.row), number=1, consent_version=1)
        except texts.BadText as exc:
            raise ValidationError({"body": str(exc)}) from exc

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
            raise texts.NotADraft(f"{self} is published and stays as it is. Make a new draft.")
