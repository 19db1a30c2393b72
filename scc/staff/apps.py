from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "scc.staff"
    label = "staff"
    verbose_name = "Staff"
