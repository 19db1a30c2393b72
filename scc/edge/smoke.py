"""A smoke test: every path of the URLconf, and what lies beside them, asked as visitors and strangers would.

Each check is one line. It looks at who answered and with what, never at a status alone: S3 answers with 200 too.
Nothing is written to the table: what is sent is refused, or is a form with nothing in it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from django.urls import resolve

from scc.caching import shared_seconds
from scc.edge import routes, verdicts, web
from scc.edge.errors import EdgeError
from scc.edge.routes import Behaviour, Cache, Origin, Route
from scc.edge.web import Answer, NoAnswer

Say = Callable[[str], None]

# At once. A hundred answers of some 50 ms each are there in seconds.
WORKERS = 4
# Seconds after which nothing more is asked: a function that hangs would take 30 of them each time.
LONGEST = 180.0
# Seconds between two tries of what may come yet.
PAUSE = 0.5
# What says so: a function or a name that is not everywhere yet.
PASSING = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}

LOGIN = "/admin/login/"
HEALTH = "/healthz"
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
# An address of documentation. RFC 5737.
VIEWER = "192.0.2.1"

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Finding:
    """What one check found: nothing but `held` when all is as it must be."""

    name: str
    held: str
    faults: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"FAIL  {self.name}  {'; '.join(self.faults)}" if self.faults else f"ok    {self.name}  {self.held}"


@dataclass(frozen=True)
class Check:
    """One line of the test. held: what is so when `look` finds no fault."""

    name: str
    held: str
    look: Callable[[], Iterable[str]]

    def find(self) -> Finding:
        """Look, and say what was found. What cannot be asked is a fault, too."""
        try:
            faults = tuple(self.look())
        except (NoAnswer, EdgeError) as exc:
            faults = (str(exc),)
        except (BotoCoreError, ClientError) as exc:
            faults = (f"AWS did not tell: {exc}",)
        return Finding(self.name, self.held, faults)


@dataclass(frozen=True)
class Slot:
    """The release that is not live yet: the Function URL of $LATEST, asked as CloudFront would."""

    host: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Target:
    """What is tested.

    site: where CloudFront answers, "https://host".
    canonical: the address that Django takes for its own, if that is another one.
    release: which one must answer; "" for whichever does, the same everywhere.
    event: the slug of a departure that takes signatures; "" when there is none.
    slot: asked in place of the site for what Django answers; files come from `/_staging` then.
    static: the folder whose files must be those that are served.
    hosts, buckets: Function URLs' hosts, and buckets' addresses, which give a stranger nothing.
    more: checks by those who may ask AWS itself.
    """

    site: str
    canonical: str = ""
    release: str = ""
    event: str = ""
    slot: Slot | None = None
    static: Path | None = None
    hosts: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()
    more: tuple[Check, ...] = ()

    @property
    def home(self) -> str:
        return self.canonical or self.site

    @property
    def own_hosts(self) -> frozenset[str]:
        """The hosts that links and redirects may lead to."""
        return frozenset({urlsplit(self.site).netloc, urlsplit(self.home).netloc})


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


class Visitor:
    """Asks, and asks again while something is on its way."""

    def __init__(self, target: Target, settle_seconds: float = 0.0) -> None:
        self.target = target
        self.release = target.release
        self.settled_at = time.monotonic() + settle_seconds
        self.ends_at = time.monotonic() + settle_seconds + LONGEST

    def greet(self) -> None:
        """Ask for the first time. Where no release is expected, the one that answers now must answer always.

        Raises NoAnswer when nobody does.
        """
        answer = self.of_django(HEALTH)
        self.release = self.release or answer.headers.get(verdicts.RELEASE, "")

    def of_django(
        self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Ask for a path of Django's, through CloudFront or, of a slot, as CloudFront."""
        site, sent = self.target.site, dict(headers or {})
        if slot := self.target.slot:
            site, sent = f"https://{slot.host}", sent | {"X-Origin-Verify": slot.secret, "X-Viewer-Address": VIEWER}
        return self.ask(site + path, method=method, headers=sent, body=body, release=self.release)

    def of_site(self, path: str) -> Answer:
        """Ask CloudFront for a path."""
        return self.ask(self.target.site + path)

    def of_file(self, path: str) -> Answer:
        """Ask CloudFront for a static file of the release."""
        return self.of_site(f"/_staging{path}" if self.target.slot else path)

    def ask(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        release: str = "",
    ) -> Answer:
        """Return the answer, or what there is when it is too late to ask again. Raises NoAnswer when that is none.

        release: which one should answer; "" where it does not matter.
        """
        while True:
            now = time.monotonic()
            if now > self.ends_at:
                raise NoAnswer(f"{urlsplit(url).netloc} was not asked: the test took too long")
            try:
                answer = web.ask(url, method=method, headers=headers, body=body)
            except NoAnswer:
                if now >= self.settled_at:
                    raise
            else:
                if now >= self.settled_at or not _may_pass(answer, release):
                    return answer
            time.sleep(PAUSE)


