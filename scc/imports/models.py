"""Runs of imports, as the admin shows them. They are written by `runs`, `jobs` and `decisions` alone."""

from __future__ import annotations

from typing import ClassVar, cast

from django.db import models

from scc.dynamo.models import DynamoModel
from scc.imports import rows
from scc.imports.rows import State


class ImportRun(DynamoModel):
    """A file that is carried over, or was."""

    ulid = models.CharField(primary_key=True, editable=False, default=None)
    year = models.CharField()
    what = models.CharField()
    source = models.CharField("file")
    state = models.CharField(choices=State.choices)
    began_at = models.DateTimeField("begun")
    recorded_by_name = models.CharField("by")

    row_class: ClassVar[type[rows.ImportRun]] = rows.ImportRun

    class Meta(DynamoModel.Meta):
        app_label = "imports"
        ordering = ("-began_at",)
        verbose_name = "import"

    def __str__(self) -> str:
        return str(self.stored_row)

    @property
    def run(self) -> rows.ImportRun:
        return cast(rows.ImportRun, self.stored_row)
