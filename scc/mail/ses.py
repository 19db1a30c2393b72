"""Amazon SES through django-anymail."""

from __future__ import annotations

from anymail.exceptions import AnymailAPIError, AnymailError
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from scc.mail.transports import CONNECT_SECONDS, READ_SECONDS, Busy, DeliveryError, NoAnswer, Refused

# SES error codes that pass: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
# Over quota SES drops what it is sent, so that waiting is the only help.
_BUSY = frozenset({"TooManyRequestsException", "LimitExceededException", "Throttling", "ThrottlingException"})


class Ses:
    """The first provider."""

    name = "ses"

    def __init__(self) -> None:
        self.sender = settings.SES_SENDER_EMAIL

    def send(self, message: EmailMultiAlternatives) -> str:
        config = {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": READ_SECONDS,
            # A retry after a lost answer would deliver twice.
            "retries": {"total_max_attempts": 1},
        }
        backend = get_connection("anymail.backends.amazon_ses.EmailBackend", client_params={"config": config})
        try:
            backend.send_messages([message])
        except AnymailAPIError as exc:
            raise _ses_answer(exc) from exc
        except AnymailError as exc:
            raise Refused(str(exc)) from exc
        except NoCredentialsError as exc:
            raise Refused("there are no AWS credentials") from exc
        status = message.anymail_status  # type: ignore[attr-defined]  # put there by anymail's backend
        return str(status.message_id or "")


def _ses_answer(exc: AnymailAPIError) -> DeliveryError:
    cause = exc.__cause__
    if isinstance(cause, ClientError):
        error = cause.response["Error"]
        text = f"{error.get('Code', '')}: {error.get('Message', '')}"
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if error.get("Code") in _BUSY:
            return Busy(text)
        return NoAnswer(text) if status >= 500 else Refused(text)
    if isinstance(cause, NoCredentialsError):
        return Refused("there are no AWS credentials")
    if isinstance(cause, EndpointConnectionError):
        return Busy(str(cause))
    if isinstance(cause, BotoCoreError):
        return NoAnswer(str(cause))
    return Refused(str(exc))
