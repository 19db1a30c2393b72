from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from scc.dynamo.rows import Row
from scc.staff import audit, owners, rows
from scc.staff.models import User
from tests.dynamo.faults import connection_refused
from tests.people import PASSWORD

ROOT = Path(__file__).resolve().parent.parent.parent


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str, **variables: str) -> str:
    """Run it with --noinput and these of Django's variables, and return what it said."""
    for name, value in variables.items():
        monkeypatch.setenv(f"DJANGO_SUPERUSER_{name}", value)
    out = io.StringIO()
    call_command("createsuperuser", "--noinput", *arguments, stdout=out)
    return out.getvalue()


def nobody_was_added() -> bool:
    return not owners.exist() and not Row.collection("USER#alice")


def test_noinput_takes_djangos_variables(table: None, monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(monkeypatch, USERNAME="Alice", NAME="Alice Archer", EMAIL="alice@example.com", PASSWORD=PASSWORD)

    user = User.objects.get_by_natural_key("alice")
    assert (user.name, user.email, user.role, user.active) == ("Alice Archer", "alice@example.com", "owner", True)
    assert user.check_password(PASSWORD)
    assert owners.exist()
    assert "Alice Archer (alice) is an owner" in said
    assert PASSWORD not in said


def test_noinput_takes_options_before_variables(table: None, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "--username", "alice", "--email", "a@example.com", USERNAME="zoe", PASSWORD=PASSWORD)

    assert User.objects.get_by_natural_key("alice").name == "alice"
    assert rows.User.fetch(username="zoe") is None


def test_noinput_records_who_was_added(table: None, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, USERNAME="alice", PASSWORD=PASSWORD)

    [entry] = audit.history_of(User.objects.get_by_natural_key("alice").stored_row)
    assert (entry.action, entry.recorded_by) == ("added", "system")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PASSWORD": PASSWORD}, "DJANGO_SUPERUSER_USERNAME"),
        ({"USERNAME": "alice"}, "DJANGO_SUPERUSER_PASSWORD"),
        ({"USERNAME": "alice", "PASSWORD": "short"}, "too short"),
        ({"USERNAME": "alice", "PASSWORD": "password1234"}, "too common"),
        ({"USERNAME": "al ice", "PASSWORD": PASSWORD}, "username:"),
        ({"USERNAME": "\ufdfa", "PASSWORD": PASSWORD}, "username:"),
        ({"USERNAME": "alice", "NAME": "\u200b\u3164", "PASSWORD": PASSWORD}, "name:"),
        ({"USERNAME": "a" * 151, "PASSWORD": PASSWORD}, "username:"),
        ({"USERNAME": "system", "PASSWORD": PASSWORD}, "audit trail"),
        ({"USERNAME": "alice", "EMAIL": "nowhere", "PASSWORD": PASSWORD}, "email:"),
        ({"USERNAME": "alice", "NAME": "x" * 151, "PASSWORD": PASSWORD}, "name:"),
    ],
)
def test_noinput_refuses(table: None, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(monkeypatch, **variables)

    assert nobody_was_added()


def test_noinput_refuses_a_taken_username(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="a user of that name already"):
        run(monkeypatch, USERNAME="ALICE", PASSWORD="something else entirely")

    assert User.objects.get_by_natural_key("alice").check_password(PASSWORD)
    assert audit.history_of(alice.stored_row) == []


def test_noinput_says_so_when_the_table_does_not_answer(table: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with connection_refused("GetItem", times=100), pytest.raises(CommandError, match="did not answer"):
        run(monkeypatch, USERNAME="alice", PASSWORD=PASSWORD)

    assert nobody_was_added()


def test_without_a_terminal_it_refuses_to_ask(table: None) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "createsuperuser"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "--noinput" in done.stderr
    assert nobody_was_added()


def test_asks_in_a_terminal_and_shows_no_password(table: None) -> None:
    code, said = in_terminal(
        "createsuperuser",
        ["alice", "Alice Archer", "", "one thing", "another thing", "short", "short", PASSWORD, PASSWORD],
    )

    assert code == 0, said
    assert "Username [" in said
    assert "The two passwords differ." in said
    assert "too short" in said
    for secret in ("one thing", "another thing", PASSWORD):
        assert secret not in said
    user = User.objects.get_by_natural_key("alice")
    assert user.name == "Alice Archer"
    assert user.check_password(PASSWORD)


def test_asks_and_can_be_cancelled(table: None) -> None:
    code, said = in_terminal("createsuperuser", ["alice", "Alice Archer", "", "\x03"])

    assert code == 1
    assert "Cancelled" in said
    assert "Traceback" not in said
    assert nobody_was_added()


def test_changepassword_asks_twice_and_ends_sessions(alice: User) -> None:
    before = alice.get_session_auth_hash()

    code, said = in_terminal("changepassword", [PASSWORD + "!", PASSWORD + "!"], "alice")

    assert code == 0, said
    assert PASSWORD not in said
    changed = User.objects.get_by_natural_key("alice")
    assert changed.check_password(PASSWORD + "!")
    assert changed.get_session_auth_hash() != before
    assert [(entry.action, entry.recorded_by) for entry in audit.history_of(alice.stored_row)] == [
        ("password", "system")
    ]


def test_changepassword_of_nobody(table: None) -> None:
    code, said = in_terminal("changepassword", [], "zoe")

    assert code == 1
    assert "There is no user 'zoe'" in said


def in_terminal(command: str, answers: Iterable[str], *arguments: str) -> tuple[int, str]:
    """Run a command in a terminal of its own, type each answer at its prompt, and return its code and its screen."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        # With the terminal as its own: Ctrl-C reaches it, and getpass finds /dev/tty. Whoever starts the tests in the
        # background has them ignore Ctrl-C, and what they start would too.
        ["env", "--default-signal=INT", "setsid", "--ctty", "--wait", sys.executable, "manage.py", command, *arguments],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    screen = ""
    seen = 0
    left = list(answers)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                part = os.read(ours, 4096)
            except OSError:
                # Linux's way to say that the other end is closed.
                break
            screen += part.decode()
        elif left and len(screen) > seen and screen.rstrip(" ").endswith(":"):
            # Quiet behind a colon: it waits for us. Before that, getpass would throw away what was typed.
            seen = len(screen)
            answer = left.pop(0)
            os.write(ours, answer.encode() if answer == "\x03" else f"{answer}\n".encode())
    os.close(ours)
    return process.wait(timeout=60), screen
