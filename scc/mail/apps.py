from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "scc.mail"
    label = "mail"
    verbose_name = "Mail"

    def ready(self) -> None:
        from scc.mail import checks  # noqa: F401  # registers them
