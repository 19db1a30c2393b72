"""The peer: Django's stock admin over SQLite in memory, with the same columns. Prints its cost as JSON."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import django
from django.conf import settings

from bench.timing import PAGE, cost

settings.configure(
    SECRET_KEY="for this measurement only",  # noqa: S106  # it protects nothing
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    STATIC_URL="/static/",
    USE_TZ=True,
    TIME_ZONE="America/Los_Angeles",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()

from django.contrib import admin  # noqa: E402  # the settings come first
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import path  # noqa: E402

METHODS = [(name, name.title()) for name in ("cash", "card", "check", "venmo", "zelle", "other")]


class Payment(models.Model):
    """As many columns in the list as ours has, of the same sorts."""

    reference = models.CharField(max_length=10)
    patron_name = models.CharField(max_length=200)
    entry_kind = models.CharField(max_length=20, choices=[("payment", "Payment"), ("void", "Void")])
    amount_cents = models.IntegerField()
    tip_cents = models.IntegerField()
    method = models.CharField(max_length=20, choices=METHODS)
    departure = models.CharField(max_length=60)
    recorded_at = models.DateTimeField()

    class Meta:
        app_label = "admin"
        ordering = ("-recorded_at",)

    def __str__(self) -> str:
        return self.reference


class PaymentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django alone takes none at run time
    list_display = ("reference", "patron_name", "entry_kind", "amount", "tip", "method", "departure", "recorded_at")
    list_filter = ("method", "entry_kind")
    search_fields = ("patron_name",)
    list_per_page = PAGE
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER

    def amount(self, obj: Payment) -> str:
        return f"${obj.amount_cents / 100:,.2f}"

    def tip(self, obj: Payment) -> str:
        return f"${obj.tip_cents / 100:,.2f}"

    def has_change_permission(self, *args: Any) -> bool:
        return False

    def has_delete_permission(self, *args: Any) -> bool:
        return False


admin.site.register(Payment, PaymentAdmin)
urlpatterns = [path("admin/", admin.site.urls)]


def main() -> None:
    """Store a page of payments, list them again and again, and print what that costs."""
    setup_test_environment()
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Payment)
    now = datetime.now(UTC)
    Payment._default_manager.bulk_create(
        Payment(
            reference=f"K{number:05}",
            patron_name="Ana López",
            entry_kind="payment",
            amount_cents=12_500 + number,
            tip_cents=number % 3 * 1000,
            method=METHODS[number % len(METHODS)][0],
            departure=f"2026-05-23-{number % 50}",
            recorded_at=now - timedelta(seconds=number),
        )
        for number in range(PAGE)
    )
    client = Client()
    client.force_login(User.objects.create_superuser("alice"))  # type: ignore[arg-type]  # not our user here

    def visit() -> None:
        answer = client.get("/admin/admin/payment/")
        if answer.status_code != 200:
            raise RuntimeError(f"the stock list answered {answer.status_code}")

    json.dump(cost("Django's stock admin over SQLite", visit), sys.stdout)


if __name__ == "__main__":
    main()
