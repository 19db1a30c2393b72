from django.apps import AppConfig, apps


class DynamoConfig(AppConfig):
    name = "scc.dynamo"
    label = "dynamo"
    verbose_name = "Django on DynamoDB"

    def ready(self) -> None:
        from scc.dynamo import checks  # noqa: F401, PLC0415  # registers them
        from scc.dynamo.contenttypes import prime  # noqa: PLC0415  # a model, importable only now

        prime(apps.get_models())
