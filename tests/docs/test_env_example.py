""".env.example against the code that reads the environment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from scc.edge.deploying import DEPLOY_ONLY
from scc.edge.environment import shown

READERS = {"text", "flag", "number", "words", "time_zone", "key"}
# Lambda sets it; a person never does. PATH is the machine's.
NOT_OURS = {"AWS_LAMBDA_FUNCTION_NAME", "PATH"}
# Read by a name that is put together: see `createsuperuser`.
PUT_TOGETHER = {f"DJANGO_SUPERUSER_{name}" for name in ("USERNAME", "NAME", "EMAIL")}

TEXT = (settings.BASE_DIR / ".env.example").read_text()
SHOWN = shown()


def sources() -> Iterator[Path]:
    yield settings.BASE_DIR / "manage.py"
    for folder in ("scc", "events", "payments", "waivers"):
        yield from (settings.BASE_DIR / folder).rglob("*.py")


def reads(path: Path) -> Iterator[tuple[str, object]]:
    """Give each variable that the file reads, and its default where one is written there."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
            continue
        target = ast.unparse(node.func)
        if target not in {f"env.{reader}" for reader in READERS} | {"os.environ.get", "os.getenv"}:
            continue
        if isinstance(node.args[0], ast.Constant):
            rest = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
            default = rest[0].value if rest and isinstance(rest[0], ast.Constant) else None
            yield str(node.args[0].value), default


READ = {name: default for path in sources() for name, default in reads(path) if name not in NOT_OURS}


def test_env_example_shows_every_variable() -> None:
    assert sorted(SHOWN) == sorted(READ.keys() | PUT_TOGETHER | DEPLOY_ONLY | {"DJANGO_SUPERUSER_PASSWORD"})


def test_env_example_shows_the_defaults() -> None:
    written = {name: default for name, default in READ.items() if default is not None}

    assert {name: SHOWN[name] for name in written} == {name: _shown(default) for name, default in written.items()}


def test_env_example_sets_nothing() -> None:
    assert re.findall(r"^[^#\n].*", TEXT, re.MULTILINE) == []


def _shown(default: object) -> str:
    return str(int(default)) if isinstance(default, bool) else str(default)
