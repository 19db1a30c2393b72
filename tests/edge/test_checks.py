"""The checks judge the template as it stands, and `manage.py routes` shows and mends it."""

from __future__ import annotations

import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from os import close, fdopen
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as real_settings
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.urls import path

from scc import urls
from scc.edge import routes

Edit = Callable[[str], str]

# The project's paths and one more, for a test.
urlpatterns = [*urls.urlpatterns, path("weather/", HttpResponse)]


@pytest.fixture
def infra(tmp_path: Path, settings: Any) -> Path:
    """A copy of the project's template, to be spoilt. Returns its path."""
    shutil.copytree(real_settings.BASE_DIR / "infra", tmp_path / "infra")
    settings.BASE_DIR = tmp_path
    return tmp_path / "infra" / "template.yaml"


def found() -> list[str]:
    """Return the checks' ids and words."""
    return [f"{message.id}: {message.msg}" for message in run_checks(tags=["edge"])]


def block(text: str, pattern: str) -> str:
    """Return the lines of one behaviour."""
    match = re.search(rf'          - PathPattern: "{re.escape(pattern)}"\n(?:            .*\n)+', text)
    assert match
    return match[0]


def test_the_project_has_no_fault() -> None:
    assert found() == []


def test_a_package_without_a_template_has_nothing_to_judge(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path

    assert found() == []


def test_a_behaviour_that_was_taken_out(infra: Path) -> None:
    text = infra.read_text()
    infra.write_text(text.replace(block(text, "/api/*"), ""))

    said = found()

    assert (
        "edge.E001: /api/token (scc.api.views.issue_token) is served by no behaviour: it would fall through to S3."
        in (said)
    )
    assert {each.partition(":")[0] for each in said} == {"edge.E001", "edge.E004"}


def test_the_waivers_behaviours_taken_out(infra: Path) -> None:
    text = infra.read_text()
    infra.write_text(text.replace(block(text, "/g/*/waiver"), "").replace(block(text, "/g/*"), ""))

    assert any(each.startswith("edge.E001: /g/<str:slug>/waiver (waivers.views.waiver)") for each in found())


def test_behaviours_swapped(infra: Path) -> None:
    text = infra.read_text()
    waiver, others = block(text, "/g/*/waiver"), block(text, "/g/*")
    infra.write_text(text.replace(others, "").replace(waiver, others + waiver))

    said = found()

    assert "edge.E002: /g/*/waiver is never reached: /g/* comes before it." in said
    assert {each.partition(":")[0] for each in said} == {"edge.E002", "edge.E004"}


@pytest.mark.urls(__name__)
def test_a_path_that_is_new() -> None:
    said = found()

    assert [each.partition(":")[0] for each in said] == ["edge.E001", "edge.E004"]
    assert "/weather/" in said[0]


def test_more_behaviours_than_cloudfront_allows(infra: Path) -> None:
    text = infra.read_text()
    waiver = block(text, "/g/*/waiver")
    more = [waiver.replace("/g/*/waiver", f"/extra-{number}") for number in range(75)]
    infra.write_text(text.replace(waiver, waiver + "".join(more)))

    assert any(each.startswith("edge.E003: 89 behaviours") for each in found())


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda text: text.replace("Compress: true", "Compress: false"), "are not those that the URLconf needs"),
        (lambda text: text.replace("# behaviours: end", "# the end"), "has no lines"),
        (lambda text: text.replace("TargetOriginId: site", "TargetOriginId: elsewhere"), "origin 'elsewhere'"),
        (lambda text: text.replace("!Ref SharedCachePolicy", "658327ea"), "cache policy '658327ea'"),
        (lambda text: text.replace("  Distribution:\n", "  Other:\n"), "no distribution with behaviours"),
        (lambda text: text.replace("Parameters:\n", "Parameters: [\n"), "cannot be read"),
        (lambda text: "", "no mapping"),
    ],
)
def test_a_template_that_is_not_as_generated(infra: Path, edit: Edit, said: str) -> None:
    infra.write_text(edit(infra.read_text()))

    assert [each for each in found() if each.startswith("edge.E004") and said in each]


def run_routes(*arguments: str) -> str:
    out = StringIO()
    call_command("routes", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_routes_shows_every_path() -> None:
    rows = [line.split("\t") for line in run_routes().splitlines()]

    assert rows[0] == ["path", "view", "behaviour", "origin", "cache"]
    assert ["/g/<str:slug>/waiver", "waivers.views.waiver", "/g/*/waiver", "lambda", "shared"] in rows
    assert ["/static/*", "", "/static/*", "site", "immutable"] in rows
    assert len(rows) == 1 + len(routes.routes()) + len(routes.SITE)


def test_routes_names_faults_after_the_table(infra: Path) -> None:
    text = infra.read_text()
    infra.write_text(text.replace(block(text, "/healthz"), ""))
    out = StringIO()

    with pytest.raises(CommandError, match=r"/healthz .* is served by no behaviour") as raised:
        call_command("routes", stdout=out)

    assert raised.value.returncode == 1
    assert "/healthz\tscc.views.healthz\t*\tsite\tnone" in out.getvalue()


def test_routes_write_mends_what_was_edited(infra: Path) -> None:
    text = infra.read_text()
    infra.write_text(text.replace(block(text, "/g/*"), ""))

    run_routes("--write")

    assert infra.read_text() == text
    assert found() == []


def test_routes_wants_a_template(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path

    with pytest.raises(CommandError, match=r"no infra/template\.yaml"):
        run_routes()


def test_routes_draws_a_table_on_a_terminal() -> None:
    ours, theirs = pty.openpty()
    command = subprocess.Popen([sys.executable, "manage.py", "routes"], stdout=theirs, cwd=real_settings.BASE_DIR)
    close(theirs)
    seen = b""
    with fdopen(ours, "rb", buffering=0) as terminal:
        try:
            while part := terminal.read(4096):
                seen += part
        except OSError:
            # Linux says so when the other end is closed.
            pass

    assert command.wait() == 0
    assert "┃" in seen.decode()
