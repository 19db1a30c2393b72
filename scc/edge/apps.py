from django.apps import AppConfig


class EdgeConfig(AppConfig):
    name = "scc.edge"
    label = "edge"
    verbose_name = "CloudFront, S3 and Lambda"

    def ready(self) -> None:
        from scc.edge import checks  # noqa: F401  # registers them
