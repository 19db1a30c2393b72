"""The receipt's page, for whoever has its address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe


@require_safe
def show(request: HttpRequest, slug: str, link: str) -> HttpResponse:
    """Show a receipt. One Query. Whatever is wrong with the address, the answer is the same."""
    # Here, as the URLconf names this view on every cold start.
    from payments import receipts

    receipt = receipts.find(slug, link)
    if receipt is None:
        return HttpResponse(render_to_string("404.html"), status=404)
    # Without the request: who is signed in is nobody's business here.
    page = render_to_string("payments/receipt_show.html", {"receipt": receipt, "entry": receipt.entry})
    # The address is the key to the page: no index lists it, and no other site learns it.
    return HttpResponse(page, headers={"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"})
