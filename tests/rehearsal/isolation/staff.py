"""What staff do: sign in and out, look at their pages, log payments."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count

from scc.edge.web import Answer
from tests.rehearsal.isolation.guests import Scene
from tests.rehearsal.isolation.judging import Visit
from tests.rehearsal.isolation.visitors import HTML, JSON, Visitor, token_of

LOGIN = "/admin/login/?next=/dispatch/"
LISTS = ("/admin/", "/admin/events/event/", "/admin/waivers/waiver/")


@dataclass(frozen=True)
class Login:
    """A user of the staff, who may see departures and log payments. The names must be like nothing else on any page."""

    username: str
    password: str
    name: str


class Member:
    """One user of the staff, in a browser. slugs: the departures whose money is theirs alone, for sheets name both."""

    def __init__(
        self, scene: Scene, visitor: Visitor, chance: random.Random, *, login: Login, slugs: Sequence[str]
    ) -> None:
        self.scene = scene
        self.visitor = visitor
        self.chance = chance
        self.login = login
        self.slugs = slugs
        self.token = ""
        self._paid = count(1)
        for secret in (login.username, login.name, login.password):
            scene.judge.keep_secret(secret, of=login.username, is_staff=True)

    def sign_in(self) -> None:
        page = self.visitor.get(LOGIN)
        self._keep_cookies()
        self._see("sign in", LOGIN, page)
        if page.status != HTTPStatus.OK:
            return
        fields = {
            "username": self.login.username,
            "password": self.login.password,
            "next": "/dispatch/",
            "csrfmiddlewaretoken": token_of(page.body),
        }
        answer = self.visitor.send(LOGIN, fields)
        self._keep_cookies()
        self._see("sign in", LOGIN, answer, method="POST", status=302)
        self.scene.signed_in[self.login.username] = self.visitor.cookie

    def sign_out_and_in(self) -> None:
        board = self._page("board", "/dispatch/")
        if board.status != HTTPStatus.OK:
            return
        ended = self.visitor.cookie
        answer = self.visitor.send("/admin/logout/", {"csrfmiddlewaretoken": token_of(board.body)})
        self._see("sign out", "/admin/logout/", answer, method="POST")
        if answer.status == HTTPStatus.OK:
            self.scene.foreign.append(ended)
        self.sign_in()

    def take_token(self) -> None:
        """Get a bearer token for the API."""
        body = json.dumps({"username": self.login.username, "password": self.login.password}).encode()
        answer = self.visitor.post("/api/token", body, kind=JSON, accept=JSON, cookie="")
        self._see("token", "/api/token", answer, method="POST")
        self.token = str(json.loads(answer.body).get("token", ""))
        self.scene.judge.keep_secret(self.token, of=self.login.username, is_staff=True)

    def read_board(self) -> None:
        self._page("board", "/dispatch/")

    def read_sheet(self) -> None:
        self._page("sheet", f"/dispatch/{self.chance.choice(self.slugs)}/")

    def read_list(self) -> None:
        self._page("admin", self.chance.choice(LISTS))

    def read_api(self) -> None:
        path = f"/api/g/{self.chance.choice(self.slugs)}"
        self._see("api", path, self.visitor.get(path, accept=JSON))

    def read_api_by_token(self) -> None:
        path = f"/api/g/{self.chance.choice(self.slugs)}"
        answer = self.visitor.get(path, accept=JSON, cookie="", authorization=f"Bearer {self.token}")
        self._see("api, by token", path, answer)

    def log_payment(self) -> None:
        number = next(self._paid)
        path = f"/api/g/{self.chance.choice(self.slugs)}/payment"
        body = {"patron_name": "Ana López", "amount": f"{number}.00", "method": "cash"}
        answer = self.visitor.post(
            path,
            json.dumps(body).encode(),
            kind=JSON,
            accept=JSON,
            x_csrftoken=self.visitor.cookies.get("csrftoken", ""),
            idempotency_key=f"{self.login.username}-{self.chance.getrandbits(64)}",
        )
        self._see("payment", path, answer, method="POST", status=201)

    def _page(self, kind: str, path: str) -> Answer:
        answer = self.visitor.get(path, accept=HTML)
        self._see(kind, path, answer, names=self.login.name)
        return answer

    def _see(
        self, kind: str, path: str, answer: Answer, *, method: str = "GET", status: int = 200, names: str = ""
    ) -> None:
        who = self.login.username
        visit = Visit(kind, path, method=method, who=who, is_staff=True, status=status, names=names)
        self.scene.judge.see(visit, answer)

    def _keep_cookies(self) -> None:
        for secret in self.visitor.secrets:
            self.scene.judge.keep_secret(secret, of=self.login.username, is_staff=True)
