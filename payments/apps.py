from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "payments"

    def ready(self) -> None:
        from scc.imports import kinds

        kinds.register("payments", "payments.importing.kind.Payments")
