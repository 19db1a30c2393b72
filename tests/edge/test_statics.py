"""Static files by their hashed names."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from scc.edge import statics
from scc.edge.errors import EdgeError

HASHED = re.compile(r".+\.[0-9a-f]{12}\.[a-z0-9]+")


@pytest.fixture
def sources(settings: Settings, tmp_path: Path) -> Path:
    """A folder of static files, with no other to be found."""
    folder = tmp_path / "sources"
    folder.mkdir()
    settings.STATICFILES_DIRS = [folder]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    return folder


def collect(folder: Path) -> dict[str, str]:
    """Collect into a new folder. Returns the hashed name of each file."""
    folder.mkdir()
    statics.collect(folder)
    paths: dict[str, str] = json.loads((folder / "staticfiles.json").read_text())["paths"]
    return paths


def test_collect_leaves_hashed_names_alone(tmp_path: Path) -> None:
    names = collect(tmp_path / "static")

    there = {file.relative_to(tmp_path / "static").as_posix() for file in (tmp_path / "static").rglob("*.*")}
    assert there == {*names.values(), "staticfiles.json"}
    assert [name for name in names.values() if not HASHED.fullmatch(name)] == []
    assert {"css/app.css", "js/waiver.js", "admin/css/base.css", "admin/js/vendor/jquery/jquery.min.js"} <= set(names)
    assert [name for name in names if name.startswith("vendor/chartjs/")] == ["vendor/chartjs/chart.umd.min.js"]


def test_collect_makes_the_same_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]

    for folder in folders:
        collect(folder)

    one, two = ({file.name: file.read_bytes() for file in folder.rglob("*.*")} for folder in folders)
    assert one == two


def test_collect_leaves_out_what_no_page_refers_to(tmp_path: Path) -> None:
    names = collect(tmp_path / "static")

    assert [name for name in names if name.endswith((".md", ".txt", "LICENSE", "/jquery.js"))] == []
    assert [name for name in names if "/i18n/" in name] == ["admin/js/vendor/select2/i18n/en.js"]


def test_collect_rewrites_style_sheets_and_modules(sources: Path, tmp_path: Path) -> None:
    (sources / "js").mkdir()
    (sources / "sail.svg").write_text("<svg/>")
    (sources / "app.css").write_text("a { background: url('sail.svg') } b { mask: url(data:image/svg+xml,x) }")
    (sources / "js/knots.js").write_text("export const KNOTS = 6;\n")
    (sources / "js/boat.js").write_text('import { KNOTS } from "./knots.js";\nconst charts = import("./knots.js");\n')

    names = collect(tmp_path / "static")

    knots = names["js/knots.js"].removeprefix("js/")
    style, boat = (tmp_path / "static" / names[name] for name in ("app.css", "js/boat.js"))
    assert f'url("{names["sail.svg"]}")' in style.read_text()
    assert boat.read_text() == f'import {{ KNOTS }} from "./{knots}";\nconst charts = import("./{knots}");\n'


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.css", "a { background: url(gone.svg) }", "a.css cannot be given a hashed name: The file 'gone.svg'"),
        ("a.js", 'import "./gone.js";', "a.js cannot be given a hashed name: The file 'gone.js'"),
        # What Django's patterns overlook would be asked for by a name that is not there.
        (
            "a.js",
            'import { KNOTS } from "./knots.js"\n',
            "refers to ./knots.js, which is no static file under its hash",
        ),
        ("a.js", 'import "./knots.js"\n', "refers to ./knots.js"),
        ("a.js", 'new URL("./knots.js", import.meta.url)', "refers to ./knots.js"),
        ("a.js", 'import "./b.js";', "Max post-process passes exceeded"),
    ],
)
def test_collect_refuses_a_name_without_its_hash(
    sources: Path, tmp_path: Path, name: str, text: str, said: str
) -> None:
    (sources / "knots.js").write_text("export const KNOTS = 6;\n")
    (sources / "b.js").write_text('import "./a.js";')
    (sources / "a.js").touch()
    (sources / name).write_text(text)

    with pytest.raises(EdgeError, match=re.escape(said)):
        collect(tmp_path / "static")


def test_hashed_names_and_types(sources: Path, tmp_path: Path) -> None:
    (sources / "sail.svg").write_text("<svg/>")
    (sources / "boat.js").write_text("const KNOTS = 6;\n")
    names = collect(tmp_path / "static")

    assert statics.hashed(tmp_path / "static") == {
        names["boat.js"]: "text/javascript; charset=utf-8",
        names["sail.svg"]: "image/svg+xml",
    }


def test_a_type_that_is_not_known_is_refused(sources: Path, tmp_path: Path) -> None:
    (sources / "manual.xyz").touch()

    with pytest.raises(EdgeError, match=r"no content type is known for '\.xyz'"):
        collect(tmp_path / "static")


def test_storage_reads_the_names(sources: Path, tmp_path: Path, settings: Settings) -> None:
    (sources / "boat.js").write_text("const KNOTS = 6;\n")
    names = collect(tmp_path / "static")
    settings.STATIC_ROOT = tmp_path / "static"

    storage = statics.Storage()

    assert storage.url("boat.js") == f"/static/{names['boat.js']}"
    with pytest.raises(ValueError, match=r"Missing staticfiles manifest entry for 'gone\.js'"):
        storage.url("gone.js")


def test_a_web_request_imports_little() -> None:
    script = "import scc.edge.statics, sys; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    modules = set(done.stdout.split())
    assert "scc.edge.statics" in modules
    assert modules & {"boto3", "django.contrib.staticfiles.finders", "scc.edge.package"} == set()
