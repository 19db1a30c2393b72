"""The admin, under `/admin/`: whoever imports this has every model of ours registered."""

from __future__ import annotations

from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from scc.dynamo.models import DynamoModel
from scc.staff.site import site


def _register_all() -> None:
    # Only the apps whose models are ours: auth's own would register what has no table.
    for config in apps.get_app_configs():
        ours = any(issubclass(model, DynamoModel) for model in config.get_models())
        if ours and config.module is not None and module_has_submodule(config.module, "admin"):
            import_module(f"{config.name}.admin")


_register_all()
urlpatterns, app_name, _ = site.urls

__all__ = ["app_name", "site", "urlpatterns"]
