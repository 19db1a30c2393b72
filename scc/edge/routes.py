"""Which path is served by what: CloudFront's behaviours, derived from the URLconf.

A behaviour is a path pattern and where it leads. CloudFront takes the first whose pattern matches, and the default
where none does. A path of Django's that no behaviour names would fall through to S3, which answers with something else
and perhaps with 200: so behaviours are not written by hand, and `scc.edge.checks` holds the template's against the
URLconf.

Patterns: `*` stands for any characters, slashes too, `?` for one; all else, case included, is literal.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern, RoutePattern

from scc.caching import shared_seconds

# Cache behaviors per distribution, the default among them.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
MOST_BEHAVIOURS = 75

DEFAULT = "*"

_CONVERTER = re.compile(r"<(?:(?P<kind>\w+):)?\w+>")
_GROUP = re.compile(r"\(\?P(<\w+>)[^()]*\)")
_EXAMPLES = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000000"}
_EXAMPLE = "smoke-test"


class Origin(StrEnum):
    LAMBDA = "lambda"
    SITE = "site"


class Cache(StrEnum):
    # The same page for everyone, for a minute: nothing of the visitor is part of the key or reaches the view.
    SHARED = "shared"
    NONE = "none"
    # Names that hold a hash of what is inside.
    IMMUTABLE = "immutable"


@dataclass(frozen=True)
class Behaviour:
    """A path pattern and where it leads. Those of Lambda take every method, those of S3 GET and HEAD."""

    pattern: str
    origin: Origin
    cache: Cache

    def serves(self, path: str) -> bool:
        return _covers(self.pattern, path, wild=False)


@dataclass(frozen=True)
class Route:
    """A path of the URLconf: `shape` has `*` for what varies, `example` something that fits."""

    path: str
    shape: str
    example: str
    view: str
    cache: Cache

    @property
    def behaviour(self) -> Behaviour:
        """The treatment that this route wants, under its own shape."""
        return Behaviour(self.shape, Origin.LAMBDA, self.cache)


# What is not Django's. The default is the landing: what asks for no path of ours costs no function.
SITE = (
    Behaviour("/static/*", Origin.SITE, Cache.IMMUTABLE),
    Behaviour("/media/*", Origin.SITE, Cache.IMMUTABLE),
    Behaviour("/_staging/*", Origin.SITE, Cache.NONE),
    Behaviour(DEFAULT, Origin.SITE, Cache.NONE),
)


def routes(urlconf: str | None = None) -> list[Route]:
    """Return every path of the URLconf (the project's own by default), in its order."""
    return list(_walk(get_resolver(urlconf).url_patterns, "/", "/", "/"))


def behaviours(urlconf: str | None = None) -> list[Behaviour]:
    """Return CloudFront's behaviours in their order, the default last.

    Shared pages come first, each under its own shape; then every first segment that Django serves; then S3's.
    """
    found: dict[str, Behaviour] = {}
    for route in sorted(routes(urlconf), key=lambda route: route.cache is not Cache.SHARED):
        for pattern in _patterns(route):
            found.setdefault(pattern, Behaviour(pattern, Origin.LAMBDA, route.cache))
    return [*found.values(), *SITE]


def serving(path: str, among: Sequence[Behaviour]) -> Behaviour:
    """Return the behaviour that CloudFront takes for a path. Raises LookupError when `among` has no default."""
    for behaviour in among:
        if behaviour.serves(path):
            return behaviour
    raise LookupError(f"no behaviour for {path}, not even a default")


def unserved(among: Sequence[Behaviour], urlconf: str | None = None) -> list[str]:
    """Return a sentence for each route that Lambda must answer and that `among` leads, in whole or part, elsewhere."""
    return [
        f"{route.path} ({route.view}) is {_instead(behaviour)}"
        for route in routes(urlconf)
        for behaviour in _leading(route.shape, among)
        if behaviour.origin is not Origin.LAMBDA
    ]


def shadowed(among: Sequence[Behaviour], urlconf: str | None = None) -> list[str]:
    """Return a sentence for each route, and each behaviour, that an earlier behaviour takes the requests of."""
    said = []
    for route in routes(urlconf):
        first = _first(route.shape, among)
        if first.origin is Origin.LAMBDA and first.cache is not route.cache:
            said.append(
                f"{route.path} ({route.view}) wants cache {route.cache}; {first.pattern} before it has {first.cache}."
            )
    for number, behaviour in enumerate(among):
        for earlier in among[:number]:
            if _covers(earlier.pattern, behaviour.pattern):
                said.append(f"{behaviour.pattern} is never reached: {earlier.pattern} comes before it.")
                break
    return said


def too_many(among: Sequence[Behaviour]) -> list[str]:
    """Return a sentence when CloudFront allows fewer behaviours than `among` has."""
    if len(among) <= MOST_BEHAVIOURS:
        return []
    return [f"{len(among)} behaviours are needed, and CloudFront allows {MOST_BEHAVIOURS}."]


def _walk(patterns: Sequence[Any], path: str, shape: str, example: str) -> Iterator[Route]:
    for each in patterns:
        more = _parts(each.pattern)
        here = (path + more[0], shape + more[1], example + more[2])
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, *here)
        elif isinstance(each, URLPattern):
            # One star says what several in a row do.
            yield Route(here[0], re.sub(r"\*+", "*", here[1]), here[2], _name(each), _cache(each.callback))


