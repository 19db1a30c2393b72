from django.apps import AppConfig


class SccConfig(AppConfig):
    name = "scc"
    label = "scc"
    verbose_name = "Ship Captain Crew"
