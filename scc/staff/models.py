"""The staff's users, and the audit trail as the admin lists it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, cast

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.utils import timezone

from scc.dynamo.errors import Conflict
from scc.dynamo.folding import fold
from scc.dynamo.models import DynamoModel, IdField
from scc.dynamo.query import DynamoQuerySet
from scc.dynamo.units import joined
from scc.staff import owners, roles, rows, subjects
from scc.staff.actors import GUEST, SYSTEM
from scc.staff.rows import Role
from scc.text import BadText, clean_name

# 150 characters, as in Django's own user; with "USER#" far below the 2048 bytes of a key.
_USERNAME = re.compile(r"\A[\w.@+-]{1,150}\Z")
_USERNAME_HELP = "Letters, digits and @ . + - _ only."
# Names by which the audit trail means somebody else.
_RESERVED = {SYSTEM.username, GUEST.username}


def is_username(text: str) -> bool:
    """Say whether `text`, normalised, can be a username at all."""
    return _USERNAME.match(text) is not None


class UserManager(BaseUserManager["User"], models.Manager.from_queryset(DynamoQuerySet)):  # type: ignore[misc]  # a base made at run time
    """Users by their username, as Django's authentication asks for them."""

    def get_by_natural_key(self, username: str | None) -> User:
        user: User = self.get(pk=User.normalize_username(username or ""))
        return user

    def create_superuser(self, username: str, password: str, *, name: str = "", email: str = "") -> User:
        """Add an owner. Raises ValidationError for bad values, Conflict when the username is taken."""
        return self.create_user(username, password, name=name, email=email, role=Role.OWNER)

    def create_user(
        self, username: str, password: str, *, name: str = "", email: str = "", role: str = Role.CREW
    ) -> User:
        """Add a user. Raises ValidationError for bad values, Conflict when the username is taken."""
        user = User(username=username, name=name or username, email=email, role=role)
        user.set_password(password)
        user.full_clean()
        user.save()
        return user


class User(AbstractBaseUser, DynamoModel):
    """Someone who may log in. Usernames are kept casefolded: `Alice` and `alice` are the same."""

    username = models.CharField(
        primary_key=True,
        max_length=150,
        validators=[RegexValidator(_USERNAME, _USERNAME_HELP)],
        help_text=f"{_USERNAME_HELP} Upper and lower case are the same.",
    )
    name = models.CharField(max_length=150)
    folded_name = models.CharField(editable=False, default="")
    email = models.EmailField("e-mail", blank=True, default="")
    role = models.CharField(choices=Role.choices, default=Role.CREW)
    active = models.BooleanField(default=True, help_text="Untick it instead of removing someone who left.")
    created_at = models.DateTimeField(editable=False, null=True, default=timezone.now)
    person_id = models.CharField(
        "person",
        blank=True,
        default="",
        help_text="Who of the crew this is. On the departures that they crew they see their own share of the tips.",
    )

    # Django writes it at each login when there is such a field; the audit trail tells of logins here.
    last_login = None

    row_class: ClassVar[type[rows.User]] = rows.User
    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta(DynamoModel.Meta):
        ordering = ("folded_name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The owner by ADMIN_PASS_HASH, who is not stored.
        self.is_bootstrap = False

    def __str__(self) -> str:
        return f"{self.name} ({self.username})"

    @classmethod
    def normalize_username(cls, username: str) -> str:
        return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username).strip().casefold())

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # a plain attribute in the base
        return self.active

    @property
    def is_staff(self) -> bool:
        """Whether the admin lets this user in; what there is to see depends on the role."""
        return self.active

    @property
    def is_superuser(self) -> bool:
        return self.is_active_owner

    @property
    def is_active_owner(self) -> bool:
        return self.active and self.role == Role.OWNER

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.active and roles.allows(self.role, perm)

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.active and roles.opens(self.role, app_label)

    def check_password(self, raw_password: str | None) -> bool:
        try:
            return super().check_password(raw_password)
        except Conflict:
            # It matched, and two logins at once wanted to replace an old hash by a better one.
            return True

    def clean(self) -> None:
        super().clean()
        if not is_username(self.username):
            # A single letter of some scripts is several words when normalised.
            raise ValidationError({"username": _USERNAME_HELP})
        try:
            self.name = clean_name(self.name)
        except BadText as exc:
            raise ValidationError({"name": str(exc)}) from exc
        if self.username in _RESERVED:
            raise ValidationError({"username": "The audit trail uses this name itself. Choose another."})
        if self.username == owners.BOOTSTRAP and self.role != Role.OWNER and self._stored is None:
            # It would lock the bootstrap owner out while there is no other.
            raise ValidationError({"username": "This name is an owner's. Choose another, or the role of owner."})

    def stamp_derived(self) -> None:
        self.username = self.normalize_username(self.username)
        self.folded_name = fold(self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the user and move the count of owners with it. Raises owners.LastOwner when nobody would be left."""
        stored = self._stored
        was_owner = isinstance(stored, rows.User) and stored.is_active_owner
        with transaction.atomic():
            with joined() as unit:
                owners.keep(unit, was_owner=was_owner, is_owner=self.is_active_owner)
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Remove the user. Raises owners.LastOwner when nobody would be left."""
        stored = self._stored
        was_owner = isinstance(stored, rows.User) and stored.is_active_owner
        with transaction.atomic():
            with joined() as unit:
                owners.keep(unit, was_owner=was_owner, is_owner=False)
            return super().delete(*args, **kwargs)


class AuditEntry(DynamoModel):
    """One line of the audit trail, written by `audit.record` alone. It answers to LogEntry's names in the admin."""

    id = IdField()
    subject = models.CharField("thing")
    ulid = models.CharField()
    recorded_at = models.DateTimeField("when")
    month = models.CharField()
    year = models.CharField()
    recorded_by = models.CharField("username")
    recorded_by_name = models.CharField("who")
    action = models.CharField()
    subject_name = models.CharField("what")
    summary = models.TextField(blank=True, default="")
    differences = models.TextField(blank=True, default="")

    row_class: ClassVar[type[rows.AuditEntry]] = rows.AuditEntry

    class Meta(DynamoModel.Meta):
        ordering = ("-recorded_at",)
        verbose_name = "audit entry"
        verbose_name_plural = "audit trail"

    def __str__(self) -> str:
        return f"{self.subject_name}: {self.summary or self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("the audit trail is written by audit.record")

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("the audit trail is kept")

    @property
    def entry(self) -> rows.AuditEntry:
        return cast(rows.AuditEntry, self.stored_row)

    @property
    def action_time(self) -> datetime:
        return self.recorded_at

    @property
    def user(self) -> User:
        """Who it was, as they were called then."""
        return User(username=self.recorded_by, name=self.recorded_by_name)

    @property
    def object_repr(self) -> str:
        return self.subject_name

    @property
    def content_type(self) -> ContentType | None:
        model = subjects.model_of(self.subject)
        return ContentType.objects.get_for_model(model) if model else None

    def is_addition(self) -> bool:
        return self.action == "added"

    def is_change(self) -> bool:
        return not self.is_addition() and not self.is_deletion()

    def is_deletion(self) -> bool:
        return self.action in {"deleted", "removed"}

    def get_change_message(self) -> str:
        return self.summary or self.action

    def get_admin_url(self) -> str | None:
        """Return the admin's page of what the entry speaks of, or None when the admin has none."""
        return None if self.is_deletion() else subjects.page_of(self.subject) or None
