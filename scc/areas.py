"""Parts of the URLconf that are imported when one of their addresses is asked for, or named in a link.

`include` imports at once, and one name that is looked up compiles the patterns of all. A visitor who signs on a cold
function would wait for the admin, of whose modules and hundred patterns the waiver's page needs none.
"""

from __future__ import annotations

from django.urls import URLResolver
from django.urls.resolvers import RoutePattern


class Area(URLResolver):
    """All below one route, under a namespace of its own."""

    def _populate(self) -> None:
        # The resolver above calls this for names without a namespace. A name in ours is looked for in `url_patterns`.
        pass


def area(route: str, urlconf: str, *, namespace: str) -> Area:
    """Return what serves `route`: the `urlpatterns` of the module `urlconf`, whose names are `namespace:name`."""
    return Area(RoutePattern(route), urlconf, app_name=namespace, namespace=namespace)
