"""Fetches the big fonts: python -m waivers.pdfs.fetching, as `make fonts` does. It needs npm."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from waivers.pdfs import fonts


def main() -> int:
    """Fetch what is not there yet. Returns the exit code."""
    wanted = [font for font in fonts.BIG if not _is_there(font)]
    if wanted and shutil.which("npm") is None:
        sys.stderr.write("Fonts come from npm. Type: sudo apt-get install npm\n")
        return 1
    for font in wanted:
        sys.stdout.write(f"Fetching {font.name}.\n")
        data = _from_package(font.package, font.path)
        if not fonts.is_whole(font, data):
            sys.stderr.write(f"{font.package} does not hold the font that is known here: nothing is kept.\n")
            return 1
        _keep(fonts.FETCHED / font.file_name, data)
    return 0


def _is_there(font: fonts.Font) -> bool:
    path = fonts.FETCHED / font.file_name
    return path.is_file() and fonts.is_whole(font, path.read_bytes())


def _from_package(package: str, path: str) -> bytes:
    """Return the bytes of one file of a package."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        [archive] = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as packed:
            member = packed.extractfile(f"package/{path}")
            if member is None:
                raise FileNotFoundError(f"{package} has no {path}")
            return member.read()


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.write_bytes(data)
    half.rename(path)


if __name__ == "__main__":
    sys.exit(main())
