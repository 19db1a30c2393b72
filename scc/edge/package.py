"""The deployment package: what Lambda unzips, the same bytes for the same commit.

It holds what a function imports and no more: our packages and templates as they are committed, the names of the static
files, and the wheels that `uv.lock` names for the function's Python and processor. Beside every source lies its
bytecode, marked as never to be checked against it: dates in the archive are fixed, and Lambda's folder cannot be
written to, so that Python would compile everything anew at every cold start.

The dependencies change seldom and take most of the time: they are kept as an archive that a package begins with.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import io
import json
import platform
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from scc.edge.errors import EdgeError, last_words
from scc.edge.stages import Stage

Say = Callable[[str], None]

# Zipped in one upload, and unzipped. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MOST_BYTES = 50 * 1024 * 1024
MOST_BYTES_UNPACKED = 250 * 1024 * 1024

# Where Lambda unzips it: what tracebacks show.
TASK_ROOT = "/var/task"

# Lambda's Pythons from 3.12 on run on Amazon Linux 2023, which has glibc 2.34; wheels ask for 2.28 or less.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
_PLATFORMS = {"arm64": "aarch64-manylinux_2_28", "x86_64": "x86_64-manylinux_2_28"}

# The services that a function calls, with the name of each in an endpoint. The rest of AWS is 25 MB of descriptions.
SERVICES = {"dynamodb": "dynamodb", "s3": "s3", "sesv2": "email"}
_SERVICES = "|".join(SERVICES)


def _any_of(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


# Of the dependencies, what no function reads. Metadata stays: packages ask for versions, and so do scanners of AWS's.
_UNREAD = _any_of(
    r"(bin/|\.).*",
    r"[^/]+\.(md|rst|txt)",
    r".*\.(c|h|po|pxd|pyi|pyx)",
    r".*/py\.typed",
    r"(.*/)?(examples|tests?)/.*",
    r".*\.dist-info/(?!METADATA$).*",
    # Rich colours source and lays out Markdown with these; our commands print progress.
    r"(markdown_it|markdown_it_py|mdurl|pygments)(-[^/]*)?/.*",
    # Mail goes out by SES; nothing comes in.
    r"anymail/((inbound|urls)\.py|webhooks/.*|backends/(?!(__init__|amazon_ses|base)\.py$).*)",
    rf"(boto3|botocore)/data/(?!({_SERVICES})/)[^/]+/.*",
    r"botocore/data/.*/(completions|examples)-1\..*",
    r"django/conf/(app|project)_template/.*",
    r"django/contrib/(admindocs|flatpages|gis|humanize|postgres|redirects)/.*",
    # Static files are in S3, and only their names are here.
    r"django/contrib/[^/]+/static/.*",
    r"django/db/backends/(mysql|oracle|postgresql|sqlite3)/.*",
    # Of Stripe's things those at the top, and what its client imports by itself: payments, links, refunds. The types of
    # parameters alone are a third of it.
    r"stripe/(?!data/|v2/(__init__|_\w+|core/(__init__|_event))\.py$)[^/]+/.*",
    # Everything here is in English; there is nothing that would choose another language.
    r"(.*/)?locale/(?!en/)[^/]+/.*",
)
_ENDPOINTS = "botocore/data/endpoints.json"

# Of our own packages, what is for the machines of those who work on them.
_NO_FUNCTION = _any_of(
    r"(bench|tests)/.*",
    r"scc/(demo|emulator)/.*",
    r"scc/management/commands/(demo|dev)\.py",
    # A deployment is not deployed from within.
    r"scc/edge/(?!(__init__|apps|checks|errors|routes|statics)\.py$).*",
    r"(.*/)?(\.|__pycache__/).*",
)

_COLLECT = """
import sys, django
django.setup()
from pathlib import Path
from scc.edge.statics import collect
collect(Path(sys.argv[1]))
"""

_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

# In fixed shares: what else a process has compiled can show in its bytecode.
_COMPILERS = 2


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
        return cls(_this_python(), {"aarch64": "arm64"}.get(platform.machine(), platform.machine()))


@dataclass(frozen=True)
class Package:
    """A package on disk. Sizes are in bytes.

    code_sha256: `sha256` in base64, as Lambda says it. static: the folder of the hashed static files, which is empty
    where the function has none.
    """

    path: Path
    sha256: str
    code_sha256: str
    size: int
    unpacked: int
    files: int
    static: Path


def build(
    *, commit: str, target: Target, folder: Path, tree: Path | None = None, say: Say = lambda line: None
) -> Package:
    """Make `folder`/package.zip, and `folder`/static beside it for the bucket.

    tree: a folder to take the function's own packages, templates and static files from, instead of the commit. The
    dependencies are the commit's in any case.
    Raises EdgeError when the commit is not known, this machine has no Python of the target's version to compile with, a
    dependency has no wheel for the target, or the package is larger than Lambda takes.
    """
    started = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    python = _interpreter(target.python)
    with tempfile.TemporaryDirectory(prefix="scc-package-") as scratch:
        source = Path(scratch, "source")
        _check_out(commit, source)
        layer = _dependencies(locked_requirements(source), target, python, say)
        static = _collect(tree or source, folder / "static")
        ours = _copy_ours(tree or source, static, Path(scratch, "ours"))
        _compile(python, ours)
        path = folder / "package.zip"
        shutil.copyfile(layer, path)
        _write(path, ((name, file.read_bytes()) for name, file in _files(ours)), mode="a")
    package = _measured(path, static)
    said = f"{package.files} files, {package.size / 1e6:.1f} MB zipped, {package.unpacked / 1e6:.1f} MB unpacked"
    say(f"Package for {target}: {said}; {time.monotonic() - started:.1f} s")
    return package


def locked_requirements(tree: Path) -> str:
    """Return the runtime dependencies of `uv.lock`, pinned, each with its hashes."""
    return _uv(
        *("export", "--quiet", "--frozen", "--no-default-groups", "--no-emit-project", "--no-header", "--no-annotate"),
        *("--python", sys.executable),
        cwd=tree,
    )


def install(requirements: str, target: Target, folder: Path) -> None:
    """Put the wheels that `requirements`, with their hashes, name for the target into a folder.

    Raises EdgeError when one has none, or another hash.
    """
    _uv(
        *("pip", "install", "--quiet", "--target", str(folder), "--python", sys.executable),
        *("--python-version", target.python, "--python-platform", _PLATFORMS[target.architecture]),
        *("--only-binary", ":all:", "--no-deps", "--require-hashes", "--no-compile-bytecode", "--requirements", "-"),
        text=requirements,
    )


def is_read(name: str) -> bool:
    """Return whether a function may ever read this file of a dependency, named relative to site-packages."""
    return not _UNREAD.fullmatch(name)


def _interpreter(version: str) -> str:
    """Return the path of a CPython of that minor version: bytecode is for one alone."""
    if version == _this_python():
        return sys.executable
    try:
        return _uv("python", "find", "--no-project", "--no-python-downloads", f"cpython@{version}").strip()
    except EdgeError as exc:
        raise EdgeError(
            f"Python {version} is needed here too, to compile the package for it. Type: {_uv_path()} python install "
            f"{version}\n{exc}"
        ) from exc


def _check_out(commit: str, folder: Path) -> None:
    """Put what is committed into a folder."""
    done = subprocess.run(
        ["git", "-C", str(settings.BASE_DIR), "archive", "--format=zip", "-0", commit], capture_output=True, check=False
    )
    if done.returncode:
        raise EdgeError(f"Commit {commit} cannot be packaged: {done.stderr.decode(errors='replace').strip()}")
    with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder)


def _dependencies(requirements: str, target: Target, python: str, say: Say) -> Path:
    """Return the archive of the dependencies, made when there is none of these, this target and this module."""
    cache = Path(settings.BASE_DIR, ".cache", "packages")
    kind = f"python{target.python}-{target.architecture}"
    version = hashlib.sha256(requirements.encode() + Path(__file__).read_bytes()).hexdigest()[:16]
    path = cache / f"{kind}-{version}.zip"
    cache.mkdir(parents=True, exist_ok=True)
    # Two builds at once, such as those of two tests, are the one and then the other.
    with _locked(cache / f"{kind}.lock"):
        if not path.exists():
            started = time.monotonic()
            _make_dependencies(path, requirements, target, python)
            for old in set(cache.glob(f"{kind}-*.zip")) - {path}:
                old.unlink()
            say(f"Dependencies for {target}: {time.monotonic() - started:.1f} s, and kept")
    return path


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make_dependencies(path: Path, requirements: str, target: Target, python: str) -> None:
    with tempfile.TemporaryDirectory(prefix="scc-wheels-") as scratch:
        folder = Path(scratch)
        install(requirements, target, folder)
        # Deleted, never changed in place: these files are uv's own, linked from its cache.
        for name, file in _files(folder):
            if not is_read(name):
                file.unlink()
        _compile(python, folder)
        partly = path.with_suffix(".part")
        _write(partly, ((name, _shortened(name, file)) for name, file in _files(folder)), mode="w")
        partly.rename(path)


def _shortened(name: str, file: Path) -> bytes:
    """Return the file's content; of the list of all endpoints, 1.2 MB that the first client reads, our services'."""
    content = file.read_bytes()
    if name != _ENDPOINTS:
        return content
    endpoints = json.loads(content)
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {each: services[each] for each in services if each in SERVICES.values()}
    return json.dumps(endpoints).encode()


def _collect(tree: Path, folder: Path) -> Path:
    """Fill a folder with the tree's static files, by the tree's own code. Returns it, empty when there are none."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir()
    if not (tree / "static").is_dir():
        return folder
    # Without the variables of who runs this: the same files for the same commit.
    environment = {"DJANGO_SETTINGS_MODULE": "scc.settings"}
    _run([sys.executable, "-B", "-c", _COLLECT, str(folder.absolute())], cwd=tree, env=environment)
    return folder


