"""Who sits at the terminal, and how they are asked, interrupted, and told of what went wrong."""

from __future__ import annotations

import getpass
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from boto3.exceptions import Boto3Error
from botocore import exceptions as aws
from django.core.management.base import CommandError

from scc.edge.errors import EdgeError
from scc.edge.web import NoAnswer

# As a shell says it of a program that Ctrl-C ended.
INTERRUPTED = 130

_WHO = "AWS does not know who asks"
_MAY_NOT = "AWS does not allow that"
_UNREACHED = "AWS was not reached"
_NEXT = {
    _WHO: "Log in, or name keys that are good (AWS_PROFILE, or AWS_ACCESS_KEY_ID with its secret), and run this again.",
    _MAY_NOT: "Take a role that may (docs/deploying.md), and run this again.",
    _UNREACHED: "Look at the network, and at aws_region in zappa_settings.json; then run this again.",
}
_KINDS: dict[tuple[type[Exception], ...], str] = {
    (
        aws.CredentialRetrievalError,
        aws.LoginTokenLoadError,
        aws.NoAuthTokenError,
        aws.NoCredentialsError,
        aws.PartialCredentialsError,
        aws.ProfileNotFound,
        aws.SSOError,
        aws.TokenRetrievalError,
    ): _WHO,
    (aws.ConnectionError, aws.HTTPClientError, aws.InvalidRegionError, aws.NoRegionError, NoAnswer): _UNREACHED,
}
# Each service has words of its own. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonErrors.html
_CODES = {
    "AuthFailure": _WHO,
    "ExpiredToken": _WHO,
    "ExpiredTokenException": _WHO,
    "IncompleteSignature": _WHO,
    "InvalidAccessKeyId": _WHO,
    "InvalidClientTokenId": _WHO,
    "InvalidToken": _WHO,
    "RequestExpired": _WHO,
    "SignatureDoesNotMatch": _WHO,
    "UnrecognizedClientException": _WHO,
    "403": _MAY_NOT,
    "AccessDenied": _MAY_NOT,
    "AccessDeniedException": _MAY_NOT,
    "NotAuthorized": _MAY_NOT,
    "UnauthorizedOperation": _MAY_NOT,
}


def name() -> str:
    """Return who deploys, for the lock and the release: "dana@dock"."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def ask(question: str) -> bool:
    """Return whether the operator says yes. Anything else, and the end of the input, is no."""
    try:
        return input(f"{question} [y/N] ").strip().casefold() in {"y", "yes"}
    except EOFError:
        return False


@contextmanager
def told(more: str = "") -> Iterator[None]:
    """Let SIGTERM end what is within as Ctrl-C does, and tell whatever ends it in a sentence, as a CommandError.

    more: what else can be done when AWS does not answer.
    """
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    except EdgeError as exc:
        raise CommandError(str(exc)) from exc
    except (aws.BotoCoreError, Boto3Error, aws.ClientError, NoAnswer) as exc:
        raise CommandError(f"{_sentence(exc)} {more}".rstrip()) from exc
    except KeyboardInterrupt as exc:
        raise CommandError("Stopped, and let go. It can be run again.", returncode=INTERRUPTED) from exc
    finally:
        signal.signal(signal.SIGTERM, before)


def _sentence(exc: Exception) -> str:
    kind = _kind(exc)
    said = str(exc).rstrip(".")
    return f"{kind}: {said}. {_NEXT[kind]}" if kind else f"AWS says: {said}. Look at that, and run this again."


def _kind(exc: Exception) -> str:
    if isinstance(exc, aws.ClientError):
        return _CODES.get(exc.response["Error"]["Code"], "")
    if isinstance(exc, Boto3Error) and isinstance(exc.__context__, aws.BotoCoreError | aws.ClientError):
        # Of an upload boto3 gives another error, with the cause in its words alone.
        return _kind(exc.__context__)
    return next((kind for types, kind in _KINDS.items() if isinstance(exc, types)), "")


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
