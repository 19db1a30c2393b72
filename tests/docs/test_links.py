"""What the documents point at is there, and what is there is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

DOCUMENTS = sorted([*settings.BASE_DIR.glob("*.md"), *settings.BASE_DIR.glob("docs/**/*.md")])
EVERYTHING = "\n".join(path.read_text() for path in DOCUMENTS)
OURS = sorted(name for name, app in get_commands().items() if app.startswith(("scc", "events", "payments", "waivers")))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r'\]\(([^)#\s]+)|src="([^"]+)"', document.read_text())
    paths = [first or second for first, second in targets]

    assert [path for path in paths if "://" not in path and not (document.parent / path).exists()] == []


@pytest.mark.parametrize("command", OURS)
def test_commands_are_documented(command: str) -> None:
    assert re.search(rf"(manage\.py |`){command}\b", EVERYTHING)


def test_targets_of_make_are_documented() -> None:
    makefile = (settings.BASE_DIR / "Makefile").read_text()
    targets = re.findall(r"^@?\t?@echo 'make (\w+) ", makefile, re.MULTILINE)

    assert targets
    assert [target for target in targets if f"make {target}" not in EVERYTHING] == []


def test_decisions_have_numbers_of_their_own() -> None:
    names = sorted(path.name for path in settings.BASE_DIR.glob("docs/adr/*.md"))

    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
