"""Forms of logging in, of users and of passwords."""

from __future__ import annotations

import math
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.forms import AdminPasswordChangeForm as OwnPasswordChangeForm
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from scc.dynamo.forms import StoredModelForm
from scc.staff import accounts, persons
from scc.staff.login import authenticate_throttled
from scc.staff.models import User
from scc.staff.throttle import Throttled


class LoginForm(AdminAuthenticationForm):
    """Username and password, a few times in five minutes."""

    error_messages = {  # as Django declares it
        **AdminAuthenticationForm.error_messages,
        "invalid_login": _("This username and password do not match, or the account is switched off."),
    }

    # Seconds to wait, once there were too many tries.
    retry_after: int | None = None

    def clean(self) -> dict[str, Any]:
        username = self.cleaned_data.get("username")
        password = self.cleaned_data.get("password")
        if self.request is None or not username or not password:
            return self.cleaned_data
        try:
            self.user_cache = authenticate_throttled(self.request, username=username, password=password)
        except Throttled as exc:
            self.retry_after = exc.retry_after
            raise ValidationError(waiting_text(exc.retry_after), code="throttled") from exc
        if self.user_cache is None:
            raise self.get_invalid_login_error()
        self.confirm_login_allowed(self.user_cache)
        return self.cleaned_data


def waiting_text(seconds: int) -> str:
    """Say when to try again."""
    minutes = math.ceil(seconds / 60)
    return ngettext("Too many tries. Try again in %d minute.", "Too many tries. Try again in %d minutes.", minutes) % (
        minutes,
    )


class PersonField(forms.ChoiceField):
    """A choice of a person. Keeping the present one, or none, reads nothing."""

    def __init__(self, *, present: str = "", **options: Any) -> None:
        super().__init__(choices=lambda: [("", "---------"), *persons.offered()], **options)
        self.present = present

    def valid_value(self, value: Any) -> bool:
        return value == self.present or super().valid_value(value)


class UserForm(StoredModelForm):
    """A user, and who of the crew that is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "person_id" in self.fields:
            stock = self.fields["person_id"]
            self.fields["person_id"] = PersonField(
                present=self.instance.person_id, label=stock.label, help_text=stock.help_text, required=False
            )


class UserAddForm(BaseUserCreationForm[User], StoredModelForm):
    """A new user, with the password twice."""

    class Meta:
        model = User
        fields = ("username", "name", "email", "role")


class SetPasswordForm(AdminPasswordChangeForm):  # type: ignore[type-arg]  # generic in the stubs alone
    """Another user's new password. Nobody is left without one: an account is switched off by `active`."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.fields.pop("usable_password", None)
        self.fields["password1"].required = self.fields["password2"].required = True


class OwnPasswordForm(OwnPasswordChangeForm):
    """One's own new password."""

    def save(self, commit: bool = True) -> User:
        user = self.user
        accounts.set_password(user=user, password=self.cleaned_data["new_password1"], by=user)
        return user
