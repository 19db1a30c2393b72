"""Django models over rows: what forms, the admin and permissions need to know of a kind of item.

    class Vessel(DynamoModel):
        slug = models.SlugField(primary_key=True)
        name = models.CharField()

        row_class = rows.Vessel

        class Meta(DynamoModel.Meta):
            ordering = ["folded_name"]

Fields are declared by hand and matched to the row's attributes by name (a foreign key by `<name>_id`); a system check
holds the two together. Attributes without a field stay as they are stored. Saving adds with a put, and changes with an
update that sets only what differs from the row that was loaded, on condition that its version is the one loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from django.db import models
from django.db.models.signals import post_delete, pre_delete

from scc.dynamo import units
from scc.dynamo.errors import StoreError
from scc.dynamo.forms import StoredChoiceField
from scc.dynamo.indexes import KEY_NAMES
from scc.dynamo.query import DynamoManager
from scc.dynamo.rows import Row

if TYPE_CHECKING:
    from django import forms


class IdField(models.CharField[str, str]):
    """The primary key of a model whose row's ID has several parts: `2026-05-23.01JV...`. Set when it is saved."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"primary_key": True, "editable": False, "default": None, **options})


class DynamoForeignKey(models.ForeignKey[Any, Any]):
    """A reference to another row by its id. That the row is there is checked in the transaction that saves it."""

    def __init__(self, to: Any, on_delete: Any = models.DO_NOTHING, **options: Any) -> None:
        super().__init__(to, on_delete, **{"db_constraint": False, **options})

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        # Not ForeignKey's, which would read the row once more.
        models.Field.validate(self, value, model_instance)

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": StoredChoiceField, **kwargs})


class DynamoModel(models.Model):
    """Base of the models over rows."""

    row_class: ClassVar[type[Row]]

    objects = DynamoManager()

    class Meta:
        abstract = True
        managed = False
        base_manager_name = "objects"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # The row as the table held it when this object was loaded or saved.
        self._stored: Row | None = None
        # What the last save changed: attribute to (before, after).
        self.last_changes: dict[str, tuple[Any, Any]] = {}
        super().__init__(*args, **kwargs)

    @classmethod
    def row_fields(cls) -> list[models.Field[Any, Any]]:
        """Return the fields that are attributes of the row; a primary key made of several is not."""
        attributes = cls.row_class.get_attributes()
        return [field for field in cls._meta.concrete_fields if field.attname in attributes]

    @classmethod
    def from_row(cls, row: Row) -> Self:
        """Return the object for a row that was read."""
        pk = cls._meta.pk.attname
        names = [field.attname for field in cls._meta.concrete_fields]
        values = [row.id if name == pk else getattr(row, name) for name in names]
        obj = cls.from_db("default", names, values)
        obj._stored = row
        return obj

    @property
    def row(self) -> Row:
        """The row with this object's values, keys stamped; attributes without a field as they are stored."""
        self.stamp_derived()
        stored = dict(self._stored.attribute_values) if self._stored is not None else {}
        row = self.row_class()
        row.attribute_values.update(stored)
        for field in self.row_fields():
            setattr(row, field.attname, field.get_prep_value(getattr(self, field.attname)))
        return row.stamp()

    @property
    def stored_row(self) -> Row:
        """The row as it was loaded or saved last. Raises ValueError when this object is new."""
        if self._stored is None:
            raise ValueError(f"{self._meta.label} is not stored")
        return self._stored

    @property
    def stored_version(self) -> int | None:
        """The version that was loaded, None when the object is new."""
        return self._stored.version if self._stored is not None else None

    def stamp_derived(self) -> None:
        """Set the attributes that follow from others, such as a folded name; called before each save."""

    def changes(self) -> dict[str, Any]:
        """Return the row's attributes that differ from what is stored, keys included."""
        row = self.row
        names = [field.attname for field in self.row_fields()] + list(KEY_NAMES)
        if self._stored is None:
            return {name: getattr(row, name) for name in names}
        return {name: getattr(row, name) for name in names if getattr(row, name) != getattr(self._stored, name)}

    def validate_unique(self, exclude: Iterable[str] | None = None) -> None:
        """Check nothing: the put's own condition finds a second of the same keys, without a read."""

    def _save_table(
        self,
        raw: bool = False,
        cls: type[models.Model] | None = None,
        force_insert: bool | Sequence[type[models.Model]] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> bool:
        """Write the row through the unit of work. `update_fields` is not needed: only what differs is written."""
        row = self.row
        changes = self.changes()
        with units.joined() as unit:
            self._check_references(unit, changes)
            if self._stored is None:
                unit.put(row)
            elif changes:
                moved = changes.keys() & {"pk", "sk"}
                if moved:
                    raise StoreError(f"{self._meta.label} {self.pk}: keys of a stored row cannot change")
                row.version = self._stored.version + 1
                loaded = self._stored.version
                unit.update(self._stored, set=changes | {"version": row.version}, expect=Row.version == loaded)
        added = self._stored is None
        self.last_changes = {
            name: (getattr(self._stored, name), value)
            for name, value in changes.items()
            if self._stored is not None and name not in KEY_NAMES
        }
        self._stored = row
        setattr(self, self._meta.pk.attname, row.id)
        return not added

    def _check_references(self, unit: units.Unit, changes: Mapping[str, Any]) -> None:
        for field in self._meta.concrete_fields:
            if isinstance(field, DynamoForeignKey) and changes.get(field.attname):
                target = cast("type[DynamoModel]", field.remote_field.model)
                unit.check(target.row_class.at(changes[field.attname]))

    def delete(self, using: Any = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """Remove the row, on condition that it is as it was loaded. What refers to it is the caller's to protect."""
        stored = self.stored_row
        pre_delete.send(sender=type(self), instance=self, using="default", origin=self)
        with units.joined() as unit:
            unit.delete(stored, expect=Row.version == stored.version)
        post_delete.send(sender=type(self), instance=self, using="default", origin=self)
        return 1, {self._meta.label: 1}
