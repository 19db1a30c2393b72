"""A smoke test: every path of the URLconf, and what lies beside them, asked as visitors and strangers would.

Each check is one line. It looks at who answered and with what, never at a status alone: S3 answers with 200 too.
Nothing is written to the table: what is sent is refused, or is a form with nothing in it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from django.urls import resolve

from scc.caching import shared_seconds
from scc.edge import routes, verdicts
from scc.edge.routes import Cache, Origin, Route
from scc.edge.visiting import HEALTH, Check, Finding, Target, Visitor
from scc.edge.web import Answer, NoAnswer

__all__ = ["Finding", "Target", "checks", "failed", "run"]

Say = Callable[[str], None]
Faults = Iterator[str]

# For how long a release may take to be everywhere. A distribution follows within minutes, its functions in seconds.
SETTLE_SECONDS = 90.0
# At once. A hundred answers of some 50 ms each are there in seconds.
WORKERS = 4

LOGIN = "/admin/login/"
# What scanners ask for, and a first segment of ours alone.
UNKNOWN = ("/wp-login.php", "/index.php", "/.env", "/g", "/nowhere/at/all")
LANDING_PAGE = "/index.html"
LANDING_FILES = ("/robots.txt", "/favicon.ico")
NO_SUCH_FILE = "/static/smoke-test.000000000000.css"

# A name that nobody can have. RFC 2606.
FOREIGN = "forged.invalid"
FORGED = {
    "Forwarded": f"for={FOREIGN};host={FOREIGN};proto=http",
    "X-Forwarded-Host": FOREIGN,
    "X-Forwarded-Server": FOREIGN,
    "X-Host": FOREIGN,
    "X-Original-Host": FOREIGN,
    "X-Origin-Verify": FOREIGN,
    "X-Viewer-Address": FOREIGN,
}
COOKIES = {"Cookie": f"sessionid={'s' * 32}; csrftoken={'c' * 32}"}

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def run(target: Target, *, say: Say, settle_seconds: float = 0.0) -> list[Finding]:
    """Do every check of `target`, say each as a line, and return what was found, in the order of `checks`.

    settle_seconds: for how long, from now, what is not everywhere yet is asked for again: no answer, 502 to 504,
    another release. A distribution and its caches take up to a minute to follow a deploy.
    """
    started = time.monotonic()
    findings = []
    for finding in _find_all(Visitor(target, settle_seconds)):
        say(str(finding))
        findings.append(finding)
    say(f"{len(findings)} checks, {len(failed(findings))} failed, {time.monotonic() - started:.1f} s")
    return findings


def failed(findings: Iterable[Finding]) -> list[Finding]:
    """Return those that found a fault."""
    return [finding for finding in findings if finding.faults]


def checks(visitor: Visitor) -> list[Check]:
    """Return every check of the visitor's target."""
    return [
        *_of_routes(visitor),
        *_of_waivers(visitor),
        *_of_staff(visitor),
        *_of_headers(visitor),
        *_of_files(visitor),
        *_of_landing(visitor),
        *(_of_edge(visitor) if visitor.target.slot else []),
        *_of_back_doors(visitor),
        *visitor.target.more,
    ]


def _find_all(visitor: Visitor) -> Iterator[Finding]:
    try:
        visitor.greet()
    except NoAnswer as exc:
        # All else would wait for the same nobody.
        yield Finding(visitor.target.site, "answers", (str(exc),))
        return
    with ThreadPoolExecutor(WORKERS) as pool:
        yield from pool.map(Check.find, checks(visitor))


# What Django serves.


def _of_routes(visitor: Visitor) -> Iterator[Check]:
    """Every path that Django serves, by GET: those of the URLconf, and those that it sends on to their slash."""
    found: dict[str, Check] = {}
    for route in routes.routes():
        path = _path(route, visitor.target.event)
        found.setdefault(path, _page(visitor, route.shape, path, shared=route.cache is Cache.SHARED))
    for each in routes.behaviours():
        if each.origin is Origin.LAMBDA and "*" not in each.pattern:
            found.setdefault(each.pattern, _page(visitor, each.pattern, each.pattern, shared=False))
    yield from found.values()


def _page(visitor: Visitor, name: str, path: str, *, shared: bool) -> Check:
    if shared and visitor.target.event:
        seconds = shared_seconds(resolve(path).func)
        judge = partial(verdicts.shared, seconds=seconds)
        return Check(name, f"Lambda, {seconds} s, no cookie", lambda: _get(visitor, path, judge))
    note = ", 404: no departure is open" if shared else ""
    return Check(name, f"Lambda, not cached{note}", lambda: _get(visitor, path, verdicts.not_kept))


