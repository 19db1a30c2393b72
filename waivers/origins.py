"""Whether a signature was sent by our own page.

The page is kept by caches and is the same for everyone, so it can hold no CSRF token. Browsers say where a request
comes from in headers that no page can forge: `Sec-Fetch-Site`, and `Origin` on every POST.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def is_own(request: HttpRequest) -> bool:
    """Say whether a page of ours sent the request. One that carries neither header was sent by no browser's page."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") in _own_origins(request)


def _own_origins(request: HttpRequest) -> set[str]:
    own = {settings.SCC_SITE_URL, *settings.CSRF_TRUSTED_ORIGINS}
    if not settings.SCC_HTTPS:
        # A development machine answers by several names, each of them in ALLOWED_HOSTS.
        own.add(f"{request.scheme}://{request.get_host()}")
    return own
