"""Add an owner: by answers to prompts, or with --noinput from options and Django's own variables."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from scc.dynamo.errors import Conflict, StoreError
from scc.staff import accounts
from scc.staff.actors import SYSTEM
from scc.staff.models import User


class Command(BaseCommand):
    help = "Adds an owner: someone who may do everything. The bootstrap owner is dead from then on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", help="The name to log in with; DJANGO_SUPERUSER_USERNAME.")
        parser.add_argument("--name", help="What this person is called; DJANGO_SUPERUSER_NAME.")
        parser.add_argument("--email", help="An address, or nothing; DJANGO_SUPERUSER_EMAIL.")
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="Ask nothing. The password is DJANGO_SUPERUSER_PASSWORD.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            values = self._asked(options) if options["interactive"] else self._given(options)
            user = accounts.add_owner(**values, by=SYSTEM)
        except KeyboardInterrupt:
            raise CommandError("Cancelled; nobody was added.") from None
        except ValidationError as exc:
            raise CommandError(_sentence(exc)) from exc
        except Conflict as exc:
            raise CommandError("There is a user of that name already, or somebody added one just now.") from exc
        except StoreError as exc:
            raise CommandError(f"Nobody was added for certain: {exc}. Run it again.") from exc
        self.stdout.write(self.style.SUCCESS(f"{user} is an owner and can log in."))

    def _given(self, options: dict[str, Any]) -> dict[str, str]:
        values = {name: _option(options, name) for name in ("username", "name", "email")}
        if not values["username"]:
            raise CommandError("Give --username, or set DJANGO_SUPERUSER_USERNAME.")
        password = os.environ.get("DJANGO_SUPERUSER_PASSWORD", "")
        if not password:
            raise CommandError("Set DJANGO_SUPERUSER_PASSWORD: without a password nobody can log in.")
        return {**values, "name": values["name"] or values["username"], "password": password}

    def _asked(self, options: dict[str, Any]) -> dict[str, str]:
        if not sys.stdin.isatty():
            raise CommandError("This is no terminal. Use --noinput, with DJANGO_SUPERUSER_USERNAME and _PASSWORD.")
        username = _option(options, "username") or self._ask("Username", getpass.getuser())
        name = _option(options, "name") or self._ask("Name", username)
        email = _option(options, "email") or self._ask("E-mail (may be empty)")
        user = User(username=username, name=name, email=email)
        user.clean_fields(exclude=["password"])
        user.clean()
        return {"username": username, "name": name, "email": email, "password": self._ask_password(user)}

    def _ask(self, prompt: str, default: str = "") -> str:
        offered = f" [{default}]" if default else ""
        return input(f"{prompt}{offered}: ").strip() or default

    def _ask_password(self, user: User) -> str:
        while True:
            password = getpass.getpass("Password: ")
            if password != getpass.getpass("Password (again): "):
                self.stderr.write("The two passwords differ.")
                continue
            try:
                validate_password(password, user)
            except ValidationError as exc:
                self.stderr.write(_sentence(exc))
                continue
            return password


def _option(options: dict[str, Any], name: str) -> str:
    return str(options[name] or os.environ.get(f"DJANGO_SUPERUSER_{name.upper()}", "")).strip()


def _sentence(error: ValidationError) -> str:
    if not hasattr(error, "error_dict"):
        return " ".join(error.messages)
    return " ".join(f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items())