def _get(visitor: Visitor, path: str, judge: Callable[[Answer], Iterable[str]]) -> Faults:
    answer = visitor.of_django(path)
    yield from _about(f"GET {path}", _django(visitor, answer))
    yield from _about(f"GET {path}", judge(answer))


def _of_waivers(visitor: Visitor) -> Iterator[Check]:
    """What the one page that caches keep must hold beyond what every page does."""
    path, nowhere = _waiver(visitor.target.event), _waiver("")
    yield Check(
        "the waiver for everyone",
        "the same bytes with cookies, forged headers and a query",
        lambda: _same_for_all(visitor, path),
    )
    yield Check("the waiver by HEAD", "Lambda, the same headers", lambda: _head(visitor, path))
    # Neither is read to its end: the first is refused, and nobody signs for a departure that there is not.
    yield Check(
        "a signature from another site",
        "Lambda, refused",
        lambda: _post(visitor, path, b"", origin=f"https://{FOREIGN}", status=HTTPStatus.FORBIDDEN),
    )
    yield Check(
        "a signature from our own page",
        "Lambda, let in",
        lambda: _post(visitor, nowhere, b"", origin=visitor.target.home, status=HTTPStatus.NOT_FOUND),
    )


def _same_for_all(visitor: Visitor, path: str) -> Faults:
    plain = visitor.of_django(path)
    yield from _about(f"GET {path}", _django(visitor, plain))
    for name, headers, query in (("cookies", COOKIES, ""), ("forged headers", FORGED, ""), ("a query", {}, "?from=qr")):
        answer = visitor.of_django(path + query, headers=headers)
        if (answer.status, answer.body) != (plain.status, plain.body):
            yield f"GET {path} with {name}: expected the same bytes as without, got {verdicts.shown(answer)}"
        yield from _about(f"GET {path} with {name}", verdicts.without_cookies(answer))


def _head(visitor: Visitor, path: str) -> Faults:
    answer, whole = visitor.of_django(path, method="HEAD"), visitor.of_django(path)
    yield from _about(f"HEAD {path}", verdicts.by_lambda(answer, release=visitor.release))
    for name in ("cache-control", "content-type"):
        if answer.headers.get(name) != whole.headers.get(name):
            yield f"HEAD {path}: expected {name} {whole.headers.get(name)}, got {answer.headers.get(name)}"


def _post(
    visitor: Visitor, path: str, body: bytes, *, origin: str, status: HTTPStatus, cookies: dict[str, str] | None = None
) -> Faults:
    headers = {"Origin": origin, "Referer": origin + path, "Content-Type": "application/x-www-form-urlencoded"}
    answer = visitor.of_django(path, method="POST", headers=headers | (cookies or {}), body=body)
    yield from _about(f"POST {path}", _django(visitor, answer))
    if answer.status != status:
        yield f"POST {path}: expected {status.value}, got {verdicts.shown(answer)}"
    yield from _about(f"POST {path}", verdicts.not_kept(answer))


def _of_staff(visitor: Visitor) -> Iterator[Check]:
    yield Check("the table", "answers", lambda: _health(visitor))
    yield Check(
        "the login's cookies",
        "Secure",
        lambda: _about(f"GET {LOGIN}", verdicts.secure_cookies(visitor.of_django(LOGIN))),
    )
    yield Check("the login's form", "Lambda, its cookie and token arrive", lambda: _log_in(visitor))


def _health(visitor: Visitor) -> Faults:
    answer = visitor.of_django(HEALTH)
    if answer.body != b'{"status": "ok"}':
        yield f'GET {HEALTH}: expected {{"status": "ok"}}, got {verdicts.shown(answer)}'


def _log_in(visitor: Visitor) -> Faults:
    page = visitor.of_django(LOGIN)
    token = _TOKEN.search(page.text)
    if token is None or not page.cookies:
        yield f"GET {LOGIN}: expected a form with a token and its cookie, got {verdicts.shown(page)}"
        return
    # Without a name nobody is looked up, and no try is counted.
    body = urlencode({"csrfmiddlewaretoken": token[1], "username": "", "password": ""}).encode()
    cookies = {"Cookie": "; ".join(cookie.partition(";")[0] for cookie in page.cookies)}
    yield from _post(visitor, LOGIN, body, origin=visitor.target.home, status=HTTPStatus.OK, cookies=cookies)


def _of_headers(visitor: Visitor) -> Iterator[Check]:
    yield Check("forged headers", "no foreign host in a link or a redirect", lambda: _forge(visitor))


