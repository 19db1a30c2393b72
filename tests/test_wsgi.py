from __future__ import annotations

from wsgiref.util import setup_testing_defaults

import pytest

from scc.wsgi import Application


def status_of(content_type: str) -> str:
    """Return what the application answers to a POST of that type to the API."""
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/api/token", "CONTENT_TYPE": content_type}
    setup_testing_defaults(environ)
    seen: list[str] = []
    Application()(environ, lambda status, headers, info=None: seen.append(status))
    return seen[0]


@pytest.mark.parametrize("content_type", ["application/json; charset*=bogus'en'%20", "application/json; charset=\0"])
def test_a_malformed_content_type_is_none(content_type: str) -> None:
    assert status_of(content_type) == "415 Unsupported Media Type"


@pytest.mark.parametrize("charset", ["utf-8", "bogus"])
def test_a_sound_content_type_reaches_the_view(charset: str) -> None:
    expected = {"utf-8": "400 Bad Request", "bogus": "415 Unsupported Media Type"}

    assert status_of(f"application/json; charset={charset}") == expected[charset]
