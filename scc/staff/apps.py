from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig
from django.core import checks


class StaffConfig(AppConfig):
    name = "scc.staff"
    label = "staff"
    verbose_name = "Staff"
    # Of the two that are here.
    default = True

    def ready(self) -> None:
        from scc.staff import checks  # noqa: F401  # registers them


class AdminConfig(SimpleAdminConfig):
    """The admin, whose classes are imported with its addresses, and for its checks."""

    def ready(self) -> None:
        from django.contrib.admin.checks import check_dependencies

        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_admin, checks.Tags.admin)


def check_admin(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Django's own checks of every class in the admin, which has to be there first."""
    from django.contrib.admin.checks import check_admin_app

    import_module("scc.staff.urls")
    return list(check_admin_app(app_configs, **kwargs))
