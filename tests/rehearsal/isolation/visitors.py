"""Browsers without a browser: one connection each, cookies, and the headers by which pages are told from strangers."""

from __future__ import annotations

import http.client
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

from scc.edge.web import Answer

SECONDS = 60.0

HTML = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

_TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')


class Visitor:
    """Someone who visits `site` ("https://host") through the front at `port`. Takes nothing compressed."""

    def __init__(self, *, site: str, port: int) -> None:
        self.site = site
        self.cookies: dict[str, str] = {}
        # The values of all cookies that were ever set.
        self.secrets: set[str] = set()
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)

    def close(self) -> None:
        self._connection.close()

    @property
    def cookie(self) -> str:
        """The visitor's own cookies, as a header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def get(self, path: str, *, method: str = "GET", accept: str = HTML, **headers: str) -> Answer:
        """Ask for a page. headers: further ones, with `_` for `-`; an empty one is left out."""
        return self._ask(method, path, {"Accept": accept, **headers})

    def post(self, path: str, body: bytes, *, kind: str = FORM, accept: str = HTML, **headers: str) -> Answer:
        """Send what a page of the site itself would. headers: as for `get`."""
        sent = {
            "Accept": accept,
            "Content-Type": kind,
            "Origin": self.site,
            "Referer": f"{self.site}{path}",
            "Sec-Fetch-Site": "same-origin",
        }
        return self._ask("POST", path, sent | headers, body)

    def send(self, path: str, fields: Mapping[str, str], *, accept: str = HTML, **headers: str) -> Answer:
        """Send a form. headers: as for `get`."""
        return self.post(path, urlencode(fields).encode(), accept=accept, **headers)

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        sent = {"Host": urlsplit(self.site).netloc, "User-Agent": "Mozilla/5.0 (rehearsal)", "Cookie": self.cookie}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, body=body, headers={name: sent[name] for name in sent if sent[name]})
        response = self._connection.getresponse()
        answer = Answer(
            status=response.status,
            headers={name.lower(): value for name, value in response.getheaders()},
            cookies=response.headers.get_all("Set-Cookie") or [],
            body=response.read(),
        )
        self._keep(answer.cookies)
        return answer

    def _keep(self, lines: list[str]) -> None:
        for line in lines:
            name, _, value = line.partition(";")[0].partition("=")
            if "max-age=0" in line.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
                self.secrets.add(value)


def token_of(page: bytes) -> str:
    """Return the CSRF token in the page's first form. Raises LookupError when there is none."""
    found = _TOKEN.search(page)
    if found is None:
        raise LookupError("the page holds no token")
    return found[1].decode()


def fields_of(page: bytes, form: str) -> dict[str, str]:
    """Return the inputs of the form with that id, as a browser would send them before anyone fills them in.

    Raises LookupError when the page has no such form.
    """
    reader = _Form(form)
    reader.feed(page.decode())
    if not reader.fields:
        raise LookupError(f"the page has no form {form}")
    return reader.fields


class _Form(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.is_inside = False
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "form":
            self.is_inside = given.get("id") == self.name
        is_sent = given.get("type") not in {"radio", "checkbox"} or "checked" in given
        if tag == "input" and self.is_inside and is_sent:
            self.fields[given.get("name") or ""] = given.get("value") or ""
