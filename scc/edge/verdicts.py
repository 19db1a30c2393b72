"""What is wrong with an answer, in sentences of what was expected and what came. None: it is as it must be.

An answer is judged by who gave it before anything else: a page of S3's with status 200 is no page of ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from html.parser import HTMLParser
from http import HTTPStatus
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from scc import caching
from scc.edge import routes, statics
from scc.edge.web import Answer

# On every answer of the function's that came through CloudFront.
RELEASE = "x-scc-release"
# In the head of every page of Django's, and of the landing's own.
PAGE = '<meta name="generator" content="Ship Captain Crew">'
LANDING = '<meta name="generator" content="Ship Captain Crew landing">'

YEAR = 365 * 24 * 60 * 60

_HASHED = re.compile(r"\.[0-9a-f]{8,64}\.[a-z0-9]+$")
_MAX_AGE = re.compile(r"\bmax-age=([0-9]+)")
_TOKENS = ("csrfmiddlewaretoken", "csrftoken", "sessionid")
_REFERRING = {"href", "src", "action", "formaction"}
_SHOWN = 80


def by_lambda(answer: Answer, *, release: str) -> Iterator[str]:
    """Hold that the function gave the answer. release: which one did; "" for any."""
    came = answer.headers.get(RELEASE, "")
    if not came:
        yield f"expected Lambda, got {shown(answer)}"
        return
    if release and came != release:
        yield f"expected release {release}, got {came}"
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        yield f"expected no error, got {answer.status}"
    if LANDING in answer.text:
        yield "expected a page of Django's, got the landing's"


def led_to_lambda(answer: Answer) -> Iterator[str]:
    """Hold that CloudFront led to the function, whatever state that is in: one that breaks names no release."""
    if RELEASE not in answer.headers and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        yield f"expected Lambda, got {shown(answer)}"


def of_django(answer: Answer, *, hosts: Collection[str]) -> Iterator[str]:
    """Hold that the body is a page of ours, a redirect within the site, or JSON as the API has it.

    What takes another method alone has nothing to show, and says which.
    """
    if answer.status == HTTPStatus.METHOD_NOT_ALLOWED and answer.headers.get("allow") and not answer.body:
        return
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        yield from redirect(answer, hosts=hosts)
    elif answer.type == "text/html":
        if PAGE not in answer.text:
            yield f"expected a page of ours, got {shown(answer)}"
        yield from own_links(answer, hosts=hosts)
    elif answer.type in {"application/json", "application/problem+json"}:
        yield from json_object(answer)
    else:
        yield f"expected a page or JSON, got {shown(answer)}"


def redirect(answer: Answer, *, hosts: Collection[str]) -> Iterator[str]:
    """Hold that it leads to a path of Django's on a host of ours."""
    location = urlsplit(answer.headers.get("location", ""))
    if location.netloc and location.netloc not in hosts:
        yield f"expected a redirect within {_listed(hosts)}, got {location.netloc}"
    elif not location.path.startswith("/") or _served_by_site(location.path):
        yield f"expected a redirect to a page of Django's, got {answer.headers.get('location', 'none')!r}"


def json_object(answer: Answer) -> Iterator[str]:
    """Hold that it is one JSON object, and a problem's `status` that of the answer (RFC 9457)."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        yield f"expected a JSON object, got {shown(answer)}"
    elif answer.status >= HTTPStatus.BAD_REQUEST and body.get("status") != answer.status:
        yield f"expected a problem of status {answer.status}, got {shown(answer)}"


def own_links(answer: Answer, *, hosts: Collection[str]) -> Iterator[str]:
    """Hold that the page refers to no host but ours."""
    foreign = {host for link in links(answer) if (host := urlsplit(link).netloc) and host not in hosts}
    if foreign:
        yield f"expected links within {_listed(hosts)}, got {_listed(foreign)}"


def free_of(answer: Answer, text: str) -> Iterator[str]:
    """Hold that `text`, which a visitor sent, is nowhere in the answer."""
    if text in answer.text or any(text in value for value in answer.headers.values()):
        yield f"expected {text} nowhere, got it in {shown(answer)}"


def not_kept(answer: Answer) -> Iterator[str]:
    """Hold that no cache keeps it, and that none did."""
    control = answer.headers.get("cache-control", "")
    if "no-store" not in control:
        yield f"expected Cache-Control no-store, got {control or 'none'}"
    if "hit" in answer.headers.get("x-cache", "").lower() or "age" in answer.headers:
        yield "expected an answer of this moment's, got one from a cache"


def shared(answer: Answer, *, seconds: int) -> Iterator[str]:
    """Hold that caches may give it to everyone for so long, and that nothing of a visitor is in it."""
    if answer.status != HTTPStatus.OK:
        yield f"expected the page, got {shown(answer)}"
        return
    control = answer.headers.get("cache-control", "none")
    if control != caching.control(seconds):
        yield f"expected Cache-Control {caching.control(seconds)}, got {control}"
    vary = {name.strip().lower() for name in answer.headers.get("vary", "").split(",")} - {"", "accept-encoding"}
    if vary:
        yield f"expected Vary on nothing but Accept-Encoding, got {_listed(vary)}"
    yield from without_cookies(answer)
    yield from (f"expected no token in the page, got {token}" for token in _TOKENS if token in answer.text)


def without_cookies(answer: Answer) -> Iterator[str]:
    if answer.cookies:
        # Their names: the values are somebody's.
        yield f"expected no cookie, got {_listed(cookie.partition('=')[0] for cookie in answer.cookies)}"


def secure_cookies(answer: Answer) -> Iterator[str]:
    """Hold that there are cookies, and that browsers send each over https alone."""
    if not answer.cookies:
        yield "expected a cookie, got none"
    for cookie in answer.cookies:
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        if "secure" not in attributes:
            yield f"expected Secure cookies, got {cookie.partition('=')[0]} without it"


def of_landing(answer: Answer) -> Iterator[str]:
    """Hold that it is the landing's 404, and cost no function."""
    if answer.status != HTTPStatus.NOT_FOUND or LANDING not in answer.text:
        yield f"expected the landing's 404, got {shown(answer)}"
    yield from _not_by_lambda(answer)


