"""Content types without their table.

Every change form of the admin asks for the content type of its model. The manager keeps those that it has read in
memory; filled at start, it never asks the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

from django.contrib.contenttypes.models import ContentType
from django.db import models


def prime(all_models: Iterable[type[models.Model]]) -> None:
    """Put a content type of each model into the manager's memory. Its id is a checksum of the model's name."""
    for model in all_models:
        opts = model._meta
        content_type = ContentType(
            id=crc32(opts.label_lower.encode()), app_label=opts.app_label, model=str(opts.model_name)
        )
        ContentType.objects._add_to_cache("default", content_type)  # type: ignore[attr-defined]  # private, since 1.0
