"""What the API answers beside its resources: tokens, and errors that Django itself gives."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.csrf import csrf_failure as django_csrf_failure

from scc.api.bodies import read_json
from scc.api.endpoints import answered, check_method
from scc.api.fields import Fields
from scc.api.problems import BadRequest, answer, is_api, problem
from scc.dynamo.keys import key_text
from scc.staff import login, throttle, tokens


def _issue_token(request: HttpRequest) -> HttpResponse:
    """Answer a name and a password with a token."""
    check_method(request, "POST")
    fields = Fields(read_json(request))
    username, password = fields.text("username", required=True), fields.text("password", required=True)
    fields.end()
    try:
        user = login.authenticate_throttled(request, username=username, password=password)
    except throttle.Throttled as exc:
        headers = {"Retry-After": str(exc.retry_after)}
        raise BadRequest(429, "Too many tries. Wait, then try again.", headers=headers) from exc
    if user is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="scc"'}
        raise BadRequest(401, "The name or the password is wrong.", headers=challenge)
    token, expires_at = tokens.issue(user)
    return answer({"token": token, "expires_at": key_text(expires_at)})


def _not_found(request: HttpRequest, **parts: str) -> HttpResponse:
    raise BadRequest(404, "There is nothing at this address.")


issue_token = answered(_issue_token, name="issue_token")
not_found = answered(_not_found, name="not_found")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a request of a session that lacks Django's CSRF header (settings.CSRF_FAILURE_VIEW)."""
    if is_api(request):
        return problem(403, f"{reason.rstrip('.')}. Send the X-CSRFToken header.")
    return django_csrf_failure(request, reason=reason)
