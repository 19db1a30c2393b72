from django.apps import AppConfig, apps


class DynamoConfig(AppConfig):
    name = "scc.dynamo"
    label = "dynamo"
    verbose_name = "Django on DynamoDB"

    def ready(self) -> None:
        from scc.dynamo import checks  # noqa: F401  # registers them
        from scc.dynamo.contenttypes import prime  # a model, importable only now

        prime(apps.get_models())
