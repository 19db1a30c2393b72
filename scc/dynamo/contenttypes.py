"""Content types without their table.

Every change form of the admin asks for the content type of its model. The manager keeps those that it has read in
memory; filled at start, it never asks the database.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db import models


def prime(all_models: Iterable[type[models.Model]]) -> None:
    """Put a content type of each model into the manager's memory. Their ids are of this process alone."""
    for number, model in enumerate(all_models, start=1):
        opts = model._meta
        content_type = ContentType(id=number, app_label=opts.app_label, model=str(opts.model_name))
        ContentType.objects._add_to_cache("default", content_type)  # type: ignore[attr-defined]  # private, since 1.0