def of_landing_page(answer: Answer) -> Iterator[str]:
    """Hold that it is the landing itself, from S3."""
    if answer.status != HTTPStatus.OK or LANDING not in answer.text:
        yield f"expected the landing, got {shown(answer)}"
    yield from _not_by_lambda(answer)


def of_landing_file(answer: Answer) -> Iterator[str]:
    """Hold that a file of the landing's is there, and comes from S3."""
    yield from _not_by_lambda(answer)
    if answer.status != HTTPStatus.OK or not answer.body or answer.type == "text/html":
        yield f"expected a file, got {shown(answer)}"


def of_static(answer: Answer, path: str) -> Iterator[str]:
    """Hold that it is the file at `path` from S3: there, of its type, hashed by name, to be kept for ever."""
    yield from _not_by_lambda(answer)
    expected = statics.CONTENT_TYPES.get(PurePosixPath(path).suffix, "a known type").partition(";")[0]
    if answer.status != HTTPStatus.OK or not answer.body or answer.type != expected:
        yield f"expected a file of {expected}, got {shown(answer)}"
        return
    if not _HASHED.search(PurePosixPath(path).name):
        yield "expected a hash in the name, got none"
    control = answer.headers.get("cache-control", "none")
    age = _MAX_AGE.search(control)
    if "immutable" not in control or age is None or int(age[1]) < YEAR:
        yield f"expected Cache-Control immutable for a year, got {control}"


def of_nothing_static(answer: Answer) -> Iterator[str]:
    """Hold that a file which is not there is refused by S3."""
    yield from _not_by_lambda(answer)
    if answer.status not in {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}:
        yield f"expected 403 or 404, got {shown(answer)}"


def refused(answer: Answer) -> Iterator[str]:
    """Hold that who came past CloudFront gets nothing."""
    yield from _not_by_lambda(answer)
    if answer.status != HTTPStatus.FORBIDDEN:
        yield f"expected 403, got {shown(answer)}"


def to_https(answer: Answer, *, hosts: Collection[str]) -> Iterator[str]:
    """Hold that plain http leads to https on a host of ours."""
    location = urlsplit(answer.headers.get("location", ""))
    if answer.status not in {301, 302, 307, 308} or location.scheme != "https" or location.netloc not in hosts:
        yield f"expected a redirect to https, got {shown(answer)}"


def shown(answer: Answer) -> str:
    """Return who answered, as far as that can be told, and how: "S3: 200 text/html '<h1>SPA'"."""
    # The type comes from outside as the body does; neither may break the line.
    start = " ".join(answer.text[: 4 * _SHOWN].split())[:_SHOWN]
    return f"{_answerer(answer)}: {answer.status} {answer.type or 'without a type'} {start!r}"


def links(answer: Answer) -> list[str]:
    """Return what the page refers to: every href, src and action."""
    reader = _Links()
    reader.feed(answer.text)
    return reader.found


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in _REFERRING and value]


def _not_by_lambda(answer: Answer) -> Iterator[str]:
    if RELEASE in answer.headers:
        yield f"expected that no function is asked, got Lambda, release {answer.headers[RELEASE]}"
    if PAGE in answer.text:
        yield "expected no page of Django's, got one"


def _answerer(answer: Answer) -> str:
    server = answer.headers.get("server", "").lower()
    if RELEASE in answer.headers:
        return f"Lambda, release {answer.headers[RELEASE]}"
    if "amazons3" in server or "x-amz-request-id" in answer.headers or "<Error><Code>" in answer.text:
        return "S3"
    if LANDING in answer.text or "FunctionGenerated" in answer.headers.get("x-cache", ""):
        return "the landing"
    if "x-amzn-requestid" in answer.headers:
        return "Lambda, without a release"
    if "cloudfront" in server:
        return "CloudFront itself"
    return "somebody else"


def _served_by_site(path: str) -> bool:
    return routes.serving(path, routes.behaviours()).origin is routes.Origin.SITE


def _listed(names: Collection[str] | Iterator[str]) -> str:
    return ", ".join(sorted(names))
