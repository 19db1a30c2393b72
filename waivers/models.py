"""Waivers and their texts, as the admin knows them.

Waivers are written by `waivers.signing` alone, and a published text by nobody any more.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models

from scc.dynamo.models import DynamoModel, IdField
from waivers import rows
from waivers.rows import Method, Role
from waivers.text_models import WaiverText as WaiverText  # Django looks for models here.


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
    restricted = models.BooleanField(editable=False)

    row_class: ClassVar[type[rows.Waiver]] = rows.Waiver

    class Meta(DynamoModel.Meta):
        ordering = ("-signed_at",)

    def __str__(self) -> str:
        # Also in titles and messages, which ask nobody who reads them.
        name = "Restricted" if self.restricted else self.name
        return f"{name}, {Role(self.role).label.lower()}, {self.reference}"

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a waiver is written by waivers.signing")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("a waiver is kept")
