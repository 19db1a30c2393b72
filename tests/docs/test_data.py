"""docs/data.md against the rows."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from django.conf import settings

from scc.dynamo.checks import kinds
from scc.dynamo.keys import Template
from scc.dynamo.rows import Row

SECTIONS = dict(
    re.findall(
        r"^### `(\w+)`\n(.*?)(?=^##|\Z)", (settings.BASE_DIR / "docs/data.md").read_text(), re.MULTILINE | re.DOTALL
    )
)
for path in settings.BASE_DIR.glob("[!.]*/**/*.py"):
    if path.parts[len(settings.BASE_DIR.parts)] != "tests" and 'discriminator="' in path.read_text():
        import_module(".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts))
ROWS = {str(Row.kind.get_discriminator(kind)): kind for kind in kinds() if not kind.__module__.startswith("tests.")}


def test_data_names_every_kind() -> None:
    assert sorted(SECTIONS) == sorted(ROWS)


@pytest.mark.parametrize("kind", sorted(SECTIONS))
def test_data_has_the_keys_of(kind: str) -> None:
    table = re.findall(r"^\| `(\w+)` \| `(.+?)` \| `(.+?)` \|", SECTIONS[kind], re.MULTILINE)

    assert {name: template for name, template, _ in table} == dict(ROWS[kind].KEYS)
    assert [example for _, template, example in table if Template(template).parse(example) is None] == []
    assert f"Id `{ROWS[kind].ID}`." in SECTIONS[kind]


@pytest.mark.parametrize("kind", sorted(SECTIONS))
def test_data_says_what_is_personal_in(kind: str) -> None:
    said = re.search(r"Personal:(.+?)\.\s", SECTIONS[kind], re.DOTALL)

    assert said is not None
    assert set(re.findall(r"`(\w+)`", said[1])) == set(ROWS[kind].PERSONAL)


@pytest.mark.parametrize("kind", ROWS.values(), ids=ROWS.keys())
def test_every_kind_declares_itself(kind: type[Row]) -> None:
    assert kind.ID
    assert {"pk", "sk"} <= set(kind.KEYS)
    # Its own word, not one that it happens to inherit.
    assert "PERSONAL" in vars(kind)
    assert set(kind.get_attributes()) >= kind.PERSONAL
