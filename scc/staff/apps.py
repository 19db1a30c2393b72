from importlib import import_module

from django.apps import AppConfig, apps
from django.utils.module_loading import module_has_submodule


class StaffConfig(AppConfig):
    name = "scc.staff"
    label = "staff"
    verbose_name = "Staff"

    def ready(self) -> None:
        from scc.dynamo.models import DynamoModel  # a model, importable only now
        from scc.staff import checks  # noqa: F401  # registers them

        # Only the apps whose models are ours: auth's own would register what has no table.
        for config in apps.get_app_configs():
            ours = any(issubclass(model, DynamoModel) for model in config.get_models())
            if ours and config.module is not None and module_has_submodule(config.module, "admin"):
                import_module(f"{config.name}.admin")
