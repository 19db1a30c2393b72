"""What an operator is told, and what holds when a run ends in the middle."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.exceptions import S3UploadFailedError
from botocore import exceptions as aws
from botocore.stub import Stubber
from django.conf import settings
from django.core.management import CommandError, call_command

from scc.edge import environment, functions, operators, releases, restoring, rotating, source, stack
from scc.edge.environment import RELEASE
from scc.edge.errors import EdgeError, last_words
from scc.edge.management.commands import rollback
from scc.edge.stages import LIVE
from scc.edge.web import NoAnswer
from tests.edge.installations import (
    FIRST,
    ROLE,
    SECOND,
    TEMPLATE,
    Installation,
    package,
    silent,
)

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


# Zappa, which changes a function, and asks an AWS that never answers.
ZAPPA = """
import django
django.setup()
from scc.edge import stages, zappa
zappa.put(stages.read("staging"), exists=True, package="s3://bucket/key", role_arn="", bucket="bucket", environment={})
"""


def test_zappa_ends_with_a_deploy_that_is_killed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        there = {**os.environ, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{listener.getsockname()[1]}"}
        deploy = subprocess.Popen([sys.executable, "-c", ZAPPA], cwd=settings.BASE_DIR, env=there)
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(20)
            assert connection.recv(4)

            deploy.kill()
            deploy.wait()

            while connection.recv(65536):
                pass


def test_values_are_hidden_however_they_are_quoted() -> None:
    values = {"A": 'it\'s "quoted"', "B": "one,two2", "C": "umläut", "D": "on"}
    said = f"{values!r} one and two2, {'uml' + chr(92)}u00e4ut, on"

    hidden = environment.without_values(said, values)

    assert hidden == "{'A': '...', 'B': '...', 'C': '...', 'D': 'on'} one and ..., ..., on"


def test_what_lambda_repeats_of_an_environment_is_not_told() -> None:
    any_client: Any = boto3
    client = any_client.client("lambda")
    with Stubber(client) as stub:
        for _ in range(2):
            stub.add_response("get_function_configuration", {"State": "Active", "RevisionId": "1"})
        repeated = f'exceeded the 4KB limit. String measured: {{"SCC_SECRET_KEY":"{SECRET}"}}'
        stub.add_client_error("update_function_configuration", "InvalidParameterValueException", repeated)

        with pytest.raises(EdgeError, match="4KB limit") as raised:
            functions.set_environment(client, "any", {"SCC_SECRET_KEY": SECRET}, seen={})

    assert SECRET not in str(raised.value)


def test_a_first_version_without_an_environment_is_not_live(here: Installation) -> None:
    """As a first deploy leaves it that is killed before the environment is there."""
    here.client.create_function(
        FunctionName=here.stage.web,
        Runtime="python3.11",
        Role=ROLE,
        Handler="index.handler",
        Code={"ZipFile": package("one")},
    )
    here.publish(FIRST, "one")

    assert releases.live(here.stage) is None


def test_a_rollback_that_was_interrupted_goes_on_to_the_same_release(
    two: Installation,
) -> None:
    def end(**_: Any) -> None:
        raise KeyboardInterrupt

    events = boto3._get_default_session().events
    events.register("before-call.cloudfront.CreateInvalidation", end)
    with pytest.raises(KeyboardInterrupt):
        restoring.put_back(two.stage, f"releases/{FIRST}", say=silent)
    events.unregister("before-call.cloudfront.CreateInvalidation", end)
    assert releases.live(two.stage) == FIRST
    assert releases.going_back(two.stage) == f"releases/{FIRST}"

    restoring.put_back(two.stage, releases.going_back(two.stage), say=silent)
    releases.end_going_back(two.stage)

    assert releases.live(two.stage) == FIRST
    assert releases.going_back(two.stage) == ""


def test_a_deploy_forgets_a_rollback_that_was_interrupted(two: Installation) -> None:
    releases.begin_going_back(two.stage, f"releases/{FIRST}")

    releases.settle(two.stage)

    assert releases.going_back(two.stage) == ""


def test_rotate_refuses_a_slot_that_waits_with_the_same_code(two: Installation) -> None:
    two.set_by_hand(**{RELEASE: "20261125T000000Z-c0ffee0"})

    with pytest.raises(EdgeError, match="holds another release"):
        rotating._live(two.client, two.stage)

    assert functions.environment_of(two.client, two.stage.web, LIVE)[RELEASE] == SECOND


def test_last_words_of_a_program_that_raised_are_the_error() -> None:
    said = 'Packaging.\nTraceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: no\n'

    assert last_words(said) == "ValueError: no"
    assert last_words("one\ntwo\n") == "one\ntwo"
    assert last_words("") == ""


def test_rollback_of_an_unknown_release_says_where_they_are(two: Installation) -> None:
    command = rollback.Command()

    with pytest.raises(EdgeError, match=r"20200101T000000Z-aaaaaaa is no release of .*manage.py releases"):
        command._prefix(two.stage, "20200101T000000Z-aaaaaaa")

    assert command._prefix(two.stage, FIRST) == command._prefix(two.stage, None) == f"releases/{FIRST}"
    releases.begin_going_back(two.stage, "snapshots/any")
    assert command._prefix(two.stage, None) == "snapshots/any"


def test_a_first_deploy_leaves_alone_a_stack_that_another_has_made(here: Installation) -> None:
    with pytest.raises(EdgeError, match="Somebody else has made"):
        stack.apply(here.stage, body=TEMPLATE, parameters={"OriginSecret": "other"}, say=silent, only_new=True)
