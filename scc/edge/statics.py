"""Static files under names that hold a hash of what is inside, so that a browser may keep each for ever.

A web request imports this for `Storage` alone, which reads the names from `staticfiles.json`; what makes them is
imported where it is used.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

from scc.edge.errors import EdgeError

# What no page refers to: papers, what the admin loads only under DEBUG, and select2's words in languages but ours.
LEFT_OUT = [
    "LICENSE*",
    "README*",
    "*.md",
    "*.txt",
    "admin/css/vendor/*/select2.css",
    "admin/js/vendor/*/jquery.js",
    "admin/js/vendor/*/xregexp.js",
    "admin/js/vendor/*/select2.full.js",
    "admin/js/vendor/select2/i18n/[!e]*",
    "admin/js/vendor/select2/i18n/e[!n]*",
    "admin/img/gis/*",
]

# Written out: what Python's own table says differs between machines.
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".ico": "image/vnd.microsoft.icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}

# A file that is named in another, relative to it or from the root: what Django rewrites, and what it overlooks, such as
# an import without its semicolon.
_REFERENCES = {
    ".css": re.compile(r"""(?:\burl\(\s*["']?|@import\s*["'])\s*([^"')\s#?]+)""", re.IGNORECASE),
    ".js": re.compile(r"""(?:\bfrom|\bimport|\bimport\(|\bURL\()\s*["'](\.{0,2}/[^"'#?]+)["']"""),
}


class Storage(ManifestStaticFilesStorage):
    """Static files by their hashed names, those that a JavaScript module imports from another too."""

    support_js_module_import_aggregation = True

    def save_manifest(self) -> None:
        # The order in which the disk lists files is none; the manifest is in the package, which has one hash.
        self.hashed_files = dict(sorted(self.hashed_files.items()))
        super().save_manifest()


def collect(folder: Path) -> None:
    """Fill an empty folder with every static file under its hashed name, and `staticfiles.json`.

    Django is set up, and its settings name where static files are found: the project's and the admin's.
    Raises EdgeError when a file refers to one that is not there, or to one by a name without its hash.
    """
    found = _copy_all(folder)
    storage = Storage(location=folder, base_url=settings.STATIC_URL)
    for name, _, processed in storage.post_process({name: (storage, name) for name in found}):
        if isinstance(processed, Exception):
            raise EdgeError(f"{name} cannot be given a hashed name: {processed}") from processed
    for name in found:
        (folder / name).unlink()
    _check_references(folder)


def hashed(folder: Path) -> dict[str, str]:
    """Return what is uploaded from a folder that `collect` filled: each hashed name, relative, with its content type.

    Raises EdgeError for a file whose type we do not know.
    """
    names: dict[str, str] = json.loads((folder / Storage.manifest_name).read_text())["paths"]
    return {name: _content_type(name) for name in sorted(names.values())}


def _copy_all(folder: Path) -> list[str]:
    """Copy every static file into the folder. Returns their names, in order."""
    from django.contrib.staticfiles.finders import get_finders

    sources: dict[str, Path] = {}
    for finder in get_finders():
        for name, storage in finder.list(LEFT_OUT):
            # As Django's own collectstatic and its development server: the first that is found is the one.
            sources.setdefault(name, Path(storage.path(name)))
    for name in sorted(sources):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sources[name], target)
    return sorted(sources)


def _check_references(folder: Path) -> None:
    names = hashed(folder)
    for name in names:
        for reference in _references(folder / name):
            if _target(name, reference) not in names:
                raise EdgeError(
                    f"{name} refers to {reference}, which is no static file under its hashed name. "
                    "End an import with a semicolon, and name the file relative to the one that imports it."
                )


def _references(path: Path) -> Iterator[str]:
    pattern = _REFERENCES.get(path.suffix)
    if pattern is None:
        return
    for reference in pattern.findall(path.read_text()):
        if not re.match(r"[a-z]+:|//", reference):
            yield reference


def _target(name: str, reference: str) -> str:
    if reference.startswith("/"):
        return reference.removeprefix(settings.STATIC_URL)
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), reference))


def _content_type(name: str) -> str:
    suffix = posixpath.splitext(name)[1]
    if suffix not in CONTENT_TYPES:
        raise EdgeError(f"{name}: no content type is known for {suffix!r}. Add it to CONTENT_TYPES in {__name__}.")
    return CONTENT_TYPES[suffix]
