"""What guests do: read the waiver, with whatever cookies they have, and sign it."""

from __future__ import annotations

import json
import math
import random
import re
import secrets
import string
from collections.abc import Sequence
from enum import StrEnum
from itertools import count, cycle

from ulid import ULID

from scc.edge.web import Answer
from tests.rehearsal.isolation.judging import Judge, Visit, is_hit
from tests.rehearsal.isolation.visitors import HTML, JSON, Visitor, fields_of

ASSET = re.compile(rb'(?:href|src)="(/static/[^"]+)"')
# A wave as long as a name: `[x, y, t]`, as waivers.strokes has it.
STROKE = [[1000 + 20 * step, 2000 + int(600 * math.sin(step / 8)), 12 * step] for step in range(120)]
# Enough for a page that has just run out.
TRIES = 4

# Of no session of ours: values that Django takes for broken and answers with new ones, and what others leave behind.
FOREIGN = (
    "csrftoken=broken; sessionid=0123456789abcdefghijklmnopqrstuv; messages=broken",
    "csrftoken=abcdefghijklmnopqrstuvwxyzABCDEF; sessionid=short; theme=dark",
    "csrftoken=; sessionid=; =nameless; _ga=GA1.1.1",
)


class Mode(StrEnum):
    """Whose cookies come with a request for a shared page."""

    NONE = "no"
    STAFF = "staff"
    FOREIGN = "foreign"


class Scene:
    """What all visitors share: the departures, the judge, and the cookies and links that there are so far."""

    def __init__(self, *, slugs: Sequence[str], judge: Judge) -> None:
        self.slugs = slugs
        self.judge = judge
        # By username, the cookies of who is signed in.
        self.signed_in: dict[str, str] = {}
        self.foreign = list(FOREIGN)
        # Receipts: the path, and the name of who may read it.
        self.receipts: list[tuple[str, str]] = []
        self._turn = count()

    def next_slug(self) -> str:
        """Return the departures in turn: each takes only so many signatures from one address."""
        return self.slugs[next(self._turn) % len(self.slugs)]


class Guest:
    """One guest after another, on one connection."""

    def __init__(self, scene: Scene, visitor: Visitor, chance: random.Random) -> None:
        self.scene = scene
        self.visitor = visitor
        self.chance = chance

    def read(self) -> None:
        self._page(self._slug())

    def fill(self) -> None:
        """Ask for each departure once, so that every kind of cookies is the first to ask for some.

        Raises LookupError when the cache keeps nothing.
        """
        ways = [(Mode.NONE, ""), *((Mode.STAFF, cookie) for cookie in self.scene.signed_in.values())]
        ways += [(Mode.FOREIGN, cookie) for cookie in self.scene.foreign]
        for slug, (mode, cookie) in zip(self.scene.slugs, cycle(ways), strict=False):
            self._get(Visit("read", f"/g/{slug}/waiver"), mode, cookie)
        self._kept_page(self.scene.slugs[0])

    def look(self) -> None:
        self._get(Visit("read, HEAD", f"/g/{self._slug()}/waiver", method="HEAD"))

    def read_by_link(self) -> None:
        query = self.chance.choice(("utm_source=mail", "fbclid=1", "a=1&a=2", "csrfmiddlewaretoken=x"))
        self._get(Visit("read, with a query", f"/g/{self._slug()}/waiver?{query}"))

    def read_asset(self) -> None:
        assets = ASSET.findall(self._kept_page(self._slug()))
        self._get(Visit("read, static", self.chance.choice(assets).decode()))

    def read_nothing(self) -> None:
        path = self.chance.choice(("/g/2031-02-03/waiver", "/g/2031-02-30/waiver", "/g/nobody/waiver"))
        self._get(Visit("read, unknown", path, status=404))

    def knock(self) -> None:
        """Ask for a page of the staff's without being one of them."""
        path = self.chance.choice(("/dispatch/", f"/dispatch/{self._slug()}/", "/admin/"))
        self._get(Visit("knock", path, status=302), self.chance.choice((Mode.NONE, Mode.FOREIGN)))

    def sign(self) -> None:
        """Sign on a page from the cache, without a script."""
        slug, name = self.scene.next_slug(), _new_name()
        fields = self._filled(slug, name) | {"typed": name}
        answer = self._send(Visit("sign", f"/g/{slug}/waiver", method="POST", who=name, status=303), fields, HTML)
        self._keep_receipt(answer, 303, name)

    def sign_by_script(self) -> None:
        """Sign on a page from the cache, as its script does."""
        slug, name = self.scene.next_slug(), _new_name()
        fields = self._filled(slug, name) | {
            "method": "drawn",
            "strokes": json.dumps([STROKE]),
            "acts": json.dumps({"opened_at": "2026-05-23T18:00:00.000Z", "zone": "America/Los_Angeles"}),
            "key": str(ULID()),
        }
        visit = Visit("sign by script", f"/g/{slug}/waiver", method="POST", who=name, status=201)
        self._keep_receipt(self._send(visit, fields, JSON), 201, name)

    def read_receipt(self) -> None:
        if not self.scene.receipts:
            self.sign()
        if self.scene.receipts:
            path, name = self.chance.choice(self.scene.receipts)
            self._get(Visit("receipt", path, who=name, names=name))

    def _page(self, slug: str) -> Answer:
        return self._get(Visit("read", f"/g/{slug}/waiver"))

    def _get(self, visit: Visit, mode: Mode | None = None, cookie: str | None = None) -> Answer:
        mode = mode or self.chance.choice(tuple(Mode))
        cookie = self._cookie(mode) if cookie is None else cookie
        answer = self.visitor.get(visit.path, method=visit.method, cookie=cookie)
        self.scene.judge.see(visit.by(mode), answer)
        return answer

    def _send(self, visit: Visit, fields: dict[str, str], accept: str) -> Answer:
        mode = self.chance.choice(tuple(Mode))
        answer = self.visitor.send(visit.path, fields, accept=accept, cookie=self._cookie(mode))
        self.scene.judge.see(visit.by(mode), answer)
        return answer

    def _cookie(self, mode: Mode) -> str:
        if mode is Mode.STAFF:
            return self.chance.choice(list(self.scene.signed_in.values()))
        return self.chance.choice(self.scene.foreign) if mode is Mode.FOREIGN else ""

    def _slug(self) -> str:
        return self.chance.choice(self.scene.slugs)

    def _kept_page(self, slug: str) -> bytes:
        """Return the waiver as the cache has it. Raises LookupError when it keeps none."""
        for _ in range(TRIES):
            answer = self._page(slug)
            if is_hit(answer):
                return answer.body
        raise LookupError(f"The cache keeps no waiver of {slug}.")

    def _filled(self, slug: str, name: str) -> dict[str, str]:
        self.scene.judge.keep_secret(name, of=name, is_staff=False)
        born = {"birth_month": "3", "birth_day": "31", "birth_year": "1980"}
        ticks = {"adult": "on", "consent": "on", "assent": "on"}
        return fields_of(self._kept_page(slug), "sign") | {"name": name} | born | ticks

    def _keep_receipt(self, answer: Answer, status: int, name: str) -> None:
        if answer.status != status:
            return
        self.scene.judge.count_signature()
        path = answer.headers["location"]
        self.scene.judge.keep_secret(path.rpartition("/")[2], of=name, is_staff=False)
        self.scene.receipts.append((path, name))


def _new_name() -> str:
    # Not of the seed: a second run signs for the same departures, and the same person signs once.
    return " ".join("".join(secrets.choice(string.ascii_lowercase) for _ in range(8)).title() for _ in range(2))
