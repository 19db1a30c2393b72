from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "scc.imports"
    label = "imports"
    verbose_name = "Imports"
