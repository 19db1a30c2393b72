from django.apps import AppConfig


class CardsConfig(AppConfig):
    name = "payments.cards"
    label = "cards"
    verbose_name = "Cards"

    def ready(self) -> None:
        from payments.cards import checks  # noqa: F401  # registers them
