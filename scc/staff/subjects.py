"""Where the admin shows what the audit trail and letters speak of, by its name there: `PAYMENT#2026-05-23.01JV...`."""

from __future__ import annotations

from typing import cast

from django.apps import apps
from django.contrib.admin.utils import quote
from django.db.models import ForeignKey
from django.urls import NoReverseMatch, reverse

from scc.dynamo.keys import Template
from scc.dynamo.models import DynamoModel
from scc.staff.rows import kind_of


def model_of(subject: str) -> type[DynamoModel] | None:
    """Return the model of the kind that `subject` begins with, or None."""
    kind = subject.partition("#")[0]
    stored = (model for model in apps.get_models() if issubclass(model, DynamoModel))
    return next((model for model in stored if kind_of(model.row_class) == kind), None)


def word_for(subject: str) -> str:
    """Return what people call such a thing: "payment"; "" for what has no model."""
    model = model_of(subject)
    return str(model._meta.verbose_name) if model else ""


def page_of(subject: str) -> str:
    """Return the address of the subject's page in the admin, or "" where it has none. Asks the table nothing."""
    model = model_of(subject)
    return _page(model, subject.partition("#")[2]) if model else ""


def nearest_page(subject: str) -> str:
    """Return the address of the subject's page, or of what it is part of: a party's is its departure's. "" for none."""
    model, id = model_of(subject), subject.partition("#")[2]
    if model is None:
        return ""
    return _page(model, id) or _page_of_whole(model, id)


def _page_of_whole(model: type[DynamoModel], id: str) -> str:
    parts = Template(model.row_class.ID).parse(id) or {}
    for field in model._meta.concrete_fields:
        if isinstance(field, ForeignKey) and field.attname in parts:
            return _page(cast("type[DynamoModel]", field.related_model), parts[field.attname])
    return ""


def _page(model: type[DynamoModel], id: str) -> str:
    try:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[quote(id)])
    except NoReverseMatch:
        return ""
