"""Django's classes that take type parameters for mypy, made to take them when the code runs, too.

`django_stubs_ext` does so for thirty more, and for their sake imports feeds, sitemaps and sessions in SQL.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin.options import BaseModelAdmin
from django.core.paginator import Paginator
from django.db.models import Field
from django.forms import ModelChoiceField
from django.forms.formsets import BaseFormSet
from django.forms.models import BaseModelForm

_CLASSES = (BaseFormSet, BaseModelAdmin, BaseModelForm, Field, ModelChoiceField, Paginator)


def allow() -> None:
    """Let `class UserAdmin(ModelAdmin[User])` mean `class UserAdmin(ModelAdmin)`."""
    for generic in _CLASSES:
        generic.__class_getitem__ = classmethod(_itself)  # type: ignore[union-attr]


def _itself(cls: type, parameters: Any) -> type:
    return cls