def _parts(pattern: Any) -> tuple[str, str, str]:
    """Return a pattern of Django's as people read it, as CloudFront has it, and as one path that fits."""
    text = str(pattern)
    if isinstance(pattern, RoutePattern):
        example = _CONVERTER.sub(lambda found: _EXAMPLES.get(found["kind"] or "", _EXAMPLE), text)
        return text, _CONVERTER.sub("*", text), example
    if isinstance(pattern, RegexPattern) and text == re.escape(text):
        return (text, text, text) if text else ("*", "*", _EXAMPLE)
    # A regular expression that is more than text: anything may follow.
    return _GROUP.sub(r"\1", text).removeprefix("^").removesuffix("$"), "*", _EXAMPLE


def _name(pattern: URLPattern) -> str:
    view = getattr(pattern.callback, "view_class", None) or pattern.callback
    return f"{view.__module__}.{getattr(view, '__qualname__', type(view).__name__)}"


def _cache(view: Callable[..., object]) -> Cache:
    return Cache.SHARED if shared_seconds(view) else Cache.NONE


def _patterns(route: Route) -> Iterator[str]:
    """Yield the patterns that a route needs.

    One whose first segment varies has none, which would send every scanner to Lambda. `unserved` says so.
    """
    first, slash, rest = route.shape[1:].partition("/")
    if first.startswith("*"):
        return
    if route.cache is Cache.SHARED or not slash:
        yield route.shape
        return
    if not rest:
        # Django redirects the address without its slash.
        yield f"/{first}"
    yield f"/{first}/*"


def _leading(shape: str, among: Sequence[Behaviour]) -> Iterator[Behaviour]:
    """Yield the behaviours that take requests of `shape`, up to the one that leaves none for others."""
    for behaviour in among:
        if _meets(behaviour.pattern, shape):
            yield behaviour
        if _covers(behaviour.pattern, shape):
            return
    yield SITE[-1]


def _instead(behaviour: Behaviour) -> str:
    if behaviour.pattern == DEFAULT:
        return "served by no behaviour: it would fall through to S3."
    return f"taken by {behaviour.pattern}, in whole or part, which leads to S3."


def _first(shape: str, among: Sequence[Behaviour]) -> Behaviour:
    return next((behaviour for behaviour in among if _covers(behaviour.pattern, shape)), SITE[-1])


def _covers(pattern: str, text: str, *, wild: bool = True) -> bool:
    """Return whether `pattern` matches all that `text` stands for, whose own `*` are any characters if `wild`."""
    # Each place in the pattern that can be reached after what was read of the text so far.
    places = _past_stars(pattern, {0})
    for letter in text:
        after = set()
        for place in places:
            if place == len(pattern):
                continue
            here = pattern[place]
            if here == "*":
                after.add(place)
            elif not (wild and letter == "*") and here in {letter, "?"}:
                after.add(place + 1)
        places = _past_stars(pattern, after)
    return len(pattern) in places


def _meets(one: str, other: str) -> bool:
    """Return whether some path matches both patterns."""
    waiting, seen = [(0, 0)], set()
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        if here == (len(one), len(other)):
            return True
        waiting += _steps(one, other, *here)
    return False


def _steps(one: str, other: str, at: int, there: int) -> Iterator[tuple[int, int]]:
    """Yield the places in both patterns that one more letter, or a star that ends, may lead to."""
    this, that = one[at : at + 1], other[there : there + 1]
    if this == "*":
        yield at + 1, there
        if that:
            yield at, there + 1
    if that == "*":
        yield at, there + 1
        if this:
            yield at + 1, there
    if this and that and (this == that or "?" in this + that):
        yield at + 1, there + 1


def _past_stars(pattern: str, places: set[int]) -> set[int]:
    """Return the places, and those behind the stars that stand there: a star may stand for nothing."""
    reached = set(places)
    for place in places:
        at = place
        while at < len(pattern) and pattern[at] == "*":
            at += 1
            reached.add(at)
    return reached
