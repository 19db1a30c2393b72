"""Form fields and forms for models over rows."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from scc.dynamo.errors import Conflict


class StoredChoiceField(forms.ModelChoiceField[Any]):
    """A choice of a stored row. Keeping the present choice reads nothing: the save checks that it is still there.

    The present choice may be an object with a primary key and nothing else.
    """

    # What the object refers to now, by its id.
    present: Any = None

    def to_python(self, value: Any) -> Any:
        if self.present is not None and str(value) == str(self.present.pk):
            return self.present
        return super().to_python(value)


class StoredModelForm(forms.ModelForm[Any]):
    """A form that notices when somebody else changed the object after it was opened.

    A hidden field carries the version that the editor saw. When it is not the stored one, the form says who changed
    what, shows the stored values beside the fields, and takes the new version: saving again is a deliberate overwrite.
    """

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    # What the last try to save ran into; see `DynamoAdmin.changeform_view`.
    conflict: Conflict | None = None
    refusal: Exception | None = None
    # Says who changed an object last; given by the admin.
    last_change: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.instance.stored_version
        for name, field in self.fields.items():
            if isinstance(field, StoredChoiceField):
                field.present = _present(self.instance, name)

    def has_changed(self) -> bool:
        """Say whether anything but the version differs from what was shown."""
        return bool(set(self.changed_data) - {"seen"})

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.refusal is not None:
            raise ValidationError(str(self.refusal), code="refused")
        stored = self.instance.stored_version
        if stored is not None and self.cleaned_data.get("seen") != stored and self.has_changed():
            self._tell_of_change(stored)
        elif self.conflict is not None:
            self._tell_of_conflict(self.conflict)
        return cleaned

    def _tell_of_change(self, stored: int) -> None:
        who = self.last_change(self.instance) if self.last_change else ""
        self.add_error(
            None,
            ValidationError(
                _(
                    "%(who)s changed this after you opened it. What is stored now stands beside the fields that "
                    "differ. Save again to keep yours."
                ),
                code="changed",
                params={"who": who or _("Someone")},
            ),
        )
        for name in self.changed_data:
            if name in self.fields and name != "seen":
                self.add_error(name, ValidationError(_("Now: %(value)s"), params={"value": self._stored_text(name)}))
        # The same data, so that a second save is meant.
        data = cast(QueryDict, self.data).copy()
        data[self.add_prefix("seen")] = str(stored)
        self.data = data

    def _stored_text(self, name: str) -> str:
        value = self.get_initial_for_field(self.fields[name], name)
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
            return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]  # flat choices only
        shown = field.prepare_value(value)
        return str(field.widget.format_value(shown) or "—") if hasattr(field.widget, "format_value") else str(shown)

    def _tell_of_conflict(self, conflict: Conflict) -> None:
        if self.instance.stored_version is None and any(failure.stored is not None for failure in conflict.failures):
            self.add_error(None, ValidationError(_("There is one like this already."), code="exists"))
        else:
            self.add_error(
                None,
                ValidationError(
                    _("What this refers to changed at the same moment. Look again, and save once more."),
                    code="conflict",
                ),
            )


def _present(instance: models.Model, name: str) -> Any:
    field = instance._meta.get_field(name)
    if not isinstance(field, models.ForeignKey):
        return None
    value = getattr(instance, field.attname)
    if not value:
        return None
    return getattr(instance, name) if field.is_cached(instance) else field.remote_field.model(pk=value)