def _forge(visitor: Visitor) -> Faults:
    for path in ("/", "/admin", "/admin/", LOGIN, _waiver(visitor.target.event), "/api/openapi.json"):
        answer = visitor.of_django(path, headers=FORGED)
        yield from _about(f"GET {path}", _django(visitor, answer))
        yield from _about(f"GET {path}", verdicts.free_of(answer, FOREIGN))


# What S3 serves, and CloudFront itself.


def _of_files(visitor: Visitor) -> Iterator[Check]:
    yield Check("/static/*", "S3, hashed names, kept for ever", lambda: _static(visitor))
    yield Check(
        "/static/* without a file",
        "S3, refused",
        lambda: _about(f"GET {NO_SUCH_FILE}", verdicts.of_nothing_static(visitor.of_file(NO_SUCH_FILE))),
    )


def _static(visitor: Visitor) -> Faults:
    folder = visitor.target.static
    names = _files(visitor)
    if not names:
        yield f"GET {LOGIN}: expected links to /static/, got none"
    for name in names:
        answer = visitor.of_file(name)
        yield from _about(f"GET {name}", verdicts.of_static(answer, name))
        if folder is not None and not _is_file(folder / name.removeprefix("/static/"), answer.body):
            yield f"GET {name}: expected the release's own file, got {verdicts.shown(answer)}"


def _files(visitor: Visitor) -> list[str]:
    """Return the static files that the login's page and the waiver's name."""
    pages = (visitor.of_django(path) for path in (LOGIN, _waiver(visitor.target.event)))
    paths = {urlsplit(link).path for page in pages for link in verdicts.links(page)}
    return sorted(path for path in paths if path.startswith("/static/"))


def _is_file(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _of_landing(visitor: Visitor) -> Iterator[Check]:
    for path in UNKNOWN:
        yield Check(path, "the landing's 404, no function", partial(_site, visitor, path, verdicts.of_landing))
    yield Check(LANDING_PAGE, "S3, the landing", partial(_site, visitor, LANDING_PAGE, verdicts.of_landing_page))
    for path in LANDING_FILES:
        yield Check(path, "S3, the landing's file", partial(_site, visitor, path, verdicts.of_landing_file))
    yield Check("http:", "CloudFront, to https", lambda: _plain(visitor))


def _plain(visitor: Visitor) -> Faults:
    answer = visitor.ask(f"http://{urlsplit(visitor.target.site).netloc}{LOGIN}")
    return _about("GET http:", verdicts.to_https(answer, hosts=visitor.target.own_hosts))


def _of_edge(visitor: Visitor) -> Iterator[Check]:
    """Where CloudFront leads while the live release, which may be the one to be mended, is still behind it."""
    for each in routes.behaviours():
        if each.origin is Origin.LAMBDA:
            path = each.pattern.replace("*", visitor.target.event or "smoke-test")
            name = f"{each.pattern} through CloudFront"
            yield Check(name, "leads to Lambda", partial(_site, visitor, path, verdicts.led_to_lambda))


def _site(visitor: Visitor, path: str, judge: Callable[[Answer], Iterable[str]]) -> Faults:
    return _about(f"GET {path}", judge(visitor.of_site(path)))


# What lies behind CloudFront, asked past it.


def _of_back_doors(visitor: Visitor) -> Iterator[Check]:
    for host in visitor.target.hosts:
        yield Check(host, "refuses who comes past CloudFront", partial(_function, visitor, host))
    for address in visitor.target.buckets:
        yield Check(address, "refuses a stranger", partial(_bucket, visitor, address))


def _function(visitor: Visitor, host: str) -> Faults:
    for path in (HEALTH, _waiver(visitor.target.event)):
        for name, headers in (("no secret", {}), ("a wrong secret", FORGED)):
            answer = visitor.ask(f"https://{host}{path}", headers=headers)
            yield from _about(f"GET {path} with {name}", verdicts.refused(answer))


def _bucket(visitor: Visitor, address: str) -> Faults:
    yield from verdicts.refused(visitor.ask(address))


def _django(visitor: Visitor, answer: Answer) -> Faults:
    yield from verdicts.by_lambda(answer, release=visitor.release)
    # Of anyone else's answer no more needs to be said.
    if verdicts.RELEASE in answer.headers:
        yield from verdicts.of_django(answer, hosts=visitor.target.own_hosts)


def _about(asked: str, faults: Iterable[str]) -> Faults:
    return (f"{asked}: {fault}" for fault in faults)


def _path(route: Route, event: str) -> str:
    """Return the path that a route is asked by: where caches keep its page, that of the open departure."""
    return route.shape.replace("*", event) if event and route.cache is Cache.SHARED else route.example


def _waiver(event: str) -> str:
    """Return the path of a departure's waiver, or of one that there is not."""
    return next(_path(route, event) for route in routes.routes() if route.cache is Cache.SHARED)
