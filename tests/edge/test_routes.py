"""CloudFront's behaviours follow from the URLconf, and what does not is told."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path, resolve
from django.views import View
from hypothesis import example, given
from hypothesis import strategies as st

from scc.caching import shared
from scc.edge import routes
from scc.edge.routes import DEFAULT, SITE, Behaviour, Cache, Origin


def page(request: HttpRequest, **parts: str) -> HttpResponse:
    return HttpResponse()


@shared(seconds=60)
def shared_page(request: HttpRequest, **parts: str) -> HttpResponse:
    return HttpResponse()


def urls(*patterns: URLPattern | URLResolver) -> Any:
    # Django takes the patterns themselves, too, for a URLconf; a tuple, as it remembers them.
    return patterns


def django(*patterns: URLPattern | URLResolver) -> list[tuple[str, str]]:
    """Return pattern and cache of each behaviour of Lambda."""
    return [(each.pattern, each.cache) for each in routes.behaviours(urls(*patterns)) if each.origin is Origin.LAMBDA]


def test_behaviours_of_the_project() -> None:
    found = routes.behaviours()

    assert [each.pattern for each in found] == [
        "/g/*/waiver",
        "/",
        "/healthz",
        "/admin",
        "/admin/*",
        "/dispatch",
        "/dispatch/*",
        "/api/*",
        "/g/*",
        "/r/*",
        "/static/*",
        "/media/*",
        "/_staging/*",
        "*",
    ]
    assert [each.pattern for each in found if each.cache is Cache.SHARED] == ["/g/*/waiver"]
    assert not routes.unserved(found) + routes.shadowed(found) + routes.too_many(found)


def test_every_example_of_the_project_is_a_path_of_its_route() -> None:
    for route in routes.routes():
        resolve(route.example)
        assert routes.serving(route.example, routes.behaviours()).origin is Origin.LAMBDA, route


def test_an_index_brings_the_address_without_its_slash() -> None:
    assert django(path("crew/", page)) == [("/crew", "none"), ("/crew/*", "none")]


def test_pages_under_one_segment_share_a_behaviour() -> None:
    assert django(path("crew/list", page), path("crew/<int:number>", page)) == [("/crew/*", "none")]


def test_a_page_without_a_slash_is_its_own() -> None:
    assert django(path("", page), path("healthz", page)) == [("/", "none"), ("/healthz", "none")]


def test_included_paths_carry_their_prefix() -> None:
    assert django(path("crew/", include([path("list/", page)]))) == [("/crew/*", "none")]


def test_a_segment_that_varies_in_part_has_a_behaviour() -> None:
    assert django(path("trip-<int:number>/crew", page)) == [("/trip-*/*", "none")]


def test_shared_pages_come_first_under_their_own_shape() -> None:
    found = django(path("trips/<slug:name>/list", page), path("trips/<slug:name>/waiver", shared_page))

    assert found == [("/trips/*/waiver", "shared"), ("/trips/*", "none")]


def test_a_regular_expression_may_stand_for_anything() -> None:
    assert django(re_path(r"^crew/(?P<rest>.*)$", page)) == []
    assert django(path("crew/", include([re_path(r"^(?P<rest>.*)$", page)]))) == [("/crew/*", "none")]


@pytest.mark.parametrize("address", ["<slug:name>", "<slug:name>/", "<slug:name>/waiver"])
@pytest.mark.parametrize("view", [page, shared_page])
def test_a_first_segment_that_varies_gets_no_behaviour(address: str, view: Callable[..., HttpResponse]) -> None:
    conf = urls(path(address, view))
    found = routes.behaviours(conf)

    assert found == list(SITE)
    assert len(routes.unserved(found, conf)) >= 1


class Board(View):
    pass


def renamed(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


renamed.__qualname__ = "board"


@pytest.mark.parametrize(("view", "name"), [(page, "page"), (Board.as_view(), "Board"), (renamed, "board")])
def test_routes_name_the_view(view: Callable[..., HttpResponse], name: str) -> None:
    (route,) = routes.routes(urls(path("board", view)))

    assert route.view == f"{__name__}.{name}"


def test_routes_of_the_project_name_no_wrapper() -> None:
    assert not [route for route in routes.routes() if "<locals>" in route.view or "wrapper" in route.view]


def test_routes_show_regular_expressions_as_paths() -> None:
    (route,) = routes.routes(urls(re_path(r"^crew/(?P<name>\w+)/$", page)))

    assert (route.path, route.shape) == ("/crew/<name>/", "/*")


def without(pattern: str) -> list[Behaviour]:
    return [each for each in routes.behaviours() if each.pattern != pattern]


@pytest.mark.parametrize("pattern", ["/", "/healthz", "/admin/*", "/dispatch/*", "/api/*", "/g/*"])
def test_unserved_names_routes_whose_behaviour_is_missing(pattern: str) -> None:
    said = routes.unserved(without(pattern))

    assert said
    assert all("is served by no behaviour: it would fall through to S3." in each for each in said)


def test_unserved_names_the_waiver_that_started_this() -> None:
    among = [each for each in routes.behaviours() if not each.pattern.startswith("/g/")]

    assert "/g/<str:slug>/waiver (waivers.views.waiver) is served by no behaviour: it would fall through to S3." in (
        routes.unserved(among)
    )


@pytest.mark.parametrize("pattern", ["/g/2026-*", "/g/?-waiver/waiver", "*.html"])
def test_unserved_names_routes_that_are_taken_in_part(pattern: str) -> None:
    among = [Behaviour(pattern, Origin.SITE, Cache.NONE), *routes.behaviours()]

    said = routes.unserved(among, urls(path("g/<path:rest>", page)))

    assert said == [f"/g/<path:rest> ({__name__}.page) is taken by {pattern}, in whole or part, which leads to S3."]


def test_unserved_wants_a_default_too() -> None:
    assert len(routes.unserved([])) == len(routes.routes())


def test_shadowed_names_a_route_with_the_wrong_cache() -> None:
    said = routes.shadowed(without("/g/*/waiver"))

    assert said == ["/g/<str:slug>/waiver (waivers.views.waiver) wants cache shared; /g/* before it has none."]


def test_shadowed_names_a_behaviour_that_is_never_reached() -> None:
    first, *rest = routes.behaviours()
    swapped = [each for each in rest if each.pattern != "/g/*"]
    swapped = [Behaviour("/g/*", Origin.LAMBDA, Cache.NONE), first, *swapped]

    assert "/g/*/waiver is never reached: /g/* comes before it." in routes.shadowed(swapped)


def test_shadowed_names_a_private_page_that_would_be_shared() -> None:
    among = [Behaviour("/admin/*", Origin.LAMBDA, Cache.SHARED), *without("/admin/*")]

    assert any("/admin/ " in each and "wants cache none" in each for each in routes.shadowed(among))


@pytest.mark.parametrize(("count", "said"), [(75, []), (76, ["76 behaviours are needed, and CloudFront allows 75."])])
def test_too_many_counts_the_default(count: int, said: list[str]) -> None:
    conf = urls(*(path(f"page-{number}", page) for number in range(count - len(SITE))))

    assert routes.too_many(routes.behaviours(conf)) == said


def test_serving_takes_the_first_that_matches() -> None:
    among = routes.behaviours()

    assert routes.serving("/g/2026-05-23/waiver", among).pattern == "/g/*/waiver"
    assert routes.serving("/g/2026-05-23/waiver/", among).pattern == "/g/*"
    assert routes.serving("/G/2026-05-23/waiver", among).pattern == DEFAULT
    with pytest.raises(LookupError):
        routes.serving("/nowhere", [])


# Few letters, so that patterns and paths meet.
LETTERS = "ab/"
PATHS = st.text(LETTERS, max_size=8).map("/".__add__)
PATTERNS = st.text(LETTERS + "*?", max_size=7).map("/".__add__)


def matches(pattern: str, text: str) -> bool:
    """Say what CloudFront does, by a regular expression: `*` and `?` stand for slashes, too."""
    parts = [{"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern]
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


@given(PATTERNS, PATHS)
@example("/**a", "/a")
@example("/*", "/")
@example("/?", "/")
def test_serves_is_what_cloudfront_does(pattern: str, address: str) -> None:
    assert Behaviour(pattern, Origin.SITE, Cache.NONE).serves(address) == matches(pattern, address)


@given(
    PATTERNS, st.text(LETTERS + "*", max_size=7).map("/".__add__), st.lists(st.text(LETTERS, max_size=4), min_size=7)
)
@example("/a*", "/*", ["b"] * 7)
@example("/*a", "/*", [""] * 7)
def test_covers_promises_every_path_of_a_shape(pattern: str, shape: str, varied: list[str]) -> None:
    fillings = iter(varied)
    address = "".join(next(fillings) if letter == "*" else letter for letter in shape)

    if routes._covers(pattern, shape):
        assert matches(pattern, address)
        assert routes._meets(pattern, shape)


@given(PATTERNS, st.text(LETTERS + "*", max_size=7).map("/".__add__), PATHS)
@example("/a*", "/*b", "/ab")
def test_meets_wherever_a_path_fits_both(pattern: str, shape: str, address: str) -> None:
    if matches(pattern, address) and matches(shape, address):
        assert routes._meets(pattern, shape)


@pytest.mark.parametrize(("one", "other"), [("/a*", "/b*"), ("/?", "/aa*"), ("*.html", "/g/*/waiver"), ("/", "/?*")])
def test_meets_not_where_none_does(one: str, other: str) -> None:
    assert not routes._meets(one, other)
    assert not routes._meets(other, one)
