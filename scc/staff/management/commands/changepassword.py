"""Give a user a new password."""

from __future__ import annotations

import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from scc.dynamo.errors import StoreError
from scc.staff import accounts
from scc.staff.actors import SYSTEM
from scc.staff.models import User

TRIES = 3


class Command(BaseCommand):
    help = "Gives a user a new password. Their sessions and tokens end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="?", help="Whose; your own name on this machine when left out.")

    def handle(self, *args: Any, **options: Any) -> None:
        username = options["username"] or getpass.getuser()
        if not sys.stdin.isatty():
            raise CommandError("This is no terminal, so no password can be asked for.")
        try:
            user = User.objects.get_by_natural_key(username)
            self.stdout.write(f"Changing the password of {user}.")
            accounts.set_password(user=user, password=self._ask_password(user), by=SYSTEM)
        except User.DoesNotExist:
            raise CommandError(f"There is no user {username!r}.") from None
        except KeyboardInterrupt:
            raise CommandError("Cancelled; the password is as it was.") from None
        except StoreError as exc:
            raise CommandError(f"The password may be as it was: {exc}. Run it again.") from exc
        self.stdout.write(self.style.SUCCESS(f"{user} has a new password."))

    def _ask_password(self, user: User) -> str:
        for _ in range(TRIES):
            password = getpass.getpass("Password: ")
            if password != getpass.getpass("Password (again): "):
                self.stderr.write("The two passwords differ.")
                continue
            try:
                validate_password(password, user)
            except ValidationError as exc:
                self.stderr.write(" ".join(exc.messages))
                continue
            return password
        raise CommandError(f"No password after {TRIES} tries; it is as it was.")
