"""What AWS Lambda calls: `web` behind CloudFront, `ops` for commands and schedules. Two functions from one package.

`web` answers only what came through our own CloudFront, which shows it by a secret header; that is judged before Django
sees the request, so that nothing of the table is touched. The host that Django sees is the one of the settings, and the
visitor's address the one that CloudFront's own function wrote: no header of the visitor's has a say in either.

`ops` has no address at all: who may invoke it is a matter of IAM.
"""

from __future__ import annotations

import gc
import hmac
import io
import ipaddress
import json
import os
import re
import shlex
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from scc.logs import without_secrets

Event = dict[str, Any]

ORIGIN_HEADER = "x-origin-verify"
VIEWER_HEADER = "x-viewer-address"
RELEASE_HEADER = "x-scc-release"

# What says where a request came from or went to. CloudFront and Lambda add some of these, visitors the rest.
_ROUTING = re.compile(r"host|forwarded|x-forwarded-.*|x-original-.*|x-rewrite-.*|x-real-ip|via|cloudfront-.*|x-amz.*")


def _start() -> Callable[[Event, Any], dict[str, Any]]:
    """Set Django up, and return what answers an event.

    What is imported stays, and there is much of it: garbage is looked for when all is there, and then only among what
    came after. That spares a cold start the looking, and each later request too.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scc.settings")
    gc.disable()
    import django
    from apig_wsgi import make_lambda_handler

    from scc.wsgi import Application

    django.setup()
    answer: Callable[[Event, Any], dict[str, Any]] = make_lambda_handler(Application())
    gc.freeze()
    gc.enable()
    return answer


_answer = _start()


class CommandFailed(Exception):
    """A command ended with another code than 0. Raised, as Lambda counts an error by nothing else."""


def web(event: Event, context: Any) -> dict[str, Any]:
    """Answer one request of the Function URL, and print one line about it.

    Raises ValueError for an event that is no such request: there is nobody to answer.
    """
    if "http" not in event.get("requestContext", {}):
        raise ValueError("This function answers requests of its Function URL. Commands are for the ops function.")
    started = time.monotonic()
    answer = _answered(event, context) if _is_ours(event["headers"]) else _forbidden()
    _print_access(event, answer, seconds=time.monotonic() - started)
    return answer


def ops(event: Event, context: Any) -> dict[str, Any]:
    """Run a management command: {"manage": ["verifyledger", "--summary", "-"]}, or the same as one line of text.

    Returns {"output": text}. Raises CommandFailed when it ends with another code than 0, ValueError for another event.
    """
    arguments = event.get("manage")
    if isinstance(arguments, str):
        arguments = shlex.split(arguments)
    if not isinstance(arguments, list) or not arguments or not all(isinstance(each, str) for each in arguments):
        raise ValueError('This function takes {"manage": ["command", "argument", ...]}.')
    output = io.StringIO()
    code, error = _run(arguments, output)
    # Whatever it said stands in the log too: a schedule keeps no answer.
    sys.stdout.write(output.getvalue())
    print(json.dumps({"command": arguments[0], "exit": code}), flush=True)  # noqa: T201
    if code:
        raise CommandFailed(f"{arguments[0]} ended with {code}. {error}\n{output.getvalue()}")
    return {"output": output.getvalue()}


def _is_ours(headers: Mapping[str, str]) -> bool:
    """Return whether the request came through our CloudFront. Every secret is compared, in constant time."""
    given = headers.get(ORIGIN_HEADER, "").encode()
    return any([hmac.compare_digest(given, secret.encode()) for secret in settings.SCC_ORIGIN_SECRETS])  # noqa: C419


def _answered(event: Event, context: Any) -> dict[str, Any]:
    answer: dict[str, Any] = _answer(_as_it_is(event), context)
    answer["headers"][RELEASE_HEADER] = settings.SCC_RELEASE
    return answer


def _forbidden() -> dict[str, Any]:
    return {
        "statusCode": 403,
        "headers": {"content-type": "text/plain; charset=utf-8", "cache-control": "no-store"},
        "cookies": [],
        "body": "Forbidden",
        "isBase64Encoded": False,
    }


def _as_it_is(event: Event) -> Event:
    """Return the event with our own host, https, and the visitor's address; without what else claims to know them."""
    headers = event["headers"]
    request = event["requestContext"]
    http = {**request["http"], "sourceIp": _viewer(headers) or request["http"]["sourceIp"]}
    # WSGI cannot tell "_" from "-" in a header's name: no honest client sends the first.
    kept = {name: value for name, value in headers.items() if not _ROUTING.fullmatch(name) and "_" not in name}
    for name in (ORIGIN_HEADER, VIEWER_HEADER):
        kept.pop(name, None)
    site = urlsplit(settings.SCC_SITE_URL)
    return {
        **event,
        "headers": {**kept, "host": site.netloc, "x-forwarded-proto": site.scheme},
        "requestContext": {**request, "http": http},
    }


def _viewer(headers: Mapping[str, str]) -> str:
    """Return the address that CloudFront's function saw, or "" when the request did not pass it.

    That is one that brought the secret without CloudFront: the staging slot's check of a release.
    """
    try:
        return str(ipaddress.ip_address(headers.get(VIEWER_HEADER, "")))
    except ValueError:
        return ""


def _print_access(event: Event, answer: Mapping[str, Any], *, seconds: float) -> None:
    line = {
        "method": event["requestContext"]["http"]["method"],
        "path": without_secrets(event["rawPath"]),
        "status": answer["statusCode"],
        "ms": round(seconds * 1000),
        "release": settings.SCC_RELEASE,
        "request": event["requestContext"].get("requestId", ""),
    }
    print(json.dumps(line), flush=True)  # noqa: T201


def _run(arguments: list[str], output: io.StringIO) -> tuple[int, str]:
    """Return the command's exit code, and what it failed with."""
    from django.core.management import CommandError, call_command

    try:
        call_command(arguments[0], *arguments[1:], stdout=output, stderr=output, no_color=True)
    except CommandError as exc:
        return exc.returncode, str(exc)
    except SystemExit as exc:
        return (exc.code, "") if isinstance(exc.code, int) else (int(exc.code is not None), str(exc.code or ""))
    return 0, ""
