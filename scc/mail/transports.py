"""Ways out of the house, tried in order: SES, then Gmail.

A provider's answer is one of four: taken; refused for good (the next provider may be tried); not now; or none, after
which the letter may be on its way and only the same provider may be asked again.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend

# A person waits for the first try, so that it has a short budget; the sweeper comes back.
CONNECT_SECONDS = 1
READ_SECONDS = 3

# The providers, as people know them.
LABELS = {"ses": "Amazon SES", "gmail": "Gmail", "console": "The console"}


class DeliveryError(Exception):
    """Base of what a provider may answer instead of taking a letter; its text is the provider's own, with the code."""

    # What the provider did, for people.
    did = "did not take it"


class Refused(DeliveryError):
    """A definite no, which the same letter would get again."""

    did = "refused it"


class Busy(DeliveryError):
    """A definite no for now: nothing was sent."""

    did = "could not take it then"


class NoAnswer(DeliveryError):
    """The provider may have taken the letter."""

    did = "gave no clear answer"


class Transport(Protocol):
    """A provider."""

    # As letters keep it; LABELS has it for people.
    name: str
    sender: str

    def send(self, message: EmailMultiAlternatives) -> str:
        """Hand the message over and return the provider's id for it, "" when it gives none. Raises DeliveryError."""
        ...


class Gmail:
    """Gmail's SMTP, in TLS from the first byte: STARTTLS can be talked out of it (CVE-2026-7666)."""

    name = "gmail"

    def __init__(self) -> None:
        self.sender = settings.GMAIL_SENDER_EMAIL

    def send(self, message: EmailMultiAlternatives) -> str:
        backend = EmailBackend(
            host=settings.GMAIL_SMTP_HOST,
            port=settings.GMAIL_SMTP_PORT,
            username=settings.GMAIL_SENDER_EMAIL,
            password=settings.GMAIL_APP_PASSWORD,
            use_ssl=True,
            use_tls=False,
            timeout=READ_SECONDS,
        )
        try:
            with _smtp_answers(unsent=True):
                backend.open()
            with _smtp_answers(unsent=False):
                backend.send_messages([message])
        finally:
            # The letter is taken or not by now; a goodbye that fails changes neither.
            with suppress(OSError):
                backend.close()
        return str(message.extra_headers.get("Message-ID", ""))


@contextmanager
def _smtp_answers(*, unsent: bool) -> Iterator[None]:
    """Turn SMTP's errors into ours. `unsent`: nothing of the letter has left yet."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as exc:
        raise _smtp_answer(*next(iter(exc.recipients.values()))) from exc
    except smtplib.SMTPResponseException as exc:
        raise _smtp_answer(exc.smtp_code, exc.smtp_error) from exc
    except smtplib.SMTPNotSupportedError as exc:
        raise Refused(str(exc)) from exc
    except OSError as exc:
        # SMTPServerDisconnected, time-outs and TLS errors among them.
        text = f"{type(exc).__name__}: {exc}"
        raise (Busy(text) if unsent else NoAnswer(text)) from exc


def _smtp_answer(code: int, text: bytes | str) -> DeliveryError:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    # RFC 5321, 4.2.1: 4yz is a transient answer, 5yz a permanent one.
    return (Refused if code >= 500 else Busy)(f"{code} {words}")


class Console:
    """Development: Django's own backend, which prints the letter."""

    name = "console"

    def __init__(self) -> None:
        self.sender = settings.DEFAULT_FROM_EMAIL

    def send(self, message: EmailMultiAlternatives) -> str:
        get_connection(settings.EMAIL_BACKEND).send_messages([message])
        return ""


def configured() -> list[Transport]:
    """Return the providers that the settings name, first choice first.

    Where none is set a development machine prints its letters; Lambda's log is no place for them.
    """
    transports: list[Transport] = []
    if settings.SES_SENDER_EMAIL:
        # Here, because it costs a cold start what only a letter needs.
        from scc.mail.ses import Ses

        transports.append(Ses())
    if settings.GMAIL_SENDER_EMAIL:
        transports.append(Gmail())
    if not transports and not settings.ON_LAMBDA:
        transports.append(Console())
    return transports
