from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.mail.providers import CERTIFICATE, Provider, ses_provider, smtp_provider


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Provider]:
    with ses_provider() as provider:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://127.0.0.1:{provider.port}")
        settings.SES_SENDER_EMAIL = "crew@example.com"
        yield provider


@pytest.fixture
def gmail(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Provider]:
    with smtp_provider() as provider:
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        settings.GMAIL_SMTP_HOST = "127.0.0.1"
        settings.GMAIL_SMTP_PORT = provider.port
        settings.GMAIL_SENDER_EMAIL = "crew@gmail.example"
        settings.GMAIL_APP_PASSWORD = "app password"
        yield provider
