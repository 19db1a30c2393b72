"""What an operator is told, and what holds when a run ends in the middle."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.exceptions import S3UploadFailedError
from botocore import exceptions as aws
from django.core.management import CommandError, call_command

from scc.edge import operators, source
from scc.edge.errors import EdgeError
from scc.edge.web import NoAnswer

LOG_IN, ASK_FOR, LOOK = "Log in, or name keys", "Take a role that may", "Look at the network"
SECRET = "whatever-nobody-may-see"


def of_code(code: str) -> aws.ClientError:
    return aws.ClientError({"Error": {"Code": code, "Message": "no"}}, "GetCallerIdentity")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (EdgeError("Commit it."), "Commit it."),
        (aws.NoCredentialsError(), LOG_IN),
        (aws.ProfileNotFound(profile="dock"), LOG_IN),
        (aws.UnauthorizedSSOTokenError(), LOG_IN),
        (of_code("ExpiredToken"), LOG_IN),
        (of_code("UnrecognizedClientException"), LOG_IN),
        (of_code("AccessDeniedException"), ASK_FOR),
        (of_code("403"), ASK_FOR),
        (aws.EndpointConnectionError(endpoint_url="https://lambda.us-wst-2.amazonaws.com"), LOOK),
        (aws.ReadTimeoutError(endpoint_url="https://lambda.us-west-2.amazonaws.com"), LOOK),
        (aws.InvalidRegionError(region_name="us west"), LOOK),
        (NoAnswer("s3 did not answer"), LOOK),
        (of_code("TooManyRequestsException"), "run this again"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_ends_a_command_is_told_with_the_next_step(error: Exception, expected: str) -> None:
    with pytest.raises(CommandError) as raised, operators.told():
        raise error

    assert expected in str(raised.value)
    assert raised.value.returncode == 1


def test_an_upload_that_fails_is_told_by_its_cause(tmp_path: Path) -> None:
    package = tmp_path / "package.zip"
    package.write_bytes(b"")
    s3: Any = boto3.client("s3")
    s3.meta.events.register("before-send.s3", expired)

    with pytest.raises(CommandError, match=LOG_IN) as raised, operators.told():
        s3.upload_file(str(package), "deploys", "package.zip")

    assert isinstance(raised.value.__cause__, S3UploadFailedError)


def expired(**_: Any) -> None:
    raise of_code("ExpiredToken")


def test_sigterm_ends_as_ctrl_c_does() -> None:
    with pytest.raises(CommandError, match="can be run again") as raised, operators.told():
        os.kill(os.getpid(), signal.SIGTERM)

    assert raised.value.returncode == 130


@pytest.mark.parametrize("command", [["releases"], ["rollback"], ["secrets", "rotate"]])
def test_a_command_without_keys_says_to_log_in(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    with pytest.raises(CommandError, match=LOG_IN):
        call_command(*command, "staging")


def test_without_git_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(EdgeError, match="git is not there"):
        source.clean_commit(tmp_path)
