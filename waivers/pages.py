"""The waiver's page.

It is the same bytes for everyone and may be kept by caches for a minute. So nothing here asks who is there: templates
are rendered without the request, whose context would offer the session and the user. It holds each language's text and
words; the visitor chooses among them in the page.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation

from events.rows import Event
from waivers import texts, words
from waivers.rows import Role

Shown = Mapping[Role, Mapping[str, texts.Text]]

# What a signer ticks or presses, in the words of the text.
STATEMENTS = ("consent", "adult", "authority", "orientation", "assent", "button")
MOST_CHILDREN = 8
# Without the page's script, which adds more.
CHILDREN = 3


@dataclass(frozen=True)
class Version:
    """A text, or words of it, in one language, and for whom: "" where all read the same."""

    language: str
    role: str
    text: Any

    @property
    def suffix(self) -> str:
        """What makes an id of this version another than that of the first one."""
        return self.field.removeprefix("text").replace("_", "-")

    @property
    def field(self) -> str:
        """The field that tells the server which text was shown: text, text_crew, text_es, text_crew_es."""
        parts = ("text", self.role.replace(Role.GUEST, ""), self.language.replace(settings.LANGUAGE_CODE, ""))
        return "_".join(filter(None, parts))


# The page's script, of which each part is asked for at once and not when the part before it has come.
MODULES = tuple(f"js/waiver/{name}.js" for name in ("check", "form", "kept"))


_BETWEEN_TAGS = re.compile(r">\s*\n\s*<")


# By all that is in them. A day's poster leads to a few; who asks for more waits for one to be rendered.
MOST_REMEMBERED = 64
_pages: OrderedDict[tuple[object, ...], str] = OrderedDict()
_SAID = ("slug", "date", "starts_at", "time_zone", "title", "vessel_name", "departure_port")


def not_found() -> HttpResponse:
    """Return the one answer for what is unknown, hidden, closed or malformed."""
    return HttpResponse(render_to_string("404.html"), status=404)


def empty_page(event: Event, *, departures: list[Event]) -> str:
    """Return the page of `event` with nothing filled in, as everyone gets it. Rendered once, and then remembered.

    In development a template may have changed since. departures: as of `form_page`.
    """
    shown = texts.shown(event)
    if settings.DEBUG:
        return form_page(event, departures=departures, shown=shown)
    what = (
        *(_facts(each) for each in (event, *departures)),
        *(text.sha256 for by_language in shown.values() for text in by_language.values()),
        settings.SECRET_KEY,
        settings.SCC_OPERATOR,
        *map(static, MODULES),
    )
    page = _pages.get(what)
    if page is None:
        page = _pages[what] = form_page(event, departures=departures, shown=shown)
        if len(_pages) > MOST_REMEMBERED:
            _pages.popitem(last=False)
    return page


def _facts(event: Event) -> tuple[object, ...]:
    """Return what a page says of a departure."""
    return tuple(getattr(event, name) for name in _SAID)


def form_page(
    event: Event,
    *,
    departures: list[Event] | None = None,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, Any] | None = None,
    shown: Shown | None = None,
    **more: Any,
) -> str:
    """Return the page on which `event` is signed for.

    departures: those among which a visitor may have to choose. shown: other texts than the departure's, for a preview.
    """
    is_one_of_several = any(each.slug != event.slug for each in departures or [])
    context = _of_texts(event, shown or texts.shown(event)) | {
        "event": event,
        "day": event.date.isoformat(),
        "departures": departures if is_one_of_several else None,
        "values": values or {},
        # In the language that they were asked for in, which is not that of the page.
        "errors": {name: str(said) for name, said in (errors or {}).items()},
        "children": range(1, _children(values or {}) + 1),
        "most_children": MOST_CHILDREN,
        "modules": MODULES,
    }
    with translation.override(settings.LANGUAGE_CODE):
        page = render_to_string("waivers/waiver_sign.html", context | more)
    # On a poor signal each byte is waited for; what a signer typed holds no tags.
    return _BETWEEN_TAGS.sub(">\n<", page)


def choice_page(departures: list[Event]) -> str:
    """Return the page on which a day's departures are chosen from."""
    context = {"departures": departures, "languages": [code for code, _ in settings.LANGUAGES]}
    with translation.override(settings.LANGUAGE_CODE):
        return render_to_string("waivers/waiver_choose.html", context)


def _of_texts(event: Event, shown: Shown) -> dict[str, Any]:
    languages = _languages(shown)
    versions = _versions(shown, languages)
    statements = {name: _statement(versions, name) for name in STATEMENTS}
    return {
        "languages": [code for code, _ in languages],
        "language_names": languages,
        "versions": versions,
        "tickets": [(each.field, texts.ticket(event, each.role, each.text)) for each in versions],
        "has_two_texts": any(version.role for version in versions),
        "statements": statements,
        "only": {name: _only(said) for name, said in statements.items()},
        "asks_initials": any(version.text.asks_initials for version in versions),
        "words": words.in_each(code for code, _ in languages),
    }


def _languages(shown: Shown) -> list[tuple[str, str]]:
    """Return those in which every role's text is there; the first of all, where none is."""
    common = set.intersection(*(set(by_language) for by_language in shown.values()))
    return [pair for pair in settings.LANGUAGES if pair[0] in common] or list(settings.LANGUAGES[:1])


def _versions(shown: Shown, languages: Iterable[tuple[str, str]]) -> list[Version]:
    found = []
    for language, _ in languages:
        by_role = {role: _text(shown[role], language) for role in Role}
        if len({text.sha256 for text in by_role.values()}) == 1:
            found.append(Version(language, "", by_role[Role.GUEST]))
        else:
            found += [Version(language, role.value, text) for role, text in by_role.items()]
    return found


def _text(by_language: Mapping[str, texts.Text], language: str) -> texts.Text:
    return by_language.get(language) or next(iter(by_language.values()))


def _statement(versions: list[Version], name: str) -> list[Version]:
    """Return the words of a statement, each once; none where no text has it."""
    found = [Version(each.language, each.role, getattr(each.text, name)) for each in versions]
    alike = {each.language: replace(each, role="") for each in found}
    if all(each.text == alike[each.language].text for each in found):
        found = list(alike.values())
    return [each for each in found if each.text]


def _only(said: list[Version]) -> str:
    """Return the role that alone has this statement, "" where both have it."""
    roles = {version.role for version in said}
    return roles.pop() if len(roles) == 1 else ""


def _children(values: Mapping[str, Any]) -> int:
    """Return how many children the form has room for: as many as were filled in, and three."""
    filled = [number for number in range(1, MOST_CHILDREN + 1) if _is_filled(values, number)]
    return max([CHILDREN, *filled])


def _is_filled(values: Mapping[str, Any], number: int) -> bool:
    return any(values.get(f"child_{part}_{number}") for part in ("name", "month", "day", "year"))
