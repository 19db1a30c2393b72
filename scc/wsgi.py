"""The WSGI application: Django's, behind a check that its middleware would come too late for."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.utils.http import parse_header_parameters


class Application:
    """Takes a Content-Type that cannot be parsed as none. Django would parse it unguarded, and answer with a 500."""

    def __init__(self) -> None:
        self.handler = WSGIHandler()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not _is_readable(environ.get("CONTENT_TYPE", "")):
            environ["CONTENT_TYPE"] = ""
        return self.handler(environ, start_response)


def _is_readable(content_type: str) -> bool:
    try:
        _, parameters = parse_header_parameters(content_type)
        codecs.lookup(parameters.get("charset", "utf-8"))
    except LookupError:
        # A charset that nobody knows is dealt with further in.
        return True
    except ValueError:
        return False
    return True
