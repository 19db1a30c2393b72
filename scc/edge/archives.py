"""Folders as archives: bytecode, and the same bytes for the same files.

Bytecode is marked as never to be checked against its source: dates in the archive are fixed, and Lambda's folder cannot
be written to, so that Python would compile everything anew at every cold start.
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scc.edge import programs

# Where Lambda unzips it: what tracebacks show.
TASK_ROOT = "/var/task"

# In fixed shares: what else a process has compiled can show in its bytecode.
_COMPILERS = 2


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file below a folder with its relative name, in the names' order."""
    found = (path for path in folder.rglob("*") if path.is_file())
    yield from sorted((path.relative_to(folder).as_posix(), path) for path in found)


def compile_beside(python: str, folder: Path) -> None:
    """Put bytecode beside every source below the folder, with paths as Lambda will have them."""
    _compile(python, folder)


def compile_in_place(python: str, folder: Path) -> None:
    """Put bytecode in the place of every source below the folder: "boat.pyc" where there was "boat.py"."""
    _compile(python, folder, "-b")
    for name, file in files(folder):
        if name.endswith(".py"):
            file.unlink()


def write(path: Path, content: Iterable[tuple[str, bytes]]) -> None:
    """Make an archive, or add to the one that is there."""
    with zipfile.ZipFile(path, "a") as archive:
        for name, body in content:
            # The day before which an archive knows none.
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, body, zipfile.ZIP_DEFLATED, 9)


def _compile(python: str, folder: Path, *options: str) -> None:
    sources = [str(path) for name, path in files(folder) if name.endswith(".py")]
    command = [
        *(python, "-P", "-S", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash", *options),
        *("-s", str(folder), "-p", TASK_ROOT, "-i", "-"),
    ]
    # With nothing to compile it would take all that Python can import.
    shares = [share for share in (sources[number::_COMPILERS] for number in range(_COMPILERS)) if share]
    with ThreadPoolExecutor(_COMPILERS) as pool:
        # The seed: sets of constants are written in the order of their hashes.
        done = [
            pool.submit(programs.run, command, text="\n".join(share), env={"PYTHONHASHSEED": "0"}) for share in shares
        ]
        for each in done:
            each.result()
