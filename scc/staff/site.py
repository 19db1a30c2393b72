"""The admin's site: our login, our trail."""

from __future__ import annotations

import logging
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

logger = logging.getLogger(__name__)


class StaffSite(AdminSite):
    """Django's admin under our name, for whoever has an account."""

    site_title = site_header = "Ship Captain Crew"
    index_title = "Everything on board"
    enable_nav_sidebar = True

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # Rows are removed one by one, with what belongs to them.
        self.disable_action("delete_selected")

    def get_urls(self) -> list[Any]:
        # Without the stock redirect to an object's own page, which asks for its content type in SQL.
        return [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]

    @property
    def login_form(self) -> Any:  # type: ignore[override]  # a class attribute there
        # Forms import the user model, which is not there yet when the URLconf's modules are first imported.
        from scc.staff.forms import LoginForm

        return LoginForm

    @property
    def trail(self) -> Any:
        """The audit trail, as the admin's classes use it."""
        from scc.staff.trail import AdminTrail  # models, as above

        return AdminTrail()

    def get_log_entries(self, request: HttpRequest) -> Any:
        from scc.staff.trail import RecentActions  # models, as above

        return RecentActions(request.user.get_username())

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        form = (response.context_data or {}).get("form") if isinstance(response, TemplateResponse) else None
        if form is not None and form.retry_after is not None:
            response.status_code = 429
            response.headers["Retry-After"] = str(form.retry_after)
        return response

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        logger.info("%s signed out", request.user.get_username())
        return super().logout(request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]  # a redirect for one user
        """Change one's own password. The bootstrap owner's is in the settings."""
        from scc.staff.forms import OwnPasswordForm  # models, as above

        if getattr(request.user, "is_bootstrap", False):
            messages.info(request, "Your password is ADMIN_PASS_HASH in the settings. Add a named owner instead.")
            return HttpResponseRedirect(reverse("admin:staff_user_add", current_app=self.name))
        request.current_app = self.name
        view = PasswordChangeView.as_view(
            form_class=OwnPasswordForm,
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return cast(HttpResponse, view(request))


site = StaffSite()
