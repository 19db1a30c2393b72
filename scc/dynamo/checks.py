"""System checks: models and rows belong together, and rows say what they must."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core import checks

from scc.dynamo.indexes import KEY_NAMES
from scc.dynamo.keys import Template
from scc.dynamo.models import DynamoModel
from scc.dynamo.rows import Row


def kinds(base: type[Row] = Row) -> Iterator[type[Row]]:
    """Give every kind of row that is imported."""
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


@checks.register(checks.Tags.models)
def check_models(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Each field of a model over rows is an attribute of its row, but for a primary key made of several."""
    found: list[checks.CheckMessage] = []
    for model in apps.get_models():
        if not issubclass(model, DynamoModel):
            continue
        attributes = model.row_class.get_attributes()
        found += [
            checks.Error(
                f"{model.row_class.__name__} has no attribute {field.attname!r}.",
                hint="Declare it in rows.py, or take the field out.",
                obj=field,
                id="dynamo.E001",
            )
            for field in model._meta.concrete_fields
            if field.attname not in attributes and not field.primary_key
        ]
        if _plain_id(model.row_class) not in {None, model._meta.pk.attname}:
            found.append(
                checks.Error(
                    f"The primary key is not {_plain_id(model.row_class)!r}, which is the row's ID.",
                    obj=model,
                    id="dynamo.E002",
                )
            )
    return found


@checks.register(checks.Tags.models)
def check_rows(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Each kind of row gives ID, KEYS and PERSONAL, over attributes that it has."""
    found: list[checks.CheckMessage] = []
    for kind in kinds():
        missing = [name for name in ("ID", "KEYS", "PERSONAL") if not hasattr(kind, name)]
        if missing:
            found.append(
                checks.Error(f"{kind.__name__} does not give {', '.join(missing)}.", obj=kind, id="dynamo.E003")
            )
            continue
        named = {field for text in (kind.ID, *kind.KEYS.values()) for field in Template(text).fields} | kind.PERSONAL
        unknown = sorted(name for name in named if not hasattr(kind, name))
        if unknown:
            found.append(
                checks.Error(
                    f"{kind.__name__} has no {', '.join(unknown)}, named in its keys.", obj=kind, id="dynamo.E004"
                )
            )
        strange = {name for upgrade in kind.UPGRADES for name in upgrade.reads} - kind.get_attributes().keys()
        if strange:
            found.append(
                checks.Error(
                    f"{kind.__name__} has no {', '.join(sorted(strange))}, which an upgrade of it reads.",
                    hint="An attribute that is no longer written stays declared, as older items have it.",
                    obj=kind,
                    id="dynamo.E006",
                )
            )
        if set(kind.KEYS) - set(KEY_NAMES):
            found.append(
                checks.Error(f"{kind.__name__}.KEYS names keys that the table lacks.", obj=kind, id="dynamo.E005")
            )
    return found


def _plain_id(row_class: type[Row]) -> str | None:
    """Return the attribute that is the whole ID, None when it has several parts."""
    template = Template(row_class.ID)
    return template.fields[0] if template.literals == ["", ""] else None