def _may_pass(answer: Answer, release: str) -> bool:
    came = answer.headers.get(verdicts.RELEASE)
    return answer.status in PASSING or bool(release and came and came != release)


def _find_all(visitor: Visitor) -> Iterator[Finding]:
    try:
        visitor.greet()
    except NoAnswer as exc:
        # All else would wait for the same nobody.
        yield Finding(visitor.target.site, "answers", (str(exc),))
        return
    with ThreadPoolExecutor(WORKERS) as pool:
        yield from pool.map(Check.find, checks(visitor))


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
    is_open = shared and bool(visitor.target.event)
    seconds = shared_seconds(resolve(path).func) if is_open else 0

    def look() -> Iterator[str]:
        answer = visitor.of_django(path)
        yield from _about(f"GET {path}", _django(visitor, answer))
        kept = verdicts.shared(answer, seconds=seconds) if is_open else verdicts.not_kept(answer)
        yield from _about(f"GET {path}", kept)

    if is_open:
        return Check(name, f"Lambda, {seconds} s, no cookie", look)
    return Check(name, f"Lambda, not cached{', 404: no departure is open' if shared else ''}", look)


def _of_waivers(visitor: Visitor) -> Iterator[Check]:
    """What the one page that caches keep must hold beyond what every page does."""
    path = _waiver(visitor.target.event)
    nowhere = _waiver("")

    def same() -> Iterator[str]:
        plain = visitor.of_django(path)
        yield from _about(f"GET {path}", _django(visitor, plain))
        for name, more, query in (
            ("cookies", COOKIES, ""),
            ("forged headers", FORGED, ""),
            ("a query", {}, "?from=qr"),
        ):
            answer = visitor.of_django(path + query, headers=more)
            if (answer.status, answer.body) != (plain.status, plain.body):
                yield f"GET {path} with {name}: expected the same bytes as without, got {verdicts.shown(answer)}"
            yield from _about(f"GET {path} with {name}", verdicts.without_cookies(answer))

    def head() -> Iterator[str]:
        answer, whole = visitor.of_django(path, method="HEAD"), visitor.of_django(path)
        yield from _about(f"HEAD {path}", verdicts.by_lambda(answer, release=visitor.release))
        for name in ("cache-control", "content-type"):
            if answer.headers.get(name) != whole.headers.get(name):
                yield f"HEAD {path}: expected {name} {whole.headers.get(name)}, got {answer.headers.get(name)}"

    def foreign() -> Iterator[str]:
        answer = visitor.of_django(path, method="POST", headers=_form("https://" + FOREIGN), body=b"")
        yield from _about(f"POST {path}", _posted(visitor, answer, HTTPStatus.FORBIDDEN))

    def own() -> Iterator[str]:
        # Nobody signs for a departure that there is not; the page's own address is taken, or this were refused.
        answer = visitor.of_django(nowhere, method="POST", headers=_form(visitor.target.home), body=b"name=")
        yield from _about(f"POST {nowhere}", _posted(visitor, answer, HTTPStatus.NOT_FOUND))

    yield Check("the waiver for everyone", "the same bytes with cookies, forged headers and a query", same)
    yield Check("the waiver by HEAD", "Lambda, the same headers", head)
    yield Check("a signature from another site", "Lambda, refused", foreign)
    yield Check("a signature from our own page", "Lambda, let in", own)


