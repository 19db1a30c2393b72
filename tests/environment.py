"""Where the tests run: a pytest plugin that is loaded first (`-p tests.environment`), before Django's settings are.

The process that was started by hand or by make starts one engine; each of its workers has a table and a bucket of its
own in it. `SCC_TEST_ENGINE=dynamodb-local` takes Amazon's DynamoDB Local, which has DynamoDB alone, instead of
ministack.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from scc.emulator import Emulator
from tests.dynamodb_local import DynamoDBLocal

LOOPBACK = {"127.0.0.1", "::1", "localhost", "", None}
# Tests see the defaults, whatever the shell that they run in has set.
OURS = ("SCC_", "AWS_", "GMAIL_", "SES_", "ADMIN_PASS_HASH", "PORT", "DJANGO_")
# What makes the long runs long, and the same again: see `make soak`.
KEPT = ("SCC_TEST_", "SCC_SOAK", "SCC_STORM", "SCC_SEED")

folder = pytest.StashKey[Path]()
engine = pytest.StashKey[Emulator | DynamoDBLocal]()


class NetworkBlocked(BaseException):
    """A test spoke to something beyond this machine. Not an Exception: nobody shall catch it and carry on."""


def allow_loopback_only(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.bind"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        host = arguments[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if host not in LOOPBACK:
        raise NetworkBlocked(f"{event} {host}: tests reach nothing but this machine")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    # A wrapper runs before pytest-django's own hook, which loads the settings.
    options = early_config.known_args_namespace
    if not (options.help or options.version):
        prepare(early_config)
    return (yield)


def prepare(config: pytest.Config) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        for name in list(os.environ):
            if name.startswith(OURS) and not name.startswith(KEPT):
                del os.environ[name]
        config.stash[folder] = Path(tempfile.mkdtemp(prefix="scc-tests-"))
        if os.environ.get("SCC_TEST_ENGINE") == "dynamodb-local":
            config.stash[engine] = DynamoDBLocal()
        else:
            config.stash[engine] = Emulator(folder=config.stash[folder], keep=False)
        config.stash[engine].start()
        os.environ.update(config.stash[engine].environment())
    # Imported waivers are called the same in each worker, and so are their keys in the bucket.
    os.environ["SCC_TABLE"] = os.environ["SCC_MEDIA_BUCKET"] = f"scc-test-{worker or 'main'}"
    # An audit hook stays to the end and sees what C code does too.
    sys.addaudithook(allow_loopback_only)


def pytest_unconfigure(config: pytest.Config) -> None:
    # After a Ctrl-C too. After a SIGKILL the emulator sees that we are gone.
    if engine in config.stash:
        config.stash[engine].stop()
        shutil.rmtree(config.stash[folder])
