"""Signers read their own language: every word that they are shown has a translation, and that is what is compiled."""

from __future__ import annotations

import re

import polib
import pytest
from django.utils import translation

from tests import languages
from waivers import words

VALUES = re.compile(r"%\(\w+\)s|\{\w+\}|</?\w+>")


@pytest.fixture(params=languages.LANGUAGES)
def catalogue(request: pytest.FixtureRequest) -> polib.POFile:
    return polib.pofile(str(languages.po_of(request.param)))


def test_everything_that_signers_read_has_a_translation(catalogue: polib.POFile) -> None:
    translated = {(entry.msgid, entry.msgid_plural) for entry in catalogue if languages.is_translated(entry)}

    missing = set(languages.said()) - translated

    assert not missing, "Type: .venv/bin/python -m tests.languages, and fill in locale/*/LC_MESSAGES/django.po"


def test_translations_name_the_same_values(catalogue: polib.POFile) -> None:
    for entry in catalogue:
        for said in entry.msgstr_plural.values() or [entry.msgstr]:
            assert sorted(VALUES.findall(said)) == sorted(VALUES.findall(entry.msgid)), entry.msgid


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    written = languages.po_of(language)

    compiled = polib.mofile(str(written.with_suffix(".mo")))

    def of(entries: polib.POFile | polib.MOFile) -> dict[tuple[str, str], object]:
        return {(each.msgid, each.msgid_plural or ""): each.msgstr_plural or each.msgstr for each in entries}

    assert of(compiled) == of(polib.pofile(str(written)))


def test_words_of_the_script_are_in_each_language() -> None:
    spoken = words.in_each(["en", "es"])

    assert spoken["en"]["kept"] == "Kept on this phone, not sent yet."
    assert spoken["es"]["kept"] == "Guardada en este teléfono, aún no enviada."
    assert spoken["en"].keys() == spoken["es"].keys()
    assert translation.get_language() == "en"