def _posted(visitor: Visitor, answer: Answer, status: HTTPStatus) -> Iterator[str]:
    yield from _django(visitor, answer)
    if answer.status != status:
        yield f"expected {status.value}, got {verdicts.shown(answer)}"
    yield from verdicts.not_kept(answer)


def _of_staff(visitor: Visitor) -> Iterator[Check]:
    def health() -> Iterator[str]:
        answer = visitor.of_django(HEALTH)
        if answer.body != b'{"status": "ok"}':
            yield f'GET {HEALTH}: expected {{"status": "ok"}}, got {verdicts.shown(answer)}'

    def login() -> Iterator[str]:
        yield from _about(f"GET {LOGIN}", verdicts.secure_cookies(visitor.of_django(LOGIN)))

    def form() -> Iterator[str]:
        page = visitor.of_django(LOGIN)
        token = _TOKEN.search(page.text)
        if token is None or not page.cookies:
            yield f"GET {LOGIN}: expected a form with a token and its cookie, got {verdicts.shown(page)}"
            return
        # Without a name nobody is looked up, and no try is counted.
        body = urlencode({"csrfmiddlewaretoken": token[1], "username": "", "password": ""}).encode()
        cookies = "; ".join(cookie.partition(";")[0] for cookie in page.cookies)
        headers = {**_form(visitor.target.home), "Referer": visitor.target.home + LOGIN, "Cookie": cookies}
        answer = visitor.of_django(LOGIN, method="POST", headers=headers, body=body)
        yield from _about(f"POST {LOGIN}", _posted(visitor, answer, HTTPStatus.OK))

    yield Check("the table", "answers", health)
    yield Check("the login's cookies", "Secure", login)
    yield Check("the login's form", "Lambda, its cookie and token arrive", form)


def _of_headers(visitor: Visitor) -> Iterator[Check]:
    def look() -> Iterator[str]:
        for path in ("/", "/admin", "/admin/", LOGIN, _waiver(visitor.target.event), "/api/openapi.json"):
            answer = visitor.of_django(path, headers=FORGED)
            yield from _about(f"GET {path}", _django(visitor, answer))
            yield from _about(f"GET {path}", verdicts.free_of(answer, FOREIGN))

    yield Check("forged headers", "no foreign host in a link or a redirect", look)


def _of_files(visitor: Visitor) -> Iterator[Check]:
    folder = visitor.target.static

    def look() -> Iterator[str]:
        names = _files(visitor)
        if not names:
            yield f"GET {LOGIN}: expected links to /static/, got none"
        for name in names:
            answer = visitor.of_file(name)
            yield from _about(f"GET {name}", verdicts.of_static(answer, name))
            if folder is not None and not _is_file(folder / name.removeprefix("/static/"), answer.body):
                yield f"GET {name}: expected the release's own file, got {verdicts.shown(answer)}"

    def missing() -> Iterator[str]:
        yield from _about(f"GET {NO_SUCH_FILE}", verdicts.of_nothing_static(visitor.of_file(NO_SUCH_FILE)))

    yield Check("/static/*", "S3, hashed names, kept for ever", look)
    yield Check("/static/* without a file", "S3, refused", missing)