def _copy_ours(tree: Path, static: Path, folder: Path) -> Path:
    """Copy what a function reads of ours: the packages at the top of the tree, the templates, the static names."""
    for top in tree.iterdir():
        if (top / "__init__.py").exists() or top.name == "templates":
            for name, file in _files(top):
                if not _NO_FUNCTION.fullmatch(f"{top.name}/{name}"):
                    _copy(file, folder / top.name / name)
    for manifest in static.glob("staticfiles.json"):
        _copy(manifest, folder / "staticfiles" / manifest.name)
    return folder


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file below a folder with its relative name, in the names' order."""
    files = (path for path in folder.rglob("*") if path.is_file())
    yield from sorted((path.relative_to(folder).as_posix(), path) for path in files)


def _compile(python: str, folder: Path) -> None:
    """Put bytecode beside every source below the folder, with paths as Lambda will have them."""
    sources = [str(path) for name, path in _files(folder) if name.endswith(".py")]
    command = [
        *(python, "-P", "-S", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"),
        *("-s", str(folder), "-p", TASK_ROOT, "-i", "-"),
    ]
    # With nothing to compile it would take all that Python can import.
    shares = [share for share in (sources[number::_COMPILERS] for number in range(_COMPILERS)) if share]
    with ThreadPoolExecutor(_COMPILERS) as pool:
        # The seed: sets of constants are written in the order of their hashes.
        done = [pool.submit(_run, command, text="\n".join(share), env={"PYTHONHASHSEED": "0"}) for share in shares]
        for each in done:
            each.result()


def _write(path: Path, files: Iterable[tuple[str, bytes]], *, mode: str) -> None:
    with zipfile.ZipFile(path, "a" if mode == "a" else "w") as archive:
        for name, content in files:
            # The day before which an archive knows none.
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)


def _measured(path: Path, static: Path) -> Package:
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
    return Package(path, digest.hex(), base64.b64encode(digest).decode(), size, unpacked, len(entries), static)


def _this_python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _uv_path() -> Path:
    """Return uv's path: it is installed beside this Python."""
    return Path(sys.executable).with_name("uv")


def _uv(*arguments: str, cwd: Path | None = None, text: str = "") -> str:
    if not _uv_path().exists():
        raise EdgeError(f"{_uv_path()} is not there, which packages are made with. Type: make lint, which installs it.")
    # Where a network has a certificate authority of its own, the machine trusts it and uv's built-in list does not.
    certificates = ["--system-certs"] if _CERTIFICATES.exists() else []
    return _run([str(_uv_path()), *arguments, *certificates], cwd=cwd, text=text)


def _run(
    command: Sequence[str], *, cwd: Path | None = None, text: str = "", env: Mapping[str, str] | None = None
) -> str:
    """Return what a program prints. Raises EdgeError, with the end of what it said, when it fails."""
    done = subprocess.run(command, cwd=cwd, env=env, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        said = last_words(done.stdout + done.stderr)
        raise EdgeError(f"{Path(command[0]).name} ended with {done.returncode}:\n{said}")
    return done.stdout
