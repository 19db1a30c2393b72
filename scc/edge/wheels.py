"""The dependencies of a package: the wheels that `uv.lock` names, as an archive that the package begins with.

They change seldom and take most of the time, so the archives are kept. They go without their sources, whose place the
bytecode takes: that spares a fifth of the package, and a traceback names file and line as ever.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from scc.edge import archives, contents, programs
from scc.edge.contents import MEMBERS, OPS, WEB
from scc.edge.errors import EdgeError
from scc.edge.stages import Stage

Say = Callable[[str], None]

# Lambda's Pythons from 3.12 on run on Amazon Linux 2023, which has glibc 2.34; wheels ask for 2.28 or less.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}

# What `uv.lock` has for each member: the second is put on top of the first.
_GROUPS = {WEB: ("--no-default-groups",), OPS: ("--only-group", "ops")}

_ENDPOINTS = "botocore/data/endpoints.json"


@dataclass(frozen=True)
class Target:
    """What a package is for: a minor version of CPython, "3.14", and a processor by Lambda's name for it."""

    python: str = "3.14"
    architecture: str = "arm64"

    def __post_init__(self) -> None:
        if self.architecture not in _PLATFORMS:
            raise EdgeError(f"No package is made for {self.architecture!r}, but for {' and '.join(_PLATFORMS)}.")

    def __str__(self) -> str:
        return f"python{self.python} on {self.architecture}"

    @classmethod
    def of(cls, stage: Stage) -> Target:
        """Return what the stage's settings say: AWS's own functions."""
        return cls(stage.python, stage.architecture)

    @classmethod
    def this_machine(cls) -> Target:
        """Return what runs this: an emulator's functions do too. Raises EdgeError off Linux, which wheels are for."""
        if sys.platform != "linux":
            raise EdgeError(f"Functions run on Linux, and this is {sys.platform}: deploy to AWS, or from a container.")
        machine = platform.machine()
        return cls(programs.this_python(), {"aarch64": "arm64"}.get(machine, machine))


def layers(tree: Path, target: Target, python: str, say: Say) -> dict[str, Path]:
    """Return the archive of each member's dependencies, made when there is none of these and for this target.

    tree: where `uv.lock` is. python: the path of the target's Python.
    """
    wanted = {member: locked_requirements(tree, member) for member in MEMBERS}
    cache = Path(settings.BASE_DIR, ".cache", "packages")
    kind = f"python{target.python}-{target.architecture}"
    found = {member: cache / f"{kind}-{_version(wanted)}-{member}.zip" for member in MEMBERS}
    cache.mkdir(parents=True, exist_ok=True)
    # Two builds at once, such as those of two tests, are the one and then the other.
    with _locked(cache / f"{kind}.lock"):
        if not all(path.exists() for path in found.values()):
            started = time.monotonic()
            _make(found, wanted, target, python)
            for old in set(cache.glob(f"{kind}-*.zip")) - set(found.values()):
                old.unlink()
            say(f"Dependencies for {target}: {time.monotonic() - started:.1f} s, and kept")
    return found


def locked_requirements(tree: Path, member: str) -> str:
    """Return dependencies of `uv.lock`, pinned, each with its hashes: those of pages, or those of commands alone."""
    return programs.uv(
        *("export", "--quiet", "--frozen", *_GROUPS[member], "--no-emit-project", "--no-header", "--no-annotate"),
        *("--python", sys.executable),
        cwd=tree,
    )


def install(requirements: str, target: Target, folder: Path) -> None:
    """Put the wheels that `requirements`, with their hashes, name for the target into a folder.

    Raises EdgeError when one has none, or another hash.
    """
    programs.uv(
        *("pip", "install", "--quiet", "--target", str(folder), "--python", sys.executable),
        *("--python-version", target.python, "--python-platform", _PLATFORMS[target.architecture]),
        *("--only-binary", ":all:", "--no-deps", "--require-hashes", "--no-compile-bytecode", "--requirements", "-"),
        text=requirements,
    )


def _version(wanted: dict[str, str]) -> str:
    made_by = b"".join(Path(module).read_bytes() for module in (__file__, archives.__file__, contents.__file__))
    return hashlib.sha256(json.dumps(wanted).encode() + made_by).hexdigest()[:16]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(paths: dict[str, Path], wanted: dict[str, str], target: Target, python: str) -> None:
    """Make the archives: both have what pages need, and one has more on top."""
    with tempfile.TemporaryDirectory(prefix="scc-wheels-") as scratch:
        shared, more = (_installed(wanted[each], target, python, Path(scratch, each)) for each in MEMBERS)
        _write(paths[WEB], [(name, file) for name, file in shared.items() if contents.is_for(name, WEB)])
        _write(paths[OPS], [*shared.items(), *[(name, more[name]) for name in more if name not in shared]])


def _installed(requirements: str, target: Target, python: str, folder: Path) -> dict[str, Path]:
    """Install dependencies, leave out what nobody reads, and compile the rest. Returns the files by their names."""
    install(requirements, target, folder)
    # Deleted, never changed in place: these files are uv's own, linked from its cache.
    for name, file in archives.files(folder):
        if not contents.is_read(name):
            file.unlink()
    archives.compile_in_place(python, folder)
    return dict(archives.files(folder))


def _write(path: Path, found: Iterable[tuple[str, Path]]) -> None:
    partly = path.with_suffix(".part")
    partly.unlink(missing_ok=True)
    archives.write(partly, ((name, _shortened(name, file)) for name, file in found))
    partly.rename(path)


def _shortened(name: str, file: Path) -> bytes:
    """Return the file's content; of the list of all endpoints, 1.2 MB that the first client reads, our services'.

    Of a package's metadata the fields, which name and version are among: behind them is what its author advertises.
    """
    content = file.read_bytes()
    if name.endswith(".dist-info/METADATA"):
        return content.partition(b"\n\n")[0] + b"\n"
    if name != _ENDPOINTS:
        return content
    endpoints = json.loads(content)
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {each: services[each] for each in services if each in contents.SERVICES.values()}
    return json.dumps(endpoints).encode()