def _files(visitor: Visitor) -> list[str]:
    """Return the static files that the login's page and the waiver's name."""
    pages = (visitor.of_django(path) for path in (LOGIN, _waiver(visitor.target.event)))
    paths = {urlsplit(link).path for page in pages for link in verdicts.links(page)}
    return sorted(path for path in paths if path.startswith("/static/"))


def _is_file(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _of_landing(visitor: Visitor) -> Iterator[Check]:
    for path in UNKNOWN:
        yield _unknown(visitor, path)

    def look() -> Iterator[str]:
        page = visitor.of_site(LANDING_PAGE)
        if verdicts.LANDING not in page.text:
            yield f"GET {LANDING_PAGE}: expected the landing, got {verdicts.shown(page)}"
        for path in LANDING_FILES:
            yield from _about(f"GET {path}", verdicts.of_landing_file(visitor.of_site(path)))

    def plain() -> Iterator[str]:
        answer = visitor.ask(f"http://{urlsplit(visitor.target.site).netloc}{LOGIN}")
        yield from _about("GET http:", verdicts.to_https(answer, hosts=visitor.target.own_hosts))

    yield Check(LANDING_PAGE, "S3, the landing and its files", look)
    yield Check("http:", "CloudFront, to https", plain)


def _unknown(visitor: Visitor, path: str) -> Check:
    return Check(
        path,
        "the landing's 404, no function",
        lambda: _about(f"GET {path}", verdicts.of_landing(visitor.of_site(path))),
    )


def _of_edge(visitor: Visitor) -> Iterator[Check]:
    """Where CloudFront leads while the live release, which may be the one to be mended, is still behind it."""
    for behaviour in routes.behaviours():
        if behaviour.origin is Origin.LAMBDA:
            yield _led(visitor, behaviour)


def _led(visitor: Visitor, behaviour: Behaviour) -> Check:
    path = behaviour.pattern.replace("*", visitor.target.event or "smoke-test")
    return Check(
        f"{behaviour.pattern} through CloudFront",
        "leads to Lambda",
        lambda: _about(f"GET {path}", verdicts.led_to_lambda(visitor.of_site(path))),
    )


def _of_back_doors(visitor: Visitor) -> Iterator[Check]:
    """What lies behind CloudFront, asked past it."""
    for host in visitor.target.hosts:
        yield _function(visitor, host)
    for address in visitor.target.buckets:
        yield _bucket(visitor, address)


def _function(visitor: Visitor, host: str) -> Check:
    def look() -> Iterator[str]:
        for path in (HEALTH, _waiver(visitor.target.event)):
            for name, headers in (("no secret", {}), ("a wrong secret", FORGED)):
                answer = visitor.ask(f"https://{host}{path}", headers=headers)
                yield from _about(f"GET {path} with {name}", verdicts.refused(answer))

    return Check(host, "refuses who comes past CloudFront", look)


def _bucket(visitor: Visitor, address: str) -> Check:
    return Check(address, "refuses a stranger", lambda: verdicts.refused(visitor.ask(address)))


def _django(visitor: Visitor, answer: Answer) -> Iterator[str]:
    faults = list(verdicts.by_lambda(answer, release=visitor.release))
    yield from faults
    if verdicts.RELEASE in answer.headers:
        yield from verdicts.of_django(answer, hosts=visitor.target.own_hosts)


def _about(asked: str, faults: Iterable[str]) -> Iterator[str]:
    return (f"{asked}: {fault}" for fault in faults)


def _path(route: Route, event: str) -> str:
    """Return the path that a route is asked by: where caches keep its page, that of the open departure."""
    return route.shape.replace("*", event) if event and route.cache is Cache.SHARED else route.example


def _waiver(event: str) -> str:
    """Return the path of a departure's waiver, or of one that there is not."""
    return next(_path(route, event) for route in routes.routes() if route.cache is Cache.SHARED)


def _form(origin: str) -> dict[str, str]:
    return {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}
