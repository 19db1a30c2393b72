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
SOURCES = ("waivers/*.py", "waivers/pdfs/*.py", "scc/text.py")
TEMPLATES = ("templates/waivers/*.html", "templates/emails/waiver_*", "templates/emails/ask.*")
METADATA = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}
FUNCTIONS = {"_", "gettext", "gettext_lazy", "ngettext"}

_TAG = re.compile(r"""\{%\s*(?:translate|trans)\s+"([^"]+)"|\b_\("([^"]+)"\)""")
_BLOCK = re.compile(r"\{%\s*blocktrans(?:late)?\b([^%]*)%\}(.*?)\{%\s*endblocktrans(?:late)?\s*%\}", re.DOTALL)
_VARIABLE = re.compile(r"\{\{\s*(\w+)[^}]*\}\}")


Words = tuple[str, str]


def said() -> dict[Words, list[str]]:
    """Return each msgid of the sources, with its plural or "", and the files that have it."""
    found: dict[Words, list[str]] = {}
    for pattern in (*SOURCES, *TEMPLATES):
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            for words in _of_python(path) if path.suffix == ".py" else _of_template(path):
                if name not in found.setdefault(words, []):
                    found[words].append(name)
    return found


def _of_python(path: Path) -> Iterator[Words]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            continue
        texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        if texts:
            yield texts[0], texts[1] if "ngettext" in node.func.id else ""


def _of_template(path: Path) -> Iterator[Words]:
    source = path.read_text()
    for match in _TAG.finditer(source):
        yield match[1] or match[2], ""
    for match in _BLOCK.finditer(source):
        one, _, many = _VARIABLE.sub(r"%(\1)s", match[2]).partition("{% plural %}")
        yield (" ".join(one.split()), " ".join(many.split())) if "trimmed" in match[1] else (one, many)


def po_of(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def refresh(language: str) -> list[str]:
    """Bring the language's .po and .mo up to date. Returns what is not translated."""
    path = po_of(language)
    known = {(entry.msgid, entry.msgid_plural): entry for entry in polib.pofile(str(path))} if path.exists() else {}
    catalogue = polib.POFile(wrapwidth=120)
    catalogue.metadata = METADATA | {"Language": language}
    for words, names in sorted(said().items()):
        catalogue.append(_entry(words, names, known.get(words)))
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))
    catalogue.save_as_mofile(str(path.with_suffix(".mo")))
    return [entry.msgid for entry in catalogue if not is_translated(entry)]


def _entry(words: Words, names: list[str], known: polib.POEntry | None) -> polib.POEntry:
    one, many = words
    entry = polib.POEntry(
        msgid=one,
        occurrences=[(name, "") for name in names],
        flags=["python-format"] if re.search(r"%\(\w+\)s", one) else [],
    )
    if many:
        entry.msgid_plural = many
        entry.msgstr_plural = dict(known.msgstr_plural) if known else {0: "", 1: ""}
    else:
        entry.msgstr = known.msgstr if known else ""
    return entry


def is_translated(entry: polib.POEntry) -> bool:
    return all(entry.msgstr_plural.values()) if entry.msgid_plural else bool(entry.msgstr)


if __name__ == "__main__":
    missing = [f"{language}: {words}" for language in LANGUAGES for words in refresh(language)]
    sys.stdout.write("".join(f"{line}\n" for line in missing))
    sys.exit(1 if missing else 0)
