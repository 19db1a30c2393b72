"""Who may call: a bearer token, or the staff's session with Django's CSRF header."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from scc.api.bodies import check_content_type
from scc.api.problems import BadRequest, problem_of, problem_of_store
from scc.dynamo.errors import StoreError
from scc.staff import tokens
from scc.staff.models import User

View = Callable[..., HttpResponse]

READING = ("GET", "HEAD")


def endpoint(*, permission: str, method: str = "GET") -> Callable[[View], View]:
    """Make a view of the API of `view(request, user, **parts of the path)`.

    permission: what the caller must be allowed. method: GET (HEAD is taken along) or POST.
    Whatever goes wrong is answered as a problem.
    """

    def decorate(view: View) -> View:
        def judged(request: HttpRequest, **parts: Any) -> HttpResponse:
            check_method(request, method)
            user, by_token = _caller(request)
            if method == "POST":
                # Before CSRF's own check, which would read a form's body, of any size.
                check_content_type(request)
            act = functools.partial(_allowed, view, permission, user)
            return act(request, **parts) if by_token else csrf_protect(_plain(act))(request, **parts)

        return answered(functools.wraps(view)(judged), name=view.__name__)

    return decorate


def answered(view: View, *, name: str) -> View:
    """Return `view`, with its refusals and the table's failures answered as problems."""

    @csrf_exempt
    def answering(request: HttpRequest, **parts: Any) -> HttpResponse:
        try:
            return view(request, **parts)
        except BadRequest as refused:
            return problem_of(refused)
        except StoreError as error:
            return problem_of_store(error)

    # By which `manage.py routes` names it.
    answering.__module__, answering.__name__, answering.__qualname__ = view.__module__, name, name
    return answering


def check_method(request: HttpRequest, method: str) -> None:
    """Raise BadRequest (405) unless `request` is made by `method`."""
    allowed = READING if method == "GET" else (method,)
    if request.method not in allowed:
        raise BadRequest(405, f"Use {method} here.", headers={"Allow": ", ".join(allowed)})


def _caller(request: HttpRequest) -> tuple[User, bool]:
    """Return who calls, and whether by a token. Raises BadRequest (401)."""
    authorization = request.headers.get("Authorization")
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        user = tokens.user_of(token.strip()) if scheme.lower() == "bearer" and token.strip() else None
        if user is None:
            raise _stranger("The token is not valid, or no longer.", 'Bearer realm="scc", error="invalid_token"')
        return user, True
    user_of_session = request.user
    if isinstance(user_of_session, User) and user_of_session.is_active:
        return user_of_session, False
    raise _stranger("Log in, or send a token from /api/token.", 'Bearer realm="scc"')


def _stranger(detail: str, challenge: str) -> BadRequest:
    return BadRequest(401, detail, headers={"WWW-Authenticate": challenge})


def _allowed(view: View, permission: str, user: User, request: HttpRequest, **parts: Any) -> HttpResponse:
    if not user.has_perm(permission):
        raise BadRequest(403, "Your role may not do this.")
    return view(request, user, **parts)


def _plain(view: Callable[..., HttpResponse]) -> View:
    # Django's decorators want a function.
    def call(request: HttpRequest, **parts: Any) -> HttpResponse:
        return view(request, **parts)

    return call
