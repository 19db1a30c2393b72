"""Where a request comes from."""

from __future__ import annotations

from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the visitor's IP address. It is what the server's socket says; no header of the visitor's is believed.

    On Lambda it is the address that CloudFront saw: `scc.lambda_handler` puts it there.
    """
    return str(request.META.get("REMOTE_ADDR", ""))
