"""Pages that caches may share: the same bytes for everyone. All others are `no-store`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpResponse

View = TypeVar("View", bound=Callable[..., HttpResponse])

_SECONDS = "shared_seconds"


def shared(*, seconds: int) -> Callable[[View], View]:
    """Mark a view whose GET answers caches may share for so long, CloudFront among them.

    The view says so itself in each answer that may be kept, with `control`; what it refuses is not kept.
    """

    def mark(view: View) -> View:
        setattr(view, _SECONDS, seconds)
        return view

    return mark


def shared_seconds(view: Callable[..., object]) -> int:
    """Return for how many seconds caches may share the view's answers; 0 if not at all."""
    return int(getattr(view, _SECONDS, 0))


def control(seconds: int) -> str:
    """Return the Cache-Control of an answer that may be shared for so long."""
    return f"public, max-age={seconds}"
