from __future__ import annotations

import pytest
from pytest_django import Settings

from scc.mail.checks import check_senders


def ids() -> list[str | None]:
    return [message.id for message in check_senders(None)]


def test_a_machine_of_ones_own_needs_no_sender() -> None:
    assert ids() == []


def test_a_public_site_without_a_sender_is_warned_of(settings: Settings) -> None:
    settings.SCC_HTTPS = True

    assert ids() == ["mail.W001"]


@pytest.mark.parametrize("sender", ["crew", "Crew <crew@example.com>", "crew@example.com\nBcc: all@example.com"])
def test_a_sender_is_a_bare_address(settings: Settings, sender: str) -> None:
    settings.SES_SENDER_EMAIL = sender

    assert ids() == ["mail.E001"]


def test_gmail_needs_its_password(settings: Settings) -> None:
    settings.GMAIL_SENDER_EMAIL = "crew@gmail.example"

    assert ids() == ["mail.E002"]


def test_senders_that_are_right_are_silent(settings: Settings) -> None:
    settings.SCC_HTTPS = True
    settings.SES_SENDER_EMAIL = "crew@example.com"
    settings.GMAIL_SENDER_EMAIL = "crew@gmail.example"
    settings.GMAIL_APP_PASSWORD = "app password"

    assert ids() == []
