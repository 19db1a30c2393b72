from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "scc.mail"
    label = "mail"
    verbose_name = "Mail"
