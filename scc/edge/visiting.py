"""Who asks in a smoke test, and what: a visitor, a target, and one check after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from scc.edge import verdicts, web
from scc.edge.errors import EdgeError
from scc.edge.web import Answer, NoAnswer

# Seconds after which nothing more is asked: a function that hangs would take 30 of them each time.
LONGEST = 180.0
# Seconds between two tries of what may come yet.
PAUSE = 0.5
# What says so: a function or a name that is not everywhere yet.
PASSING = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}

HEALTH = "/healthz"
# An address of documentation. RFC 5737.
VIEWER = "192.0.2.1"


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
