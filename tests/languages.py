"""What signers read, for translation: found in the sources, kept in locale/, compiled.

    .venv/bin/python -m tests.languages

adds to each .po what the sources say and it lacks, drops what they no longer say, names what has no translation yet,
and compiles the .mo. Nothing at run time needs more than that.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).parents[1]
LANGUAGES = ("es",)
SOURCES = ("waivers/*.py", "scc/text.py")
TEMPLATES = ("templates/waivers/*.html", "templates/emails/waiver_*")
FUNCTIONS = {"_", "gettext", "gettext_lazy", "pgettext"}

_TAG = re.compile(r"""\{%\s*(?:translate|trans)\s+"([^"]+)"|\b_\("([^"]+)"\)""")
_BLOCK = re.compile(r"\{%\s*blocktrans(?:late)?\b([^%]*)%\}(.*?)\{%\s*endblocktrans(?:late)?\s*%\}", re.DOTALL)
_VARIABLE = re.compile(r"\{\{\s*(\w+)[^}]*\}\}")


def said() -> dict[str, list[str]]:
    """Return each msgid of the sources with the files that have it."""
    found: dict[str, list[str]] = {}
    for pattern in (*SOURCES, *TEMPLATES):
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            for words in _of_python(path) if path.suffix == ".py" else _of_template(path):
                if name not in found.setdefault(words, []):
                    found[words].append(name)
    return found


def _of_python(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
            [words, *_] = node.args
            if isinstance(words, ast.Constant) and isinstance(words.value, str):
                yield words.value


def _of_template(path: Path) -> Iterator[str]:
    source = path.read_text()
    for match in _TAG.finditer(source):
        yield match[1] or match[2]
    for match in _BLOCK.finditer(source):
        words = _VARIABLE.sub(r"%(\1)s", match[2])
        yield " ".join(words.split()) if "trimmed" in match[1] else words


def po_of(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def refresh(language: str) -> list[str]:
    """Bring the language's .po and .mo up to date. Returns what is not translated."""
    path = po_of(language)
    known = {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))} if path.exists() else {}
    catalogue = polib.POFile(wrapwidth=120)
    catalogue.metadata = {
        "Language": language,
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    for words, names in sorted(said().items()):
        flags = ["python-format"] if re.search(r"%\(\w+\)s", words) else []
        occurrences = [(name, "") for name in names]
        catalogue.append(polib.POEntry(msgid=words, msgstr=known.get(words, ""), occurrences=occurrences, flags=flags))
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))
    catalogue.save_as_mofile(str(path.with_suffix(".mo")))
    return [entry.msgid for entry in catalogue if not entry.msgstr]


if __name__ == "__main__":
    missing = [f"{language}: {words}" for language in LANGUAGES for words in refresh(language)]
    sys.stdout.write("".join(f"{line}\n" for line in missing))
    sys.exit(1 if missing else 0)
