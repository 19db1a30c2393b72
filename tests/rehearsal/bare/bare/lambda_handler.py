"""What AWS Lambda calls: `bare.lambda_handler.web`."""

from __future__ import annotations

import os
from typing import Any

from apig_wsgi import make_lambda_handler
from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "bare.settings"
_answer = make_lambda_handler(get_wsgi_application())


def web(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request of the Function URL, and print one line about it, as our own function does."""
    answer: dict[str, Any] = _answer(event, context)
    print(event["rawPath"], answer["statusCode"], flush=True)  # noqa: T201
    return answer
