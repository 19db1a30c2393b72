"""The deployment packages: what Lambda unzips, the same bytes for the same commit.

There are two, of one commit: that of the function which answers visitors, and that of the one for commands, which has
more in it. Each holds what its function imports and no more: our packages and templates as they are committed, the
names of the static files, and the wheels that `uv.lock` names for the function's Python and processor.
"""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from scc.edge import archives, contents, programs, wheels
from scc.edge.contents import MEMBERS
from scc.edge.errors import EdgeError
from scc.edge.wheels import Target

Say = Callable[[str], None]

# Zipped in one upload, and unzipped. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_BYTES = 50 * 1024 * 1024
MOST_BYTES_UNPACKED = 250 * 1024 * 1024

# Whole folders at the top that are no Python packages.
_FOLDERS = frozenset({"templates", "locale"})

_COLLECT = """
import sys, django
django.setup()
from pathlib import Path
from scc.edge.statics import collect
collect(Path(sys.argv[1]))
"""


@dataclass(frozen=True)
class Archive:
    """A package of one function, on disk. Sizes are in bytes; code_sha256 is `sha256` in base64, as Lambda says it."""

    path: Path
    sha256: str
    code_sha256: str
    size: int
    unpacked: int
    files: int


@dataclass(frozen=True)
class Package:
    """What a commit is deployed as: an archive for each function, by the names of `contents.MEMBERS`.

    static: the folder of the hashed static files, which is empty where the function has none.
    """

    archives: Mapping[str, Archive]
    static: Path


def build(
    *,
    commit: str,
    target: Target,
    folder: Path,
    members: Collection[str] = MEMBERS,
    tree: Path | None = None,
    say: Say = lambda line: None,
) -> Package:
    """Make an archive for each member in `folder`, and `folder`/static beside them for the bucket.

    tree: a folder to take the function's own packages, templates and static files from, instead of the commit. The
    dependencies are the commit's in any case.
    Raises EdgeError when the commit is not known, this machine has no Python of the target's version to compile with, a
    dependency has no wheel for the target, or an archive is larger than Lambda takes.
    """
    started = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    python = programs.interpreter(target.python)
    with tempfile.TemporaryDirectory(prefix="scc-package-") as scratch:
        source = Path(scratch, "source")
        _check_out(commit, source)
        layers = wheels.layers(source, target, python, say)
        static = _collect(tree or source, folder / "static")
        ours = _copy_ours(tree or source, static, Path(scratch, "ours"))
        archives.compile_beside(python, ours)
        made = {each: _make(each, layers[each], ours, folder) for each in members}
    for member, archive in made.items():
        sizes = f"{archive.size / 1e6:.1f} MB zipped, {archive.unpacked / 1e6:.1f} MB unpacked"
        say(f"Package {member} for {target}: {archive.files} files, {sizes}")
    say(f"Packages: {time.monotonic() - started:.1f} s")
    return Package(made, static)


def _check_out(commit: str, folder: Path) -> None:
    """Put what is committed into a folder."""
    done = subprocess.run(
        ["git", "-C", str(settings.BASE_DIR), "archive", "--format=zip", "-0", commit], capture_output=True, check=False
    )
    if done.returncode:
        raise EdgeError(f"Commit {commit} cannot be packaged: {done.stderr.decode(errors='replace').strip()}")
    with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder)


def _collect(tree: Path, folder: Path) -> Path:
    """Fill a folder with the tree's static files, by the tree's own code. Returns it, empty when there are none."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    if not (tree / "static").is_dir():
        return folder
    # Without the variables of who runs this: the same files for the same commit.
    environment = {"DJANGO_SETTINGS_MODULE": "scc.settings"}
    programs.run([sys.executable, "-B", "-c", _COLLECT, str(folder.absolute())], cwd=tree, env=environment)
    return folder


def _copy_ours(tree: Path, static: Path, folder: Path) -> Path:
    """Copy what a function reads of ours: the packages at the top of the tree, templates, words, the static names."""
    for top in tree.iterdir():
        if (top / "__init__.py").exists() or top.name in _FOLDERS:
            for name, file in archives.files(top):
                if contents.is_ours(f"{top.name}/{name}"):
                    _copy(file, folder / top.name / name)
    for manifest in static.glob("staticfiles.json"):
        _copy(manifest, folder / "staticfiles" / manifest.name)
    return folder


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)


def _make(member: str, layer: Path, ours: Path, folder: Path) -> Archive:
    """Put ours, compiled, on top of the dependencies."""
    path = folder / contents.FILES[member]
    shutil.copyfile(layer, path)
    mine = ((name, file) for name, file in archives.files(ours) if contents.is_for(_source(name), member))
    archives.write(path, ((name, file.read_bytes()) for name, file in mine))
    return _measured(path)


def _source(name: str) -> str:
    """Return the name of what was compiled: "scc/urls.py" for "scc/__pycache__/urls.cpython-314.pyc"."""
    if not name.endswith(".pyc"):
        return name
    folder, _, file = name.rpartition("__pycache__/")
    return f"{folder}{file.partition('.')[0]}.py"


def _measured(path: Path) -> Archive:
    digest = hashlib.sha256(path.read_bytes()).digest()
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    size, unpacked = path.stat().st_size, sum(entry.file_size for entry in entries)
    if size > MOST_BYTES or unpacked > MOST_BYTES_UNPACKED:
        largest = max(entries, key=lambda entry: entry.file_size)
        raise EdgeError(
            f"The package has {size} bytes, {unpacked} unpacked; Lambda takes {MOST_BYTES} and {MOST_BYTES_UNPACKED}. "
            f"Its largest file is {largest.filename}. Leave something out."
        )
    return Archive(path, digest.hex(), base64.b64encode(digest).decode(), size, unpacked, len(entries))
